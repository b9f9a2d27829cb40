import { createRng } from '../core/rng.ts';
import type { ConfigId } from '../domain/moa-config.ts';
import type { FrontFile, Progress } from '../domain/run-result.ts';
import type { CallLimiter } from '../models/limiter.ts';
import type { TrialScheduler } from '../search/scheduling/scheduler.ts';
import {
  type Draft,
  type DraftingStrategy,
  type DraftOutcome,
  withReflection,
} from '../search/writing/index.ts';
import { CallDesk, scheduleRank } from './call-desk.ts';
import { runCell } from './cell-runner.ts';
import type { OpenDraft } from './draft-book.ts';
import { DraftRunner } from './draft-runner.ts';
import type { Journal } from './journal.ts';
import { Ledger } from './ledger.ts';
import { Plan } from './plan.ts';
import { assumeLostCalls, countDamage } from './power-loss.ts';
import { type History, Recorder } from './recorder.ts';
import { Refusals } from './refusals.ts';
import { frontFileOf } from './result.ts';
import { type OpenCell, spentOf } from './run-state.ts';
import { createSchedule } from './schedule.ts';
import { Traffic } from './traffic.ts';
import { TrialBook } from './trial-book.ts';
import type { TrialState } from './trial-state.ts';
import type { TuneDependencies, TuneSettings } from './types.ts';

/** Time for calls in flight to come home after a polite stop, in ms; simulated ones need none. */
const graceMs = 5_000;
/** So many cells without a single score, and none with one: the models are not answering. */
const hopelessCells = 24;

/**
 * One tuning job: starts cells while calls have free slots, tells the strategy what came out, and walks
 * the phases. Everything it decides follows from the recorder's state, so a run goes on after an
 * interruption from what its journal holds.
 */
export class TuningRun {
  readonly #name: string;
  readonly #settings: TuneSettings;
  readonly #dependencies: TuneDependencies;
  readonly #recorder: Recorder;
  readonly #book: TrialBook;
  readonly #plan: Plan;
  readonly #strategy: DraftingStrategy;
  readonly #drafts: DraftRunner;
  readonly #desk: CallDesk;
  readonly #limiter: CallLimiter;
  readonly #stopCalls = new AbortController();
  readonly #hypervolumeTrend: number[] = [];
  readonly #notices: string[] = [];
  #failure: Error | undefined;
  #stopped: 'interrupted' | 'time' | undefined;
  #wake: () => void = () => undefined;

