import { recordOf } from '../../core/records.ts';
import { type Estimate, type Estimates, type ObjectiveName, objectiveNames } from '../../domain/objective.ts';
import type { EstimateColumns } from './schema.ts';

/** Seven significant digits: more than any view shows, in a third of the characters. */
export function rounded(value: number): number;
export function rounded(value: number | null): number | null;
export function rounded(value: number | null): number | null {
  return value === null || Number.isInteger(value) ? value : Number(value.toPrecision(7));
}

/** Estimates as columns by objective, a row for each; `null` where nothing was measured. */
export function estimateColumns(rows: readonly (Estimates | null)[]): Record<ObjectiveName, EstimateColumns> {
  const column = (name: ObjectiveName, bound: keyof Estimate): (number | null)[] =>
    rows.map((row) => rounded(row?.[name][bound] ?? null));
  const columns = (name: ObjectiveName): EstimateColumns => ({
    mean: column(name, 'mean'),
    low: column(name, 'low'),
    high: column(name, 'high'),
  });
  return recordOf(objectiveNames, columns);
}

/** Rows turned into columns. */
export function columnsOf<Row extends object>(
  names: readonly (keyof Row)[],
  rows: readonly Row[],
): { [Name in keyof Row]: Row[Name][] } {
  const columns = names.map((name) => [name, rows.map((row) => row[name])]);
  return Object.fromEntries(columns) as { [Name in keyof Row]: Row[Name][] };
}
