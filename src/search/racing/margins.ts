import type { Duel, RacingSettings } from './rule.ts';

/**
 * By how much the rival is at least as good as the candidate in one objective, cell by cell, tolerance
 * included: the rival may be taken for at least as good when the mean of these is surely not negative. The
 * tolerance is a constant on the score and a share of the candidate's cost of the cell on costs.
 */
export function marginsOf(duel: Duel, column: number, settings: RacingSettings): number[] {
  const isScore = settings.objectives[column] === 'score';
  const { scoreTolerance, costTolerance } = settings;
  return duel.candidate.map((row, cell) => {
    const own = valueAt(row, column);
    const tolerance = isScore ? scoreTolerance : costTolerance * Math.abs(own);
    return valueAt(duel.rival[cell], column) - own + tolerance;
  });
}

/**
 * The margin of an unseen cell in which the candidate wins by the largest score difference that was seen, or
 * wholly where none was: equal answers do not prove that there will never be another.
 */
export function pseudoLoss(margins: readonly number[], tolerance: number): number {
  let largest = 0;
  for (const margin of margins) largest = Math.max(largest, Math.abs(margin - tolerance));
  // What subtracting the tolerance again leaves of equal scores is rounding.
  return tolerance - (largest > 1e-9 ? largest : 1);
}

/** A missing value decides nothing: NaN makes every comparison of a rule fail. */
const valueAt = (row: readonly number[] | undefined, column: number): number => row?.[column] ?? Number.NaN;
