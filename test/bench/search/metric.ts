import type { ObjectiveName } from '../../../src/domain/objective.ts';
import { hypervolume, normaliseObjective } from '../../../src/pareto/index.ts';
import type { Truth } from './worlds/world.ts';

/** Share, 0..1, of the tool's normalised box (src/pareto/objective-scale.ts) that configs dominate by their true values. */
export function trueHypervolume(truths: readonly Truth[], objectives: readonly ObjectiveName[]): number {
  const points = truths.map((truth) =>
    objectives.map((name) => normaliseObjective(name, truth[name] ?? Number.POSITIVE_INFINITY)),
  );
  return hypervolume(
    points,
    objectives.map(() => 1),
  );
}

/** A recommended front at a moment of a run. */
export interface Checkpoint {
  /** Tokens paid so far, in evaluations' worth. */
  readonly units: number;
  readonly trials: number;
  readonly hypervolume: number;
  /** Best true score among the recommended. */
  readonly score: number;
  readonly members: number;
}

/**
 * Evaluations' worth of tokens at the first checkpoint whose front closes `share` of the gap between the front of
 * single models and the best known one; infinite where none does.
 */
export function unitsToClose(
  checkpoints: readonly Checkpoint[],
  singles: number,
  best: number,
  share: number,
): number {
  const wanted = singles + share * (best - singles);
  return checkpoints.find((point) => point.hypervolume >= wanted)?.units ?? Number.POSITIVE_INFINITY;
}

/** The share of the gap closed with `units` evaluations' worth of tokens; what was reached before the run ended. */
export function shareAt(
  checkpoints: readonly Checkpoint[],
  singles: number,
  best: number,
  units: number,
): number | undefined {
  const last = checkpoints.findLast((point) => point.units <= units * 1.001);
  return last === undefined ? undefined : (last.hypervolume - singles) / (best - singles);
}

/** Moments at which fronts are recorded: from half an evaluation's worth up, each a quarter more, and the round ones. */
export function checkpointGrid(budget: number): number[] {
  const grid = [50, 200, 1000, 5000, budget];
  for (let units = 0.5; units < budget; units *= 1.25) grid.push(units);
  return [...new Set(grid.filter((units) => units <= budget))].sort((a, b) => a - b);
}

/** Quantile of a sorted or unsorted list with infinities, lower of two neighbours mixed only where both are finite. */
export function quantileOf(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)] as number;
  const high = sorted[Math.ceil(place)] as number;
  if (low === high) return low;
  return Number.isFinite(high) ? low + (place - Math.floor(place)) * (high - low) : high;
}

/**
 * Two-sided p of Wilcoxon's signed-rank test of paired values, by the normal approximation with corrections for
 * ties and continuity (exact enough from ten pairs on). Pairs without a difference are left out (Wilcoxon 1945);
 * `null` where none is left. Two infinite values of a pair count as no difference.
 */
export function wilcoxon(first: readonly number[], second: readonly number[]): number | null {
  const differences = first
    .map((value, index) => {
      const other = second[index] as number;
      return value === other ? 0 : value - other;
    })
    .filter((difference) => difference !== 0)
    .sort((a, b) => Math.abs(a) - Math.abs(b));
  const count = differences.length;
  if (count === 0) return null;
  let positive = 0;
  let ties = 0;
  for (let start = 0; start < count; ) {
    let end = start;
    while (end < count && Math.abs(differences[end] as number) === Math.abs(differences[start] as number))
      end++;
    const rank = (start + 1 + end) / 2;
    for (let index = start; index < end; index++) if ((differences[index] as number) > 0) positive += rank;
    ties += (end - start) ** 3 - (end - start);
    start = end;
  }
  const mean = (count * (count + 1)) / 4;
  const variance = (count * (count + 1) * (2 * count + 1)) / 24 - ties / 48;
  const distance = Math.max(0, Math.abs(positive - mean) - 0.5);
  return Math.min(1, 2 * upperTail(distance / Math.sqrt(variance)));
}

/** P(Z > z) for z >= 0: Abramowitz & Stegun 7.1.26, error below 1.5e-7. */
function upperTail(z: number): number {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const series =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return 0.5 * series * Math.exp(-x * x);
}
