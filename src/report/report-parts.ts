import type { RunRecord } from '../analysis/run-record.ts';
import { remembered } from '../core/remembered.ts';
import { type Cell, cellOfKey } from '../domain/cell.ts';
import { packed } from './page-document.ts';
import { bestOf } from './view-model/choice.ts';
import {
  type CellIndex,
  type ConfigTable,
  cellIndexKey,
  chunkCharacters,
  packConfig,
  partNames,
} from './view-model/document.ts';
import type { RunViews } from './view-model/run-views.ts';
import { type RunsView, type RunView, viewSchema } from './view-model/schema.ts';

export type ReportAnswers = 'front' | 'all' | 'none';

export interface RunForReport {
  readonly record: RunRecord;
  readonly views: RunViews;
  /** Whether a process is working on the run. Default: none is. */
  readonly working?: boolean;
  /** Says what the run was worth too, which takes seconds. */
  readonly withWhy: boolean;
}

type Part = readonly [name: string, value: unknown];

/** Characters that answers take of a report unless all are asked for: with 1,000 configs it stays under 2 MB. */
const mostAnswerCharacters = 700_000;

/** The parts of a report on runs, in the order in which the page needs them. */
export async function reportParts(
  runs: readonly RunForReport[],
  answers: ReportAnswers,
  version: string,
): Promise<Part[]> {
  const opened = runs.map((run) => ({ ...run, view: run.views.run(run.working ?? false) }));
  const parts: Part[] = [
    [
      partNames.runs,
      runsView(
        opened.map(({ view }) => view),
        version,
      ),
    ],
  ];
  for (const { view, views } of opened) {
    parts.push([partNames.run(view.head.run), view], [partNames.matrix(view.head.run), views.matrix()]);
  }
  for (const run of opened) parts.push(...(await textParts(run, answers)));
  return parts;
}

function runsView(views: readonly RunView[], version: string): RunsView {
  return {
    schema: viewSchema,
    mixtune: version,
    runs: views.map(lineOf),
  };
}

function lineOf(view: RunView): RunsView['runs'][number] {
  const { head, trials } = view;
  const best = bestOf(view) ?? -1;
  return {
    run: head.run,
    task: head.task,
    simulated: head.simulated,
    startedAt: head.startedAt,
    state: head.state,
    evaluations: head.evaluations,
    bestScore: trials.tuning.score.mean[best] ?? null,
    holdoutScore: trials.holdout.score.mean[best] ?? null,
    trouble: null,
  };
}

async function textParts(
  { record, views, view, withWhy }: RunForReport & { readonly view: RunView },
  answers: ReportAnswers,
): Promise<Part[]> {
  const { run } = view.head;
  const { members, baselines, marks } = view.front;
  // The best may be neither, where the holdout turned the front's down.
  const shown = [...new Set([...members, ...baselines, ...Object.values(marks)])];
  const configs = await configTable(record, views, answers === 'none' ? [] : shown);
  const parts: Part[] = [
    ...(withWhy ? ([[partNames.why(run), views.why()]] as const) : []),
    [partNames.configs(run), configs],
  ];
  if (answers === 'none') return parts;
  const trials = answers === 'all' ? record.state.trials.map(({ trial }) => trial) : shown;
  const most = answers === 'all' ? Number.POSITIVE_INFINITY : mostAnswerCharacters;
  return [...parts, ...(await cellParts({ record, views, run }, trials, most))];
}

async function configTable(
  record: RunRecord,
  views: RunViews,
  shown: readonly number[],
): Promise<ConfigTable> {
  const rows = new Map<string, number>();
  const rowOf = (prompt: string): number => remembered(rows, prompt, () => rows.size);
  const { trials } = record.state;
  const yaml: Record<number, string> = {};
  const shares: ConfigTable['shares'] & Record<number, ConfigTable['shares'][number]> = {};
  for (const trial of shown) {
    const view = await views.config(trial);
    if (view === undefined) continue;
    if (view.yaml !== null) yaml[trial] = view.yaml;
    shares[trial] = view.shares;
  }
  const configs = trials.map(({ config }) => packConfig(config, rowOf));
  return {
    schema: viewSchema,
    prompts: [...rows.keys()],
    configs,
    ids: trials.map(({ id }) => id),
    yaml,
    shares,
  };
}

interface CellsOf {
  readonly record: RunRecord;
  readonly views: RunViews;
  readonly run: string;
}

/** Answers in chunks, the first repeats of all trials first, until so many characters are full. */
async function cellParts(
  { record, views, run }: CellsOf,
  trials: readonly number[],
  most: number,
): Promise<Part[]> {
  const wanted = cellsInTurn(record, trials);
  const chunks: string[][] = [];
  const index: Record<string, number> = {};
  let inChunk = chunkCharacters;
  let taken = 0;
  let held = 0;
  for (const { trial, cell } of wanted) {
    const view = await views.cell(trial, cell);
    if (view === undefined) continue;
    const text = JSON.stringify(view);
    if (inChunk + text.length > chunkCharacters) {
      taken += packedLength(chunks.at(-1));
      if (taken >= most) break;
      chunks.push([]);
      inChunk = 0;
    }
    chunks.at(-1)?.push(text);
    index[cellIndexKey(trial, cell)] = chunks.length - 1;
    inChunk += text.length;
    held++;
  }
  const leftOut =
    held === wanted.length
      ? null
      : `${held} of ${wanted.length} answers of the front are in this report; \`mixtune report ${run} --answers all\` holds every one`;
  const cellIndex: CellIndex = { chunks: index, leftOut };
  return [
    [partNames.cellIndex(run), cellIndex],
    ...chunks.map((texts, at): Part => [partNames.cells(run, at), JSON.parse(`[${texts.join(',')}]`)]),
  ];
}

/** Characters that a chunk takes of the document. */
function packedLength(texts: readonly string[] | undefined): number {
  return texts === undefined ? 0 : packed(`[${texts.join(',')}]`).length;
}

function cellsInTurn(record: RunRecord, trials: readonly number[]): { trial: number; cell: Cell }[] {
  const cells = trials.flatMap((trial) =>
    [...(record.state.trials[trial]?.results.keys() ?? [])].map((key) => ({ trial, cell: cellOfKey(key) })),
  );
  // Sorting keeps the order of equals: of each repeat, trial by trial.
  return cells.sort((first, second) => first.cell.repeat - second.cell.repeat);
}
