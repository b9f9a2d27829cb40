import { defined } from '../core/defined.ts';
import { createRng } from '../core/rng.ts';
import type { ConfigId } from '../domain/moa-config.ts';
import type { FrontFile } from '../domain/run-result.ts';
import { serverOf } from '../models/router.ts';
import { SearchLoop } from '../search/loop.ts';
import type { SearchEvent } from '../search/search-events.ts';
import type { Trial } from '../search/trial.ts';
import { withReflection } from '../search/writing/index.ts';
import { CallDesk, scheduleRank } from './calls/call-desk.ts';
import { Ledger } from './calls/ledger.ts';
import { Refusals } from './calls/refusals.ts';
import { ServerRecord } from './calls/server-record.ts';
import { Traffic } from './calls/traffic.ts';
import { cellPlan } from './cells/cell-plan.ts';
import { isInVain } from './cells/grading-record.ts';
import { WorkInFlight } from './cells/work-in-flight.ts';
import { DraftRunner } from './drafts/draft-runner.ts';
import { writingStake } from './drafts/writing-stake.ts';
import { endForTime } from './end/end-for-time.ts';
import { earlierCallsOf } from './end/end-plan.ts';
import type { Journal } from './journal/journal.ts';
import { assumeLostCalls, countDamage } from './journal/power-loss.ts';
import { Recorder } from './journal/recorder.ts';
import { Plan } from './plan.ts';
import { ProgressReporter } from './progress-reporter.ts';
import { frontFileOf } from './result.ts';
import { RunStop } from './run-stop.ts';
import type { TuneDependencies, TuneSettings } from './types.ts';

/**
 * One tuning job: starts cells while calls have free slots, tells the strategy what came out, and walks
 * the phases. Everything it decides follows from the recorder's state, so a run goes on after an
 * interruption from what its journal holds.
 */
export class TuningRun {
  readonly #settings: TuneSettings;
  readonly #dependencies: TuneDependencies;
  readonly #recorder: Recorder;
  readonly #loop: SearchLoop;
  readonly #plan: Plan;
  readonly #work: WorkInFlight;
  readonly #desk: CallDesk;
  readonly #stopCalls = new AbortController();
  readonly #progress: ProgressReporter;
  readonly #servers = new ServerRecord();
  /** No answer had been graded: this process began the search anew. */
  readonly isRestarted: boolean;
  #failure: Error | undefined;
  #stop: RunStop | undefined;
  #wake: () => void = () => undefined;

