import { defined } from '../core/defined.ts';
import { type Difference, pairedDifference, type ScoredAnswer } from '../core/paired-difference.ts';
import type { Spent } from '../domain/budget.ts';
import { configId } from '../domain/moa-config.ts';
import type { Task } from '../domain/task.ts';
import type { ScoredConfig } from '../run/types.ts';
import { formatCount, formatCounted, formatObjective, simulatedSuffix } from './format.ts';
import { type FrontKey, frontColumns, inTurn, type PointScale } from './front-columns.ts';
import { spentLine } from './front-view.ts';
import { differenceText } from './headline-verdicts.ts';
import { loadText } from './load-text.ts';
import type { Look } from './look.ts';
import { cutOffText } from './measuring-text.ts';
import { briefInterval, type Column, renderTable } from './table.ts';
import { wrapText } from './wrap-text.ts';

/** A config that was measured, with what to call it. */
export interface ScoreboardRow extends ScoredConfig {
  readonly label: string;
  /** A score of all its answers together, where the grader has one. */
  readonly aggregate?: { readonly name: string; readonly value: number | null };
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

/** What a scoreboard's configs were measured on. */
export interface MeasuredOn {
  readonly task: string;
  readonly simulated: boolean;
  readonly split: 'tuning' | 'holdout';
  readonly questions: number;
  readonly spent: Spent;
  /** Labels of configs that a run chose by these questions. */
  readonly chosen: readonly string[];
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
export function scoreboardJson(board: Scoreboard, { chosen, ...measuredOn }: MeasuredOn) {
  const { rows, differences } = board;
  return {
    ...measuredOn,
    notes: [...choiceNote(chosen), ...borrowedNote(rows)],
    complete: rows.every(({ cutOff }) => cutOff === undefined),
    ...defined({ slowdown: rows[0]?.slowdown }),
    configs: rows.map(
      ({ label, config, estimates, aggregate, cells, unscored, planned, cutOff, results }) => ({
        ...{ label, id: configId(config), objectives: estimates, cells, unscored, planned },
        ...defined({ aggregate }),
        cutOff: cutOff ?? null,
        config,
        answers: results.map(({ cell, result: { grade, measurement } }) => ({
          ...{ question: cell.instance, repeat: cell.repeat, ...measurement },
          ...(grade.kind === 'unscored' ? { unscored: grade.reason } : {}),
        })),
      }),
    ),
    differences,
  };
}

export function scoreboardText(
  board: Scoreboard,
  { task, simulated, split, questions, spent, chosen }: MeasuredOn,
  { scale, objectives }: { readonly scale: PointScale | undefined } & Pick<Task, 'objectives'>,
  look: Look,
): string {
  const { rows, reference } = board;
  const title = `Scoreboard of ${task}${simulatedSuffix(simulated)}, over ${formatCounted(questions, `${split} question`)}`;
  const lines = [
    look.colors.bold(title),
    ...choiceNote(chosen).map((note) => wrapText(note, look.paragraphs)),
    renderTable(columnsOf(rows, reference, scale, objectives), rows, look),
  ];
  if (rows.length > 1 && reference !== undefined)
    lines.push('', `gain: score above that of ${reference.label}, paired by question, with 95% interval.`);
  // All were measured beside each other.
  const load = [...loadText(rows[0] ?? {}), ...borrowedNote(rows)];
  if (load.length > 0) lines.push('', ...load);
  lines.push('', `Spent: ${spentLine(spent, simulated)}.`);
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

function choiceNote(chosen: readonly string[]): string[] {
  if (chosen.length === 0) return [];
  return [
    `These questions chose ${chosen.join(', ')}, so that scores here are too good on average; --split holdout takes the others.`,
  ];
}

/** Load is known of calls that were made here. */
function borrowedNote(rows: readonly ScoreboardRow[]): string[] {
  const answers = rows.flatMap(({ results }) => results);
  const isBorrowed = ({ result: { path = [] } }: (typeof answers)[number]): boolean =>
    path.some(({ model, until }) => model !== undefined && until === undefined);
  const borrowed = answers.filter(isBorrowed).length;
  if (borrowed === 0) return [];
  return [
    `Latency of ${formatCount(borrowed)} of ${formatCount(answers.length)} answers is as the run that paid for them measured it, under its own load (--no-cache measures anew).`,
  ];
}

function columnsOf(
  rows: readonly ScoreboardRow[],
  reference: ScoreboardRow | undefined,
  scale: PointScale | undefined,
  objectives: Task['objectives'],
): readonly Column<ScoreboardRow>[] {
  /** Columns as the front has them. */
  const ofFront = (...keys: readonly FrontKey[]): Column<ScoreboardRow>[] =>
    frontColumns.flatMap(({ key, table, text }) =>
      table === undefined || !keys.includes(key)
        ? []
        : [
            {
              ...inTurn({ key, ...table }, objectives),
              text: ({ config, estimates }) => text({ config, objectives: estimates, scale }),
            },
          ],
    );
  const briefs = [{ expendable: 4, text: briefInterval }];
  const aggregate = rows.find((row) => row.aggregate !== undefined)?.aggregate?.name;
  return [
    {
      head: 'config',
      // A part is never shown as if it were the whole, however narrow the table.
      text: ({ label, cutOff }) => (cutOff === undefined ? label : `${label} (cut off)`),
    },
    ...ofFront('score').map((column) => ({ ...column, briefs })),
    { head: 'gain', expendable: 1, text: (row) => gainText(row, reference), briefs },
    ...(aggregate === undefined ? [] : [aggregateColumn(aggregate)]),
    ...ofFront('points', 'latency', 'tokens', 'usd'),
    { head: 'answers', align: 'right', expendable: 5, text: answersText },
    ...ofFront('config').map((column) => ({ ...column, head: 'stages', expendable: 6, cut: true })),
  ];
}

function aggregateColumn(head: string): Column<ScoreboardRow> {
  return {
    ...{ head, align: 'right', expendable: 2 },
    text: ({ aggregate }) => (aggregate?.value == null ? '' : formatObjective('score', aggregate.value)),
  };
}

function gainText(row: ScoreboardRow, reference: ScoreboardRow | undefined): string {
  if (reference === undefined || row === reference) return '';
  const gain = pairedDifference(answersOf(row), answersOf(reference));
  return gain === undefined ? '' : differenceText(gain);
}

function answersText({ cells, unscored, planned, cutOff }: ScoreboardRow): string {
  const answers = cutOff === undefined ? String(cells) : `${cells} of ${planned}`;
  return unscored === 0 ? answers : `${answers} (${unscored} unscored)`;
}
