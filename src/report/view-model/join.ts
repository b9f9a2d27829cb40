import type { RunView } from './schema.ts';

/**
 * An earlier view of a run with what has changed since. A change that does not follow on the view (events
 * were missed in between) gives `undefined`: the run is then to be read anew.
 */
export function joinRunViews(before: RunView, change: RunView): RunView | undefined {
  const { rows, progressFrom } = change;
  if (rows === null) return change;
  if (before.head.run !== change.head.run || before.progress.evaluations.length < progressFrom)
    return undefined;
  // New trials come in order behind the known ones.
  const known = before.trials.id.length;
  const added = rows.filter((row) => row >= known);
  if (added.some((row, at) => row !== known + at)) return undefined;
  const put = (column: readonly unknown[], changed: readonly unknown[]): unknown[] => {
    const joined = [...column];
    for (const [at, row] of rows.entries()) joined[row] = changed[at];
    return joined;
  };
  const append = (column: readonly unknown[], more: readonly unknown[]): unknown[] => [
    ...column.slice(0, progressFrom),
    ...more,
  ];
  return {
    ...change,
    rows: null,
    progressFrom: 0,
    trials: joinColumns(before.trials, change.trials, put),
    progress: joinColumns(before.progress, change.progress, append),
  };
}

type Join = (column: readonly unknown[], changed: readonly unknown[]) => unknown[];

/** Joins columns name by name, those in groups of columns (estimates) too. */
function joinColumns<Columns extends object>(before: Columns, change: Columns, join: Join): Columns {
  const joined = Object.entries(before).map(([name, column]): [string, unknown] => {
    const changed: unknown = change[name as keyof Columns];
    return [
      name,
      Array.isArray(column) && Array.isArray(changed)
        ? join(column, changed)
        : joinColumns(column as object, changed as object, join),
    ];
  });
  return Object.fromEntries(joined) as Columns;
}
