import PQueue from 'p-queue';
import { onAbort } from '../core/abort.ts';
import { createRng } from '../core/rng.ts';
import { VirtualClock } from '../core/virtual-clock.ts';
import type { Budget } from '../domain/budget.ts';
import type { Cell } from '../domain/cell.ts';
import type { CellResult } from '../domain/cell-result.ts';
import { estimatesOf } from '../domain/estimates.ts';
import { configId, type MoaConfig, modelsOf } from '../domain/moa-config.ts';
import { scheduleRank } from './call-desk.ts';
import { cellsOf } from './cell-plan.ts';
import { runCell } from './cell-runner.ts';
import { createMemoryJournal, type Journal } from './journal.ts';
import { openDesk } from './open-desk.ts';
import { Refusals } from './refusals.ts';
import type { ProviderLimits } from './traffic.ts';
import type { ScoredConfig, TuneDependencies } from './types.ts';

export type EvaluateDependencies = Omit<TuneDependencies, 'createStrategy' | 'space' | 'onProgress'> & {
  readonly onCell?: (done: number, of: number) => void;
};

export interface EvaluateSettings {
  /** Which instances. @defaultValue `tuning` */
  readonly split?: 'tuning' | 'holdout';
  readonly repeats: number;
  /** Number of the first repeat; repeats that nobody has used before bring fresh samples. @defaultValue 0 */
  readonly firstRepeat?: number;
  readonly concurrency: number;
  /** Of the providers' keys. */
  readonly limits?: ProviderLimits;
  readonly seed: number;
  readonly budget?: Budget;
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
    refusals: new Refusals([...new Set(configs.flatMap(modelsOf))]),
    onRefused: (error) => {
      refused ??= error;
      calls.abort(error);
    },
    ...(limits === undefined ? {} : { limits }),
  });
  const split = settings.split ?? 'tuning';
  const firstRepeat = settings.firstRepeat ?? 0;
  const cells = cellsOf(split, split === 'tuning' ? task.tuning : task.holdout, settings.repeats).map(
    (cell) => ({ ...cell, repeat: firstRepeat + cell.repeat }),
  );
  const distinct = new Map(configs.map((config) => [configId(config), config]));
  const results = new Map<string, { cell: Cell; result: CellResult }[]>(
    [...distinct.keys()].map((id) => [id, []]),
  );
  let done = 0;
  // Cell by cell: what is cut off leaves all configs with the same cells.
  const jobs = cells.flatMap((cell) => [...distinct].map(([id, config]) => ({ id, config, cell })));
  const measure = async ({ id, config, cell }: (typeof jobs)[number], number: number): Promise<void> => {
    if (calls.signal.aborted) return;
    const outcome = await runCell(config, cell, number, {
      task,
      grader,
      model: desk,
      clock,
      extractAnswer,
      signal: calls.signal,
    });
    if (outcome.kind === 'done') results.get(id)?.push({ cell, result: outcome.result });
    dependencies.onCell?.(++done, jobs.length);
    await clock.turn(scheduleRank);
  };
  // More cells than slots, since a cell's stages wait for one another.
  const queue = new PQueue({ concurrency: concurrency * 2 });
  await queue.addAll(jobs.map((job, number) => () => measure(job, number))).finally(stopListening);
  if (refused !== undefined) throw refused;
  return configs.map((config) => {
    const all = results.get(configId(config)) ?? [];
    const scored = all.filter(({ result }) => result.grade.kind === 'scored');
    return {
      config,
      estimates: estimatesOf(scored.map(({ result }) => result.measurement)),
      cells: scored.length,
      unscored: all.length - scored.length,
      planned: cells.length,
      results: all,
    };
  });
}
