import { defined } from '../core/defined.ts';
import { elementAt } from '../core/element-at.ts';
import { configId, modelsOf } from '../domain/moa-config.ts';
import { runningTrials } from '../search/search-state.ts';
import type { Proposal } from '../search/strategy.ts';
import type { Trial } from '../search/trial.ts';
import { concludeSearch } from './end/conclude-search.ts';
import { EndPhases } from './end/end-phases.ts';
import type { EndReason, Reservation } from './journal/events.ts';
import { spendingEnds } from './journal/events.ts';
import type { NextWork, PlanOptions } from './plan-types.ts';

/** Configs open and unconcluded at most when a further one is chosen: beyond, it is chosen blindly. */
const mostOpen = 8;
/** Configs that wait for a model that is held back, at most when a further one is chosen. */
const mostWaiting = 3 * mostOpen;

/**
 * Decides what a run does next. While searching, the search loop does, and new cells leave untouched what measuring
 * the front will cost; what comes after is planned by `EndPhases`. Where slots would be idle since something is waited
 * for, they begin what comes next.
 */
export class Plan {
  readonly #options: PlanOptions;
  readonly #end: EndPhases;

  constructor(options: PlanOptions) {
    this.#options = options;
    this.#end = new EndPhases(options);
  }

  next(): NextWork {
    switch (this.#options.recorder.state.phase) {
      case 'search':
        return this.#nextOfSearch();
      case 'finish':
        return this.#end.nextOfFinish();
      case 'holdout':
        return this.#end.nextOfHoldout();
      case 'done':
        return { kind: 'done' };
    }
  }

  /** Takes the decisions of the search that are due. True when a trial was concluded. */
  concludeTrials(): boolean {
    const { recorder, loop } = this.#options;
    return recorder.state.searching && loop.decide().some(({ kind }) => kind === 'conclude');
  }

