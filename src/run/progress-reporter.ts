import { callBack } from '../core/call-back.ts';
import { asError } from '../core/errors.ts';
import { oneLine } from '../core/one-line.ts';
import { isBaseline } from '../domain/headliners.ts';
import type { Progress } from '../domain/run-result.ts';
import type { SearchLoop } from '../search/loop.ts';
import { memberOf } from '../search/members.ts';
import type { Recorder } from './journal/recorder.ts';
import { countEvaluations, spentOf } from './run-state.ts';
import type { TuneDependencies, TuneSettings } from './types.ts';

interface ProgressReporterOptions extends Pick<TuneDependencies, 'task' | 'onNotice' | 'onProgress'> {
  readonly run: string;
  readonly settings: TuneSettings;
  readonly recorder: Recorder;
  readonly loop: SearchLoop;
  /** Told what the caller's functions throw: the run has to end, and whoever reports goes on undisturbed. */
  readonly onFailure: (error: Error) => void;
}

/** Tells the caller how a run goes: notices as they come, all figures at each change. */
export class ProgressReporter {
  readonly #options: ProgressReporterOptions;
  readonly #hypervolumeTrend: number[] = [];
  readonly #notices: string[] = [];
  #hasBegun = false;

  /** Follows the recorder from its first event on, so it is made before the recorder replays. */
  constructor(options: ProgressReporterOptions) {
    this.#options = options;
    if (options.onProgress === undefined) return;
    options.recorder.follow({
      take: ({ kind }) => {
        if (kind === 'trial-finished') this.#hypervolumeTrend.push(options.loop.book.hypervolume());
      },
    });
  }

  /** @param said by a server or a grader in part: its line ends would make several lines of one */
  notice(said: string): void {
    const text = oneLine(said);
    this.#notices.push(text);
    this.#tell(() => this.#options.onNotice?.(text));
    // Nothing else may happen for long.
    if (this.#hasBegun) this.report();
  }

  /** The run is set up: from now on a notice is reported at once. */
  begin(): void {
    this.#hasBegun = true;
  }

  report(): void {
    this.#tell(() => this.#options.onProgress?.(this.#progress()));
  }

  #tell(tell: () => unknown): void {
    callBack(tell, (error) => this.#options.onFailure(asError(error)));
  }

  #progress(): Progress {
    const { run, settings, recorder, loop, task } = this.#options;
    const { state } = recorder;
    const isStarting = state.trials.length > 0 && state.trials.every((trial) => isBaseline(trial.origin));
    return {
      run,
      simulated: settings.simulated,
      task: task.name,
      phase: state.phase === 'search' && isStarting ? 'baselines' : state.phase,
      evaluations: countEvaluations(state),
      trialsInFlight: state.trials.length - state.concluded,
      callsInFlight: state.openCalls.size,
      cachedCalls: state.sharedCalls.count,
      // As the result says it.
      spent: spentOf(state, state.phase === 'done' ? state.at : recorder.now()),
      budget: settings.budget,
      bestScore: loop.book.bestScore(),
      front: loop.book.front().map(memberOf),
      hypervolumeTrend: this.#hypervolumeTrend,
      objectives: settings.objectives,
      notices: this.#notices,
    };
  }
}
