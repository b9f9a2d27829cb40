import { valueAt } from '../../core/element-at.ts';
import { type Measurement, type ObjectiveName, objectiveDirections } from '../../domain/objective.ts';
import type { Duel } from '../racing/rule.ts';
import type { Trial } from '../trial.ts';

/**
 * A trial against members of the front, each on the cells that both have with every objective known, in the
 * order in which the search hands cells out.
 *
 * @param places of the cells' keys in that order
 * @param most so many rivals at most, the first of `rivals` that share cells
 */
export function duelsOf(
  candidate: Trial,
  rivals: readonly Trial[],
  objectives: readonly ObjectiveName[],
  places: ReadonlyMap<string, number>,
  most: number,
): Duel[] {
  const own = rowsOf(candidate, objectives);
  const place = (key: string): number => places.get(key) ?? 0;
  const duels: Duel[] = [];
  for (const rival of rivals) {
    if (duels.length >= most) break;
    if (rival.trial === candidate.trial) continue;
    const theirs = rowsOf(rival, objectives);
    const shared = [...own.keys()].filter((key) => theirs.has(key)).sort((a, b) => place(a) - place(b));
    if (shared.length === 0) continue;
    const pick = (rows: ReadonlyMap<string, readonly number[]>) => shared.map((key) => valueAt(rows, key));
    duels.push({ candidate: pick(own), rival: pick(theirs) });
  }
  return duels;
}

function rowsOf(trial: Trial, objectives: readonly ObjectiveName[]): Map<string, readonly number[]> {
  const rows = new Map<string, readonly number[]>();
  for (const { key, measurement } of trial.measurements()) {
    const row = rowOf(measurement, objectives);
    if (row !== undefined) rows.set(key, row);
  }
  return rows;
}

/** Larger is better in every column; `undefined` where anything is unknown. */
function rowOf(
  measurement: Measurement,
  objectives: readonly ObjectiveName[],
): readonly number[] | undefined {
  const row: number[] = [];
  for (const name of objectives) {
    const value = measurement[name];
    if (value === null) return undefined;
    row.push(objectiveDirections[name] === 'max' ? value : -value);
  }
  return row;
}