  /** Ends the search; what is in flight may finish. */
  #endSearch(because: EndReason): void {
    const { recorder, loop } = this.#options;
    if (recorder.state.phase !== 'search') return;
    concludeSearch(recorder, loop);
    recorder.record({ kind: 'phase-started', phase: 'finish', because });
  }

  /** Goes on to the next phase once nothing of this one is left or in flight. */
  advance(): void {
    const { recorder } = this.#options;
    const next = { search: 'finish', finish: 'holdout', holdout: 'done', done: 'done' } as const;
    recorder.record({
      kind: 'phase-started',
      phase: next[recorder.state.phase],
      because: 'front-measured',
      ...defined({ lacked: this.#end.lacked }),
    });
  }

  /** Starts the trial of a written draft; what it takes was counted when it was asked for. */
  startWritten(draft: number, proposal: Proposal): void {
    this.#options.loop.start(proposal, configId(proposal.config), draft);
  }

  /** Whether the search has no time for a further cell of a trial. */
  lackSearchTime(trial: Trial): boolean {
    return this.#options.recorder.state.searching && this.#end.means.lackSearchTime(trial);
  }

  /** The ceiling that one more call of this worst case would break, what the front needs set aside. */
  roomFor(worst: Reservation): EndReason | undefined {
    return this.#end.means.breaksCall(worst);
  }

  #nextOfSearch(): NextWork {
    const { recorder, loop } = this.#options;
    const { state } = recorder;
    const [refusal] = state.refused.values();
    if (refusal !== undefined) return this.#endSearchWhenQuiet(refusal);
    const pending = loop.pending();
    if (pending !== undefined) return this.#unlessBroken({ kind: 'cell', ...pending });
    const barred = this.#barred();
    // What is held back is measured first, unless there is no time for it.
    if (barred !== undefined && barred !== 'time' && loop.isPending) return { kind: 'wait' };
    if (barred !== undefined) return this.#endSearchWhenQuiet(barred);
    if (this.#areEnoughOpen()) return this.#further();
    const next = loop.ask();
    if (next.kind === 'exhausted') return this.#endSearchWhenQuiet('space-exhausted');
    if (next.kind === 'wait') return this.#further();
    if (next.kind === 'held-back') return this.#nextOfSearch();
    return next.kind === 'cell' ? this.#unlessBroken(next) : next;
  }

  /**
   * Of configs that a conclusion is to come of soon, as none does of those that wait for a model that is down, or held
   * back where it is time that runs out.
   */
  #areEnoughOpen(): boolean {
    const { recorder, loop, budget, isDown, heldBack } = this.#options;
    const { trials, concluded, drafts } = recorder.state;
    const held = heldBack();
    const isTimed = budget.maxSeconds !== undefined;
    // Further cells of concluded trials wait, too, unless nothing is asked for that needs such a model.
    if (!isTimed && held.size > 0 && loop.openTrials >= mostWaiting) return true;
    if (trials.length - concluded + drafts.open.size < mostOpen) return false;
    const waits = (model: string): boolean => isDown(model) || (isTimed && held.has(model));
    const running = runningTrials(recorder.state);
    const reachable = running.filter(({ config }) => !modelsOf(config).some(waits));
    if (held.size > 0 && running.length - reachable.length >= mostWaiting) return true;
    return reachable.length + drafts.open.size >= mostOpen;
  }

  #unlessBroken(next: NextWork & { readonly kind: 'cell' }): NextWork {
    const broken = this.#end.means.breaks(next.trial.config, 'all');
    return broken === undefined ? next : this.#endSearchWhenQuiet(broken);
  }

  /**
   * While enough configs are open for the moment. Where it is time that runs out an idle slot is worth nothing; where
   * the search ends with a number of configs a call that need not be made is money spent.
   */
  #further(): NextWork {
    const { loop, budget } = this.#options;
    if (budget.maxEvaluations !== undefined) return { kind: 'wait' };
    const isTimed = budget.maxSeconds !== undefined;
    const next =
      loop.further(isTimed ? loop.cells.length : this.#end.finishSize) ??
      (isTimed ? loop.fillOthers() : undefined);
    return next === undefined ? { kind: 'wait' } : this.#unlessBroken({ kind: 'cell', ...next });
  }

  /**
   * Cells in flight usually leave more than they reserved, and a draft may bring a trial: only without any is a
   * ceiling reached. Where there are no more configs, the front may still grow. Until then slots begin the end's
   * work, unless what is in flight may leave enough to search on.
   */
  #endSearchWhenQuiet(because: EndReason): NextWork {
    const { loop, recorder } = this.#options;
    // Further cells of the front and the holdout go on beside the finish, which plans with what is left of the time.
    if (because === 'time' ? this.#isSearching() : loop.isBusy) {
      const isOver = recorder.state.refused.size === 0 && !spendingEnds.has(because);
      return isOver ? this.#end.early(because) : { kind: 'wait' };
    }
    const grown = because === 'space-exhausted' && loop.decide(true).length > 0;
    if (!grown) this.#endSearch(because);
    return { kind: 'wait' };
  }

  /**
   * A trial is about to be concluded, or a draft to bring one; what takes far too long is given up, and what would take
   * the end's time.
   */
  #isSearching(): boolean {
    const { recorder } = this.#options;
    const { trials, openCells, drafts, cellTimes } = recorder.state;
    if (this.#end.means.isSearchOverdue) return false;
    if (drafts.open.size > 0) return true;
    for (const { cell, trial, of } of openCells.values()) {
      if (of.split !== 'tuning' || elementAt(trials, trial).status !== 'running') continue;
      if (!cellTimes.isLate(cell, recorder.now())) return true;
    }
    return false;
  }

  /** The ceiling that leaves no room for a new trial. */
  #barred(): EndReason | undefined {
    const { recorder, budget } = this.#options;
    const { state } = recorder;
    // A draft under way is a trial about to start.
    const begun = state.trials.length + state.drafts.open.size;
    if (budget.maxEvaluations !== undefined && begun >= budget.maxEvaluations) return 'evaluations';
    if (this.#end.means.lackTimeForNewTrial()) return 'time';
    // A trial started without room for one cell would only be journaled to be abandoned.
    return this.#end.means.breaks(undefined, 'all');
  }
}