  constructor(name: string, journal: Journal, settings: TuneSettings, dependencies: TuneDependencies) {
    const { clock, space, task } = dependencies;
    this.#name = name;
    this.#settings = settings;
    this.#dependencies = dependencies;
    const origin = { clock: clock.now(), run: 0 };
    const traffic = new Traffic({
      ...(settings.limits === undefined ? {} : { limits: settings.limits }),
      keys: (model) => dependencies.model.keys?.(model) ?? 1,
    });
    this.#recorder = new Recorder(journal, {
      clock,
      now: () => origin.run + (clock.now() - origin.clock),
      durability: clock.kind === 'virtual' ? 'batched' : 'grouped',
      follower: traffic,
      onFailure: (error) => this.#fail(error),
      ...(dependencies.commitEvery === undefined ? {} : { commitEvery: dependencies.commitEvery }),
    });
    const { state } = this.#recorder;
    const rng = createRng(settings.seed);
    this.#book = new TrialBook(state, settings.objectives);
    const { scheduler, finishCells, cells } = createSchedule(task, settings, state, this.#book);
    const strategy = strategyOf(settings, dependencies, cells, (id) => state.byId.has(id));
    this.#recorder.replay(this.#retelling(strategy, scheduler));
    const simulated = clock.kind === 'virtual';
    // Time that was lost has passed; simulated time comes again.
    origin.run = Math.max(state.at, simulated ? 0 : (journal.damage?.lost?.at ?? 0));
    if (journal.damage !== undefined) {
      const { concurrency } = settings;
      this.#notice(countDamage(this.#recorder, journal.damage, { concurrency, simulated }));
    }
    if (journal.powerLost === true && !simulated) {
      this.#notice(assumeLostCalls(this.#recorder, settings.concurrency));
    }
    const ledger = new Ledger(settings.budget, state);
    this.#desk = new CallDesk({
      provider: dependencies.model,
      card: dependencies.card,
      recorder: this.#recorder,
      ledger,
      concurrency: settings.concurrency,
      traffic,
      clock,
      rng,
      signal: this.#stopCalls.signal,
      onNotice: (text) => this.#notice(text),
      refusals: new Refusals(settings.models),
      onRefused: (error) => this.#fail(error),
      ...(dependencies.sharedAnswers === undefined ? {} : { shared: dependencies.sharedAnswers }),
    });
    this.#limiter = this.#desk.limiter;
    this.#limiter.onChange(() => this.#wake());
    const { holdoutRepeats, concurrency, budget } = settings;
    this.#plan = new Plan({
      recorder: this.#recorder,
      book: this.#book,
      ledger,
      strategy,
      task,
      budget,
      rng,
      scheduler,
      finishCells,
      objectives: settings.objectives,
      holdoutRepeats,
      concurrency,
    });
    this.#strategy = strategy;
    const { writer } = settings.reflection ?? {};
    this.#drafts = new DraftRunner({
      recorder: this.#recorder,
      book: this.#book,
      desk: this.#desk,
      card: dependencies.card,
      task,
      space,
      rng,
      extractAnswer: dependencies.extractAnswer,
      roomFor: (worst) => this.#plan.roomFor(worst),
      ...(writer === undefined ? {} : { writer }),
    });
  }

  async run(): Promise<FrontFile> {
    const timers = new AbortController();
    this.#watchForTheEnd(timers.signal);
    try {
      // Of a run that was killed between a trial's end and the belief that followed from it.
      this.#plan.noteBelief();
      this.#startWrittenTrials();
      for (const open of [...this.#recorder.state.drafts.open.values()]) this.#launchDraft(open);
      for (const open of [...this.#recorder.state.openCells.values()]) this.#launch(open);
      await this.#loop();
      await this.#wind();
    } finally {
      timers.abort();
      this.#stopCalls.abort();
    }
    if (this.#failure !== undefined) {
      try {
        this.#recorder.close();
      } catch {
        // What is thrown next is why the run ends, and usually the same.
      }
      throw this.#failure;
    }
    const file = frontFileOf(this.#recorder.state, this.#book, this.#settings, this.#dependencies.task.name, {
      interrupted: this.#stopped === 'interrupted',
      at: this.#recorder.now(),
    });
    this.#recorder.close();
    this.#report();
    return file;
  }

  /** A trial of the run by its config's id. */
  trial(id: ConfigId): TrialState | undefined {
    return this.#recorder.state.byId.get(id);
  }

  /** Shows a rebuilt strategy what its predecessor asked and was told, when it was. */
  #retelling(strategy: DraftingStrategy, scheduler: TrialScheduler<TrialState>): History {
    return {
      trialStarted: (trial) => {
        strategy.asked(trial);
        scheduler.changed(trial);
      },
      trialOpened: (trial) => {
        scheduler.changed(trial);
        if (trial.status !== 'running') strategy.extended?.(trial.id);
      },
      drafted: (draft) => strategy.drafted?.(draft),
      draftRejected: (draft, reason) => strategy.draftRejected?.(draft, reason),
      cellFinished: (trial) => this.#book.changed(trial),
      trialFinished: (trial) => {
        this.#book.changed(trial);
        strategy.tell(this.#book.report(trial));
        scheduler.changed(trial);
        this.#hypervolumeTrend.push(this.#book.hypervolume());
      },
    };
  }

  async #loop(): Promise<void> {
    const { clock } = this.#dependencies;
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await clock.turn(scheduleRank);
      if (this.#stopped !== undefined || this.#failure !== undefined) return;
      if (this.#plan.concludeTrials()) this.#noteProgress();
      const { phase } = this.#recorder.state;
      if (this.#desk.wantsWork) {
        const next = this.#plan.next();
        if (this.#recorder.state.phase !== phase) continue;
        if (next.kind === 'cell') {
          this.#start(next.trial, next.of);
          continue;
        }
        if (next.kind === 'draft') {
          await this.#beginDraft(next.draft);
          continue;
        }
        if (next.kind === 'done') {
          if (phase === 'done') return;
          this.#plan.advance();
          this.#report();
          continue;
        }
      }
      await woken;
    }
  }

  #start(trial: TrialState, of: OpenCell['of']): void {
    const cell = this.#recorder.state.cells;
    this.#recorder.record({ kind: 'cell-started', cell, trial: trial.trial, of });
    this.#launch({ cell, trial: trial.trial, of });
  }

  async #beginDraft(draft: Draft): Promise<void> {
    const begun = await this.#drafts.begin(draft);
    if ('refused' in begun) this.#strategy.draftRejected?.(draft, begun.refused);
    else this.#launchDraft(begun.opened);
  }

  #launchDraft(open: OpenDraft): void {
    this.#drafts
      .write(open)
      .then((outcome) => {
        // One that was stopped stays open in the journal, so that resuming takes it up again.
        if (outcome !== undefined) this.#endDraft(open, outcome);
      })
      .catch((error: unknown) => this.#fail(error instanceof Error ? error : new Error(String(error))))
      .finally(() => {
        this.#report();
        this.#wake();
      });
  }

  #endDraft({ draft, of }: OpenDraft, outcome: DraftOutcome): void {
    this.#recorder.record({ kind: 'draft-finished', draft, of, outcome });
    if (outcome.kind === 'rejected') this.#strategy.draftRejected?.(of, outcome.reason);
    else this.#startWrittenTrials();
  }

  /** Of drafts that ended while the search goes on; one that ends later has come too late. */
  #startWrittenTrials(): void {
    const { state } = this.#recorder;
    if (state.phase !== 'search') return;
    for (const written of [...state.drafts.written.values()]) {
      const config = this.#drafts.configOf(written);
      if (config !== undefined) this.#plan.startWritten(written.draft, { config, origin: written.of.origin });
    }
  }

  #launch(open: OpenCell): void {
    const trial = this.#recorder.state.trials[open.trial] as TrialState;
    const { task, grader, clock, extractAnswer } = this.#dependencies;
    runCell(trial.config, open.of, open.cell, {
      task,
      grader,
      clock,
      extractAnswer,
      model: this.#desk,
      signal: this.#stopCalls.signal,
    })
      .then((outcome) => {
        if (outcome.kind === 'abandoned') {
          // An interrupted cell stays open in the journal, so that resuming takes it up again.
          if (this.#stopped === 'interrupted' || this.#failure !== undefined) return;
          const because = this.#desk.refusal ?? 'interrupted';
          this.#recorder.record({ kind: 'cell-abandoned', cell: open.cell, because, reason: outcome.reason });
          return;
        }
        this.#recorder.record({
          kind: 'cell-finished',
          cell: open.cell,
          trial: open.trial,
          result: outcome.result,
        });
        if (open.of.split === 'tuning') this.#book.changed(trial);
        if (outcome.result.grade.kind === 'unscored') this.#noteUnscored(outcome.result.grade.reason);
      })
      .catch((error: unknown) => this.#fail(error instanceof Error ? error : new Error(String(error))))
      .finally(() => {
        this.#report();
        this.#wake();
      });
  }

  #watchForTheEnd(signal: AbortSignal): void {
    const { clock, signal: stop } = this.#dependencies;
    const interrupt = (): void => {
      this.#stopped ??= 'interrupted';
      this.#desk.drain();
      this.#wake();
    };
    if (stop.aborted) interrupt();
    stop.addEventListener('abort', interrupt, { once: true, signal });
    const { maxSeconds } = this.#settings.budget;
    if (maxSeconds === undefined) return;
    clock
      .sleep(Math.max(0, maxSeconds * 1000 - this.#recorder.now()), signal)
      .then(() => {
        this.#stopped ??= 'time';
        this.#wake();
      })
      .catch(() => undefined);
  }

  /** Brings a stopped run to rest: state saved, nothing in flight. */
  async #wind(): Promise<void> {
    const { clock } = this.#dependencies;
    const { state } = this.#recorder;
    if (this.#failure !== undefined || this.#stopped === 'interrupted') {
      this.#desk.drain();
      const end = clock.now() + graceMs;
      // After a failure only the limiter knows: calls that were journaled and never sent stay open.
      const inFlight = (): number =>
        this.#failure === undefined ? state.openCalls.size : this.#limiter.running;
      while (clock.kind === 'real' && inFlight() > 0 && clock.now() < end) await clock.sleep(25);
      return;
    }
    if (this.#stopped !== 'time') return;
    for (const call of [...state.openCalls.keys()]) this.#recorder.record({ kind: 'call-lost', call });
    for (const cell of [...state.openCells.keys()]) {
      this.#recorder.record({ kind: 'cell-abandoned', cell, because: 'time', reason: 'the time was over' });
    }
    for (const { draft, of } of [...state.drafts.open.values()]) {
      const outcome = { kind: 'rejected', reason: 'the time was over' } as const;
      this.#recorder.record({ kind: 'draft-finished', draft, of, outcome });
    }
    if (state.phase !== 'done')
      this.#recorder.record({ kind: 'phase-started', phase: 'done', because: 'time' });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }

  #notice(text: string): void {
    this.#notices.push(text);
    this.#dependencies.onNotice?.(text);
  }

  #noteUnscored(reason: string): void {
    this.#notice(reason);
    const { state } = this.#recorder;
    const scored = state.trials.some((trial) =>
      [...trial.results.values()].some((result) => result.grade.kind === 'scored'),
    );
    if (!scored && state.unscored >= hopelessCells) this.#plan.endSearch('models-failing');
  }

  #noteProgress(): void {
    this.#hypervolumeTrend.push(this.#book.hypervolume());
    this.#report();
  }

  #report(): void {
    this.#dependencies.onProgress?.(this.#progress());
  }

  #progress(): Progress {
    const { state } = this.#recorder;
    const searching =
      state.trials.length > 0 && state.trials.every((trial) => trial.origin.operator === 'baseline');
    return {
      run: this.#name,
      simulated: this.#settings.simulated,
      task: this.#dependencies.task.name,
      phase: state.phase === 'search' && searching ? 'baselines' : state.phase,
      evaluations: state.trials.length,
      trialsInFlight: state.trials.length - state.concluded,
      callsInFlight: state.openCalls.size,
      cachedCalls: this.#desk.cachedCalls,
      spent: spentOf(state, this.#recorder.now()),
      budget: this.#settings.budget,
      bestScore: this.#book.bestScore(),
      front: this.#book.front().map((trial) => this.#book.member(trial)),
      hypervolumeTrend: this.#hypervolumeTrend,
      objectives: this.#settings.objectives,
      notices: this.#notices.slice(-5),
    };
  }
}

/** The strategy, with drafts where the settings want them. */
function strategyOf(
  { objectives, reflection }: TuneSettings,
  { space, createStrategy }: TuneDependencies,
  cells: number,
  isKnown: (id: ConfigId) => boolean,
): DraftingStrategy {
  const context = { space, objectives, cells, isKnown };
  const strategy = createStrategy(context);
  return reflection === undefined ? strategy : withReflection(strategy, context, reflection);
}
