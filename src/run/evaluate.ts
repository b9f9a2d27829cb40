import PQueue from 'p-queue';
import { onAbort } from '../core/abort.ts';
import { defined } from '../core/defined.ts';
import { createRng } from '../core/rng.ts';
import { VirtualClock } from '../core/virtual-clock.ts';
import type { Budget } from '../domain/budget.ts';
import type { Cell } from '../domain/cell.ts';
import type { CellResult } from '../domain/cell-result.ts';
import { estimatesOf } from '../domain/estimates.ts';
import { configId, configsById, type MoaConfig, modelsOf } from '../domain/moa-config.ts';
import type { Task } from '../domain/task.ts';
import { scheduleRank } from './calls/call-desk.ts';
import { openDesk } from './calls/open-desk.ts';
import { Refusals } from './calls/refusals.ts';
import type { ProviderLimits } from './calls/traffic.ts';
import { cellsOf } from './cells/cell-plan.ts';
import { runCell } from './cells/cell-runner.ts';
import { createMemoryJournal, type Journal } from './journal/journal.ts';
import type { CutOff, ScoredConfig, TuneDependencies } from './types.ts';

export type EvaluateDependencies = Omit<TuneDependencies, 'createStrategy' | 'space' | 'onProgress'> & {
  /** Told of each cell that is over, with its result where it has one. */
  readonly onCell?: (done: number, of: number, result: CellResult | undefined) => void;
};

export interface EvaluateSettings {
  /** Which instances. @defaultValue `tuning` */
  readonly split?: 'tuning' | 'holdout';
  /** Only these of them. @defaultValue all */
  readonly instances?: ReadonlySet<string>;
  readonly repeats: number;
  /** Exactly these cells, in place of what split, instances and repeats say. */
  readonly cells?: readonly Cell[];
  /** Number of the first repeat; repeats that nobody has used before bring fresh samples. @defaultValue 0 */
  readonly firstRepeat?: number;
  readonly concurrency: number;
  /** Of the providers' keys. */
  readonly limits?: ProviderLimits;
  readonly seed: number;
  /** Hard ceilings; where one ends the measuring, {@link ScoredConfig.cutOff} says so. */
  readonly budget?: Budget;
}

/** Cells that {@link evaluateConfigs} measures each config on, in the order in which it asks them. */
export function evaluationCells(task: Pick<Task, 'tuning' | 'holdout'>, settings: EvaluateSettings): Cell[] {
  const { split = 'tuning', instances, firstRepeat = 0, repeats, cells } = settings;
  if (cells !== undefined) return [...cells];
  return cellsOf(split, task[split], repeats)
    .filter(({ instance }) => instances?.has(instance) !== false)
    .map((cell) => ({ ...cell, repeat: firstRepeat + cell.repeat }));
}

/** Measures given configs on the same cells, without a search. Configs of one id are measured once. */
export async function evaluateConfigs(
  configs: readonly MoaConfig[],
  settings: EvaluateSettings,
  dependencies: EvaluateDependencies,
  journal: Journal = createMemoryJournal(),
): Promise<ScoredConfig[]> {
  const { clock } = dependencies;
  const work = (): Promise<ScoredConfig[]> => evaluate(configs, settings, dependencies, journal);
  return clock instanceof VirtualClock ? clock.run(work) : work();
}

async function evaluate(
  configs: readonly MoaConfig[],
  settings: EvaluateSettings,
  dependencies: EvaluateDependencies,
  journal: Journal,
): Promise<ScoredConfig[]> {
  const { clock, task, grader, extractAnswer, signal } = dependencies;
  const calls = new AbortController();
  const stopListening = onAbort(signal, () => calls.abort(signal.reason));
  let refused: Error | undefined;
  const { model, card, onNotice, sharedAnswers } = dependencies;
  const { concurrency, budget = {}, limits, seed } = settings;
  const desk = openDesk({
    ...{ model, card, clock, concurrency, budget, journal, onNotice, sharedAnswers },
    rng: createRng(seed),
    signal: calls.signal,
    refusals: new Refusals([...new Set(configs.flatMap(modelsOf))], model),
    onRefused: (error) => {
      refused ??= error;
      calls.abort(error);
    },
    lookAround: true,
    ...defined({ limits }),
  });
  const cells = evaluationCells(task, settings);
  const distinct = configsById(configs);
  const results = new Map<string, { cell: Cell; result: CellResult }[]>(
    [...distinct.keys()].map((id) => [id, []]),
  );
  let done = 0;
  let cutOff: CutOff | undefined;
  const time = new AbortController();
  const { maxSeconds } = settings.budget ?? {};
  const begun = clock.now();
  const isOver = (): boolean => maxSeconds !== undefined && clock.now() - begun >= maxSeconds * 1000;
  if (maxSeconds !== undefined) {
    void clock.sleep(maxSeconds * 1000, time.signal).then(
      () => {
        cutOff ??= 'time';
        calls.abort(new Error('the time was over'));
      },
      () => undefined,
    );
  }
  // Cell by cell, so that configs have the same cells where a ceiling ends it early.
  const jobs = cells.flatMap((cell) => [...distinct].map(([id, config]) => ({ id, config, cell })));
  const measure = async ({ id, config, cell }: (typeof jobs)[number], number: number): Promise<void> => {
    if (calls.signal.aborted || cutOff !== undefined) return;
    const outcome = await runCell(config, cell, number, {
      task,
      grader,
      model: desk,
      clock,
      extractAnswer,
      signal: calls.signal,
      loads: desk,
    });
    if (outcome.kind === 'done') results.get(id)?.push({ cell, result: outcome.result });
    else if (!calls.signal.aborted) cutOff ??= isOver() ? 'time' : 'ceiling';
    dependencies.onCell?.(++done, jobs.length, outcome.kind === 'done' ? outcome.result : undefined);
    await clock.turn(scheduleRank);
  };
  // More cells than slots, since a cell's stages wait for one another.
  const queue = new PQueue({ concurrency: concurrency * 2 });
  await queue.addAll(jobs.map((job, number) => () => measure(job, number))).finally(() => {
    time.abort();
    stopListening();
  });
  if (signal.aborted) cutOff ??= 'interrupted';
  if (refused !== undefined) throw refused;
  desk.loads.refit();
  return configs.map((config) => {
    const all = (results.get(configId(config)) ?? []).map(({ cell, result }) => ({
      cell,
      result: { ...result, measurement: desk.loads.measured(result) },
    }));
    const scored = all.filter(({ result }) => result.grade.kind === 'scored');
    return {
      config,
      estimates: estimatesOf(scored.map(({ result }) => result.measurement)),
      cells: scored.length,
      unscored: all.length - scored.length,
      planned: cells.length,
      ...defined({ slowdown: desk.loads.told }),
      ...(all.length < cells.length ? defined({ cutOff }) : {}),
      results: all,
    };
  });
}
