import { defined } from '../core/defined.ts';
import { type Difference, pairedDifference, type ScoredAnswer } from '../core/paired-difference.ts';
import { configId } from '../domain/moa-config.ts';
import type { ScoredConfig } from '../run/types.ts';
import { type FrontRow, frontColumns, frontRow, type PointScale } from './front-columns.ts';
import { differenceText } from './headline.ts';
import { loadText } from './load-text.ts';
import { cutOffText } from './measuring-text.ts';
import { type Column, renderTable, type TableOptions } from './table.ts';

/** A config that was measured, with what to call it. */
export interface ScoreboardRow extends ScoredConfig {
  readonly label: string;
}

/** How much more one config scores than another, on the questions that both answered. */
interface ScoreboardDifference extends Omit<Difference, 'about'> {
  readonly first: string;
  readonly second: string;
}

export interface Scoreboard {
  /** Best score first. */
  readonly rows: readonly ScoreboardRow[];
  /** Of each pair, the better one first. */
  readonly differences: readonly ScoreboardDifference[];
  /** What the others are compared with: the config that was named first. */
  readonly reference: ScoreboardRow | undefined;
}

/** @param rows in the order in which they were named */
export function scoreboard(rows: readonly ScoreboardRow[]): Scoreboard {
  const sorted = [...rows].sort((a, b) => (b.estimates.score.mean ?? -1) - (a.estimates.score.mean ?? -1));
  const differences = sorted.flatMap((first, at) =>
    sorted.slice(at + 1).flatMap((second): ScoreboardDifference[] => {
      const difference = pairedDifference(answersOf(first), answersOf(second));
      if (difference === undefined) return [];
      const { mean, low, high, questions } = difference;
      return [{ first: first.label, second: second.label, mean, low, high, questions }];
    }),
  );
  return { rows: sorted, differences, reference: rows[0] };
}

function answersOf({ results }: ScoredConfig): ScoredAnswer[] {
  return results.flatMap(({ cell, result: { measurement } }) =>
    measurement.score === null ? [] : [{ instance: cell.instance, score: measurement.score }],
  );
}

/** For machines: figures, what is missing of them, differences of all pairs, and each answer's own figures. */
export function scoreboardJson({ rows, differences }: Scoreboard) {
  return {
    complete: rows.every(({ cutOff }) => cutOff === undefined),
    ...defined({ slowdown: rows[0]?.slowdown }),
    configs: rows.map(({ label, config, estimates, cells, unscored, planned, cutOff, results }) => ({
      ...{ label, id: configId(config), objectives: estimates, cells, unscored, planned },
      cutOff: cutOff ?? null,
      config,
      answers: results.map(({ cell, result: { grade, measurement } }) => ({
        ...{ question: cell.instance, repeat: cell.repeat, ...measurement },
        ...(grade.kind === 'unscored' ? { unscored: grade.reason } : {}),
      })),
    })),
    differences,
  };
}

export function scoreboardText(
  board: Scoreboard,
  scale: PointScale | undefined,
  options: TableOptions,
): string {
  const { rows, reference } = board;
  const lines = [
    renderTable(
      columns,
      rows.map((row) => textRow(row, reference, scale)),
      options,
    ),
  ];
  if (rows.length > 1 && reference !== undefined)
    lines.push('', `gain: score above that of ${reference.label}, paired by question, with 95% interval.`);
  // All were measured beside each other.
  const load = loadText(rows[0] ?? {});
  if (load.length > 0) lines.push('', ...load);
  const [cut] = rows.flatMap(({ cutOff }) => cutOff ?? []);
  if (cut !== undefined) {
    const sum = (of: (row: ScoreboardRow) => number): number =>
      rows.reduce((total, row) => total + of(row), 0);
    lines.push(
      '',
      cutOffText(
        cut,
        sum(({ results }) => results.length),
        sum(({ planned }) => planned),
      ),
    );
  }
  return lines.join('\n');
}

type Key = keyof FrontRow | 'label' | 'answers' | 'gain';

function textRow(
  row: ScoreboardRow,
  reference: ScoreboardRow | undefined,
  scale: PointScale | undefined,
): Record<Key, string> {
  const { label, config, estimates, cells, unscored, planned, cutOff } = row;
  const gain =
    reference === undefined || row === reference
      ? undefined
      : pairedDifference(answersOf(row), answersOf(reference));
  const answers = cutOff === undefined ? String(cells) : `${cells} of ${planned}`;
  return {
    ...frontRow({ config, objectives: estimates, scale }),
    // A part is never shown as if it were the whole, however narrow the table.
    label: cutOff === undefined ? label : `${label} (cut off)`,
    answers: unscored === 0 ? answers : `${answers} (${unscored} unscored)`,
    gain: gain === undefined ? '' : differenceText(gain),
  };
}

const columns: readonly Column<Key>[] = [
  { key: 'label', head: 'config' },
  ...columnsOf('score'),
  { key: 'gain', head: 'gain', expendable: 1 },
  ...columnsOf('points', 'latency', 'tokens', 'usd'),
  { key: 'answers', head: 'answers', align: 'right', expendable: 5 },
  { key: 'config', head: 'stages', expendable: 6, cut: true },
];

/** Columns as the front has them. */
function columnsOf(...keys: readonly Key[]): Column<Key>[] {
  return frontColumns.flatMap(({ key, table }) =>
    table === undefined || !keys.includes(key) ? [] : [{ key, ...table }],
  );
}