  constructor(name: string, journal: Journal, settings: TuneSettings, dependencies: TuneDependencies) {
    const { clock, space, task, onNotice, onProgress } = dependencies;
    const { holdoutRepeats, headlineRepeats = holdoutRepeats, concurrency, budget, endShare } = settings;
    this.#settings = settings;
    this.#dependencies = dependencies;
    const origin = { clock: clock.now(), run: 0 };
    const traffic = new Traffic({
      ...defined({ limits: settings.limits }),
      keys: (model) => dependencies.model.keys?.(model) ?? 1,
      sharers: (model, key) => dependencies.model.sharers?.(model, key) ?? 1,
    });
    this.#recorder = new Recorder(journal, {
      clock,
      now: () => origin.run + (clock.now() - origin.clock),
      durability: clock.kind === 'virtual' ? 'batched' : 'grouped',
      onFailure: (error) => this.#fail(error),
      ...defined({ commitEvery: dependencies.commitEvery }),
    });
    const { state } = this.#recorder;
    const rng = createRng(settings.seed);
    const { finishCells, ...cells } = cellPlan(task, settings);
    // None while a journal is replayed, before there is a desk.
    let desk: CallDesk | undefined;
    const heldBack = (): ReadonlySet<string> => desk?.heldBack ?? new Set<string>();
    this.#loop = new SearchLoop({
      ...cells,
      state,
      space,
      rng,
      objectives: settings.objectives,
      heldBack,
      isTimed: budget.maxSeconds !== undefined,
      lacksTime: (trial) => this.#plan.lackSearchTime(trial),
      ...defined({ bounds: settings.bounds }),
      record: (event) => this.#recorder.record(event),
      strategy: (context) => {
        const strategy = dependencies.createStrategy(context);
        const { reflection } = settings;
        if (reflection === undefined) return strategy;
        const stake = (): number => writingStake(state, settings);
        return withReflection(strategy, { ...context, stake }, reflection);
      },
    });
    this.#recorder.follow(traffic);
    this.#recorder.follow(this.#servers);
    // What is not the search's is nothing to the loop.
    this.#recorder.follow({
      take: (event, again) =>
        event.kind === 'search-restarted'
          ? this.#loop.restart()
          : this.#loop.take(event as SearchEvent, again),
    });
    this.#progress = new ProgressReporter({
      run: name,
      settings,
      task,
      recorder: this.#recorder,
      loop: this.#loop,
      ...defined({ onNotice, onProgress }),
      onFailure: (error) => this.#fail(error),
    });
    this.#recorder.replay();
    const simulated = clock.kind === 'virtual';
    // Time that was lost has passed; simulated time comes again.
    origin.run = Math.max(state.at, simulated ? 0 : (journal.damage?.lost?.at ?? 0));
    if (journal.damage !== undefined) {
      this.#progress.notice(countDamage(this.#recorder, journal.damage, { concurrency, simulated }));
    }
    if (journal.powerLost === true && !simulated)
      this.#progress.notice(assumeLostCalls(this.#recorder, concurrency));
    this.isRestarted = isInVain(state);
    if (this.isRestarted) {
      this.#progress.notice('the search begins anew; calls that were paid for are not made again');
      this.#recorder.record({ kind: 'search-restarted' });
    }
    const ledger = new Ledger(settings.budget, state);
    desk = new CallDesk({
      provider: dependencies.model,
      card: dependencies.card,
      recorder: this.#recorder,
      ledger,
      concurrency,
      traffic,
      models: settings.models,
      clock,
      rng,
      signal: this.#stopCalls.signal,
      onNotice: (text) => this.#progress.notice(text),
      refusals: new Refusals(settings.models, dependencies.model),
      onRefused: (error) => this.#fail(error),
      lookAround: settings.models.some((name) => dependencies.model.slowsUnderLoad?.(name) === true),
      ...defined({ shared: dependencies.sharedAnswers }),
    });
    this.#desk = desk;
    this.#desk.limiter.onChange(() => this.#wake());
    this.#plan = new Plan({
      recorder: this.#recorder,
      loop: this.#loop,
      ledger,
      task,
      budget,
      concurrency,
      rng,
      finishCells,
      holdoutRepeats,
      headlineRepeats,
      endShare,
      earlierCalls: earlierCallsOf(settings),
      space,
      card: dependencies.card,
      isDown: (model) => traffic.isDown(model),
      isPaced: (model) => traffic.isPaced(model, state.callTimes.mean(model), concurrency),
      heldBack,
    });
    const drafts = new DraftRunner({
      recorder: this.#recorder,
      book: this.#loop.book,
      desk: this.#desk,
      card: dependencies.card,
      task,
      space,
      rng,
      extractAnswer: dependencies.extractAnswer,
      roomFor: (worst) => this.#plan.roomFor(worst),
      ...defined({ writer: settings.reflection?.writer }),
    });
    this.#work = new WorkInFlight({
      ...dependencies,
      recorder: this.#recorder,
      desk: this.#desk,
      drafts,
      plan: this.#plan,
      signal: this.#stopCalls.signal,
      isPausing: () => this.#stop?.because === 'interrupted' || this.#failure !== undefined,
      onNotice: (text) => this.#progress.notice(text),
      onFailure: (error) => this.#fail(error),
      onEnd: () => {
        this.#progress.report();
        this.#wake();
      },
    });
    dependencies.serverNotes?.(({ model, kind, text }) => {
      // Dialects are remembered beside the runs.
      if (kind === 'dialect' || this.#servers.knows(model, kind)) return;
      this.#recorder.record({ kind: 'server-noted', model, note: kind, text });
    });
    // Simulated servers only do what they are told.
    if (!settings.simulated)
      this.#servers.onFirstLimited = (model, { message }) =>
        this.#progress.notice(`${serverOf(model, dependencies.model)} tells requests to wait: ${message}`);
    this.#progress.begin();
  }

  async run(): Promise<FrontFile> {
    const { clock, signal } = this.#dependencies;
    const { maxSeconds } = this.#settings.budget;
    const stop = new RunStop({
      ...{ clock, signal },
      ...(maxSeconds === undefined ? {} : { leftMs: maxSeconds * 1000 - this.#recorder.now() }),
      onStop: (because) => {
        if (because === 'interrupted') {
          this.#desk.drain();
          this.#freeClock();
        }
        this.#wake();
      },
    });
    this.#stop = stop;
    try {
      // Of a run that was killed between a trial's end and the belief that followed from it.
      this.#loop.noteBelief();
      this.#work.takeUp();
      await this.#search();
      await this.#wind(stop);
    } finally {
      stop.close();
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
    const { task } = this.#dependencies;
    const file = frontFileOf(this.#recorder.state, this.#loop.book, this.#settings, task.name, {
      interrupted: stop.because === 'interrupted',
      at: this.#recorder.now(),
      ...(this.#settings.simulated ? {} : { servers: this.#servers.lines(this.#dependencies.model) }),
    });
    this.#recorder.close();
    this.#progress.report();
    return file;
  }

  /** What the models' servers did, and the requests that they failed. */
  get servers(): Pick<ServerRecord, 'totals' | 'failures'> {
    return this.#servers;
  }

  /** Tells whoever watches the run, and its log. */
  notice(text: string): void {
    this.#progress.notice(text);
  }

  /** A trial of the run by its config's id. */
  trial(id: ConfigId): Trial | undefined {
    return this.#recorder.state.byId.get(id);
  }

  async #search(): Promise<void> {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await this.#dependencies.clock.turn(scheduleRank);
      if (this.#stop?.because !== undefined || this.#failure !== undefined) return;
      if (this.#plan.concludeTrials()) this.#progress.report();
      const { phase } = this.#recorder.state;
      if (this.#desk.wantsWork) {
        const next = this.#plan.next();
        if (this.#recorder.state.phase !== phase) continue;
        if (next.kind === 'cell') {
          this.#work.startCell(next.trial, next.of);
          continue;
        }
        if (next.kind === 'draft') {
          await this.#work.startDraft(next.draft);
          continue;
        }
        if (next.kind === 'done') {
          if (phase === 'done') return;
          this.#plan.advance();
          this.#progress.report();
          continue;
        }
      }
      await woken;
    }
  }

  /** Brings a stopped run to rest: state saved, nothing in flight. */
  async #wind(stop: RunStop): Promise<void> {
    const { state } = this.#recorder;
    if (this.#failure !== undefined || stop.because === 'interrupted') {
      this.#desk.drain();
      // After a failure only the limiter knows: calls that were journaled and never sent stay open.
      return stop.grace(() =>
        this.#failure === undefined ? state.openCalls.size : this.#desk.limiter.running,
      );
    }
    if (stop.because === 'time') endForTime(this.#recorder, this.#loop);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#freeClock();
    this.#wake();
  }

  /** Simulated time stands still for a grading, and with it the loop: one that never ends would keep the run for ever. */
  #freeClock(): void {
    // Not at once: whoever fails may be in the middle of an event.
    if (this.#dependencies.clock.kind === 'virtual') setImmediate(() => this.#stopCalls.abort());
  }
}
