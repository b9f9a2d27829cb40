import type { FrontFile } from '../domain/run-result.ts';
import { type RunState, spentOf } from './run-state.ts';
import type { TrialBook } from './trial-book.ts';
import type { TuneSettings } from './types.ts';

/** What a run has found, from its state alone. */
export function frontFileOf(
  state: RunState,
  book: TrialBook,
  settings: TuneSettings,
  task: string,
  end: { readonly interrupted: boolean; readonly at: number },
): FrontFile {
  return {
    version: 1,
    simulated: settings.simulated,
    task,
    strategy: settings.strategy,
    seed: settings.seed,
    objectives: settings.objectives,
    front: book.front().map((trial) => book.member(trial)),
    baselines: book.baselines().map((trial) => book.baseline(trial)),
    hypervolume: book.hypervolume(),
    spent: spentOf(state, end.at),
    evaluations: state.trials.length,
    ended:
      state.phase === 'done' ? (state.ended ?? 'evaluations') : end.interrupted ? 'interrupted' : 'running',
  };
}
