import { elementAt } from '../../core/element-at.ts';
import { asError } from '../../core/errors.ts';
import { questionNotice } from '../../domain/question-notice.ts';
import type { OpenCell } from '../../search/search-state.ts';
import type { Trial } from '../../search/trial.ts';
import type { Draft, OpenDraft } from '../../search/writing/index.ts';
import type { CallDesk } from '../calls/call-desk.ts';
import type { DraftRunner } from '../drafts/draft-runner.ts';
import type { Recorder } from '../journal/recorder.ts';
import type { Plan } from '../plan.ts';
import type { TuneDependencies } from '../types.ts';
import { runCell } from './cell-runner.ts';
import { isInVain, searchIsInVain } from './grading-record.ts';

export interface WorkInFlightOptions
  extends Pick<TuneDependencies, 'task' | 'grader' | 'clock' | 'extractAnswer' | 'onCellResult'> {
  readonly recorder: Recorder;
  readonly desk: CallDesk;
  readonly drafts: DraftRunner;
  readonly plan: Plan;
  /** Ends all calls. */
  readonly signal: AbortSignal;
  /** Whether the run is to go on later: what ends unfinished from then on stays open in the journal. */
  readonly isPausing: () => boolean;
  readonly onNotice: (text: string) => void;
  /** Told why the run has to end. */
  readonly onFailure: (error: Error) => void;
  /** Called after each end, be it a failure. */
  readonly onEnd: () => void;
}

/** Cells and drafts that go on beside the run's loop, from their beginning to the events of their end. */
export class WorkInFlight {
  readonly #options: WorkInFlightOptions;

  constructor(options: WorkInFlightOptions) {
    this.#options = options;
  }

  /** Goes on with what an earlier process left open. */
  takeUp(): void {
    const { state } = this.#options.recorder;
    this.#startWrittenTrials();
    for (const open of [...state.drafts.open.values()]) this.#write(open);
    for (const open of [...state.openCells.values()]) this.#measure(open);
  }

  startCell(trial: Trial, of: OpenCell['of']): void {
    const { recorder } = this.#options;
    const cell = recorder.state.cells;
    recorder.record({ kind: 'cell-started', cell, trial: trial.trial, of });
    this.#measure({ cell, trial: trial.trial, of });
  }

  /** Waits until it is decided whether the draft is written. */
  async startDraft(draft: Draft): Promise<void> {
    const opened = await this.#options.drafts.begin(draft);
    if (opened !== undefined) this.#write(opened);
  }

  #write(open: OpenDraft): void {
    const { drafts, recorder } = this.#options;
    this.#besides(drafts.write(open), (ended) => {
      // One that was stopped stays open in the journal, so that resuming takes it up again.
      if (ended === undefined) return;
      recorder.record({ kind: 'draft-finished', draft: open.draft, of: open.of, ...ended });
      this.#startWrittenTrials();
    });
  }

  /** Of drafts that ended while the search goes on; one that ends later has come too late. */
  #startWrittenTrials(): void {
    const { drafts, plan, recorder } = this.#options;
    if (recorder.state.phase !== 'search') return;
    for (const written of [...recorder.state.drafts.written.values()]) {
      const config = drafts.configOf(written);
      if (config !== undefined) plan.startWritten(written.draft, { config, origin: written.of.origin });
    }
  }

  #measure({ cell, trial: number, of }: OpenCell): void {
    const { recorder, desk, isPausing, onCellResult, onNotice, onFailure, ...options } = this.#options;
    const { task, grader, clock, extractAnswer, signal } = options;
    const { config } = elementAt(recorder.state.trials, number);
    const parts = { task, grader, clock, extractAnswer, signal, model: desk, loads: desk };
    this.#besides(runCell(config, of, cell, parts), (outcome) => {
      if (outcome.kind === 'abandoned') {
        // An interrupted cell stays open in the journal, so that resuming takes it up again.
        if (isPausing()) return;
        const because = desk.refusal ?? 'interrupted';
        recorder.record({ kind: 'cell-abandoned', cell, because, reason: outcome.reason });
        return;
      }
      const { result } = outcome;
      recorder.record({ kind: 'cell-finished', cell, trial: number, result });
      onCellResult?.(of, result, config);
      if (result.grade.kind === 'scored') return;
      onNotice(questionNotice(of.instance, result.grade.reason));
      const { state } = recorder;
      if (isInVain(state)) onFailure(searchIsInVain(state.grading));
    });
  }

  #besides<Outcome>(work: Promise<Outcome>, ended: (outcome: Outcome) => void): void {
    const { onEnd, onFailure } = this.#options;
    work
      .then(ended)
      .catch((error: unknown) => onFailure(asError(error)))
      .finally(onEnd);
  }
}
