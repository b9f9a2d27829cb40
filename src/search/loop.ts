import { defined } from '../core/defined.ts';
import { elementAt, valueAt } from '../core/element-at.ts';
import type { Rng } from '../core/rng.ts';
import type { Bounds } from '../domain/bounds.ts';
import type { Cell } from '../domain/cell.ts';
import { isBaseline } from '../domain/headliners.ts';
import { asksAnyOf, type ConfigId, configId } from '../domain/moa-config.ts';
import type { ObjectiveName } from '../domain/objective.ts';
import { isAtZero, withoutHopeless } from './hopeful-models.ts';
import { createScheduler } from './scheduling/create-scheduler.ts';
import type { Scheduler } from './scheduling/scheduler.ts';
import type { Decision, NextCell, ScheduleOptions } from './scheduling/types.ts';
import type { SearchEvent } from './search-events.ts';
import { runningTrials, type SearchState, trialOf } from './search-state.ts';
import type { SearchSpace } from './space.ts';
import { type Extension, isExtension, type Proposal, type StrategyContext } from './strategy.ts';
import type { Trial } from './trial.ts';
import { byScore, TrialBook } from './trial-book.ts';
import { type Draft, type DraftingStrategy, isDraft } from './writing/draft.ts';

export interface SearchLoopOptions {
  readonly state: SearchState;
  /** Takes an event into the state, and shows it to {@link SearchLoop.take} then. */
  readonly record: (event: SearchEvent) => void;
  readonly space: SearchSpace;
  readonly objectives: readonly ObjectiveName[];
  readonly bounds?: Bounds;
  /** Tuning cells in the order in which fidelity grows. */
  readonly cells: readonly Cell[];
  /** So many of them make the highest level, later ones are for re-evaluation only. */
  readonly searchCells: number;
  readonly schedule: ScheduleOptions;
  readonly strategy: (context: StrategyContext) => DraftingStrategy;
  /** Models whose calls would only wait at present: cells of others are begun first. @defaultValue none */
  readonly heldBack?: () => ReadonlySet<string>;
  /** It is time that runs out: nothing new is asked for that needs such a model. @defaultValue false */
  readonly isTimed?: boolean;
  /** Whether the search has no time for a further cell of a trial. @defaultValue it has */
  readonly lacksTime?: (trial: Trial) => boolean;
  /** The search's own; streams are derived from it by name, never drawn from it. */
  readonly rng: Rng;
}

export type Asked =
  | ({ readonly kind: 'cell' } & NextCell)
  | { readonly kind: 'draft'; readonly draft: Draft }
  /** Nothing to begin until something that is under way has ended. */
  | { readonly kind: 'wait' }
  /** Cells were granted whose calls would only wait at present. */
  | { readonly kind: 'held-back' }
  | { readonly kind: 'exhausted' };

/** Cells that a single model under way gets at most while slots would be idle, in levels. */
const openWidth = 8;

const noModels: ReadonlySet<string> = new Set();

/** A strategy that keeps proposing known configs has run out of new ones. */
const askTries = 50;

/**
 * The search: ask, decide, tell. A strategy proposes, a schedule says who gets which cell, and every step is an
 * event that its owner records. Strategy, schedule and front follow the events by {@link take}, whether they
 * happen or are read from a journal, so that a search that is taken up again goes on exactly. Does no I/O, and
 * measures nothing: `mixtune tune` runs it with models, budget and journal, a `SearchSession` by itself.
 */
export class SearchLoop {
  readonly book: TrialBook;
  readonly #options: SearchLoopOptions;
  #strategy: DraftingStrategy;
  #scheduler: Scheduler;

  constructor(options: SearchLoopOptions) {
    this.#options = options;
    this.book = new TrialBook(options.state, options);
    [this.#strategy, this.#scheduler] = this.#begin();
  }

  /** Who proposes and who decides, both knowing of no trial. */
  #begin(): [DraftingStrategy, Scheduler] {
    const { state, space, objectives, bounds, cells, searchCells, schedule } = this.#options;
    const { heldBack, isTimed = false } = this.#options;
    const strategy = this.#options.strategy({
      space,
      objectives,
      ...defined({ bounds, heldBack: isTimed ? heldBack : undefined }),
      cells: schedule.advised === true ? cells.length : searchCells,
      firstCells: () => this.#scheduler.firstSize,
      isKnown: (id) => state.byId.has(id),
    });
    const front = (): readonly Trial[] => this.book.front();
    return [strategy, createScheduler({ cells, searchCells, objectives, state, front }, schedule)];
  }

  /** To be called when the state has forgotten all trials: so do strategy, schedule and front. */
  restart(): void {
    this.book.restart();
    [this.#strategy, this.#scheduler] = this.#begin();
  }

  /** All tuning cells in the order in which fidelity grows. */
  get cells(): readonly Cell[] {
    return this.#scheduler.cells;
  }

  /** Cells that every trial of the present level gets. */
  get levelSize(): number {
    return this.#scheduler.levelSize;
  }

  /** Something is under way that may change what is to be done. */
  get isBusy(): boolean {
    const { openCells, drafts } = this.#options.state;
    return openCells.size > 0 || drafts.open.size > 0;
  }

  /**
   * To be shown each event when the state has taken it in; others than the search's are nothing to it.
   * @param again it is one of an earlier process: the strategy hears of what its predecessor was asked.
   */
  take(event: SearchEvent, again = false): void {
    const { state } = this.#options;
    switch (event.kind) {
      case 'trial-started': {
        const trial = trialOf(state, event.trial);
        // Who has just been asked for it knows; the config of a draft is new to everybody.
        if (again || event.draft !== undefined) this.#strategy.asked(trial);
        this.#scheduler.changed(trial);
        return;
      }
      case 'draft-started':
        if (again) this.#strategy.drafted?.(event.of);
        return;
      case 'draft-refused':
        if (again) this.#strategy.drafted?.(event.of);
        this.#strategy.draftFinished?.(event.of, { kind: 'rejected', reason: event.reason }, 0);
        return;
      case 'draft-finished':
        this.#strategy.draftFinished?.(event.of, event.outcome, event.tokens ?? 0);
        return;
      case 'cells-granted': {
        const trial = trialOf(state, event.trial);
        if (trial.status !== 'running') this.#strategy.extended?.(trial.id);
        this.#scheduler.changed(trial);
        return;
      }
      // Whoever has begun as many cells as finalists get is a rival.
      case 'cell-started':
      case 'cell-finished':
        this.book.changed(trialOf(state, event.trial));
        return;
      case 'trial-finished': {
        const trial = trialOf(state, event.trial);
        this.book.changed(trial);
        this.#strategy.tell(trial.report());
        this.#scheduler.changed(trial);
      }
    }
  }

  /**
   * Takes the decisions that are due: cells granted, trials concluded, the level raised.
   * @param exhausted there will be no new trials, so that what is there may grow
   */
  decide(exhausted = false): readonly Decision[] {
    const taken: Decision[] = [];
    for (;;) {
      const decision = this.#scheduler.decide(exhausted);
      if (decision === undefined) return taken;
      this.#record(decision);
      taken.push(decision);
    }
  }

  /** To be called when the search is over: concludes the trials that wait for nothing but cells beyond their level. */
  concludeWhole(): void {
    for (const decision of this.#scheduler.lastConclusions()) this.#record(decision);
  }

  /** Records the front that the strategy believes in, where that has changed. */
  noteBelief(): void {
    const { state, record } = this.#options;
    if (!state.searching) return;
    const trials = this.#strategy.front?.()?.map((id) => valueAt(state.byId, id).trial);
    if (trials === undefined || trials.length === 0) return;
    const { believed } = state;
    const same = believed?.length === trials.length && trials.every((trial, at) => believed[at] === trial);
    if (!same) record({ kind: 'front-believed', trials });
  }

  /** A cell that was granted and that nobody has begun, whose calls could be sent, and for which there is time. */
  pending(): NextCell | undefined {
    return this.#scheduler.nextCell((trial) => this.isReady(trial) && !this.#lacksTime(trial));
  }

  #lacksTime(trial: Trial): boolean {
    return this.#options.lacksTime?.(trial) === true;
  }

  /** Whether there is one, be it of a model that is held back. */
  get isPending(): boolean {
    return this.#scheduler.nextCell((trial) => !this.#lacksTime(trial)) !== undefined;
  }

  /** Trials with cells to come or a conclusion due. */
  get openTrials(): number {
    return this.#scheduler.openTrials;
  }

  #heldBack(): ReadonlySet<string> {
    return this.#options.heldBack?.() ?? noModels;
  }

  /** Whether a trial's calls could be sent, for all that is known of their models. */
  isReady({ config }: Pick<Trial, 'config'>): boolean {
    return !asksAnyOf(config, this.#heldBack());
  }

  /** Where nothing is pending: what the strategy wants done next. */
  ask(): Asked {
    const { state, rng } = this.#options;
    if (state.drafts.fruitless >= askTries) return { kind: 'exhausted' };
    for (let attempt = 0; attempt < askTries; attempt++) {
      // Every ask has a stream of its own: each brings a trial, a draft or cells, or comes to nothing and is put again.
      const number = state.trials.length + state.drafts.asked + state.extensions;
      const asked = this.#strategy.ask(rng.derive('ask', number, attempt));
      // Without the models that are held back there may be nothing new; with them there is.
      if (asked === 'exhausted') {
        return { kind: this.#heldBack().size > 0 && this.isBusy ? 'wait' : 'exhausted' };
      }
      if (asked === 'wait') return { kind: this.isBusy ? 'wait' : 'exhausted' };
      if (isDraft(asked)) return { kind: 'draft', draft: asked };
      const next = isExtension(asked) ? this.#extend(asked) : this.#start(asked);
      if (next === undefined) continue;
      const cell = this.isReady(next.trial) ? next : this.pending();
      return cell === undefined ? { kind: 'held-back' } : { kind: 'cell', ...cell };
    }
    return { kind: 'exhausted' };
  }

  /** Where no new config may be begun: further cells that the strategy would measure, or {@link fill}. */
  further(most: number): NextCell | undefined {
    const asked = this.#strategy.further?.();
    const isWorth = asked !== undefined && this.#isWorthMore(asked.extend);
    return (isWorth ? this.#extend(asked) : undefined) ?? this.fill(most);
  }

  /** A trial of next to no score may be on the front since it is fast: its further cells are the last to be worth anything. */
  #isWorthMore(id: ConfigId): boolean {
    const trial = this.#options.state.byId.get(id);
    return trial === undefined || (this.isReady(trial) && this.#hopeful([trial]).length > 0);
  }

  /** Those that are not hopeless beside the front, and beside singles under way: the first to be concluded are the fastest. */
  #hopeful(trials: readonly Trial[]): Trial[] {
    const hopeful = new Set(withoutHopeless([...trials, ...this.book.front(), ...this.#openSingles()]));
    return trials.filter((trial) => hopeful.has(trial));
  }

  #openSingles(): Trial[] {
    return runningTrials(this.#options.state).filter(({ origin }) => isBaseline(origin));
  }

  /**
   * Further cells of the front's member that has fewest, up to so many, so that slots are used; else some of single
   * models under way; and while nothing has scored, of all trials under way, side by side.
   */
  fill(most: number): NextCell | undefined {
    const { state } = this.#options;
    const front = this.book.front();
    if (front.every(isAtZero)) return this.#widen(fewestFirst([...runningTrials(state), ...front]), most);
    // A single that is widened without end is never concluded, and all else waits for it.
    const some = Math.min(most, openWidth * this.levelSize);
    return (
      this.#widen(fewestFirst(this.#hopeful(front)), most) ??
      this.#widen(fewestFirst(this.#hopeful(this.#openSingles())), some)
    );
  }

  /** Where the front has all its cells: further ones of the best of all others. */
  fillOthers(): NextCell | undefined {
    const { trials } = this.#options.state;
    const finished = trials.filter(({ status }) => status === 'finished');
    return this.#widen(this.#hopeful(finished).sort(byScore), this.cells.length);
  }

  /** Further cells of the first of some trials that has not got so many. */
  #widen(trials: readonly Trial[], most: number): NextCell | undefined {
    const limit = Math.min(most, this.cells.length);
    const next = trials.find(
      (trial) => trial.granted < limit && this.isReady(trial) && !this.#lacksTime(trial),
    );
    if (next === undefined) return undefined;
    const upTo = Math.min(limit, next.granted + this.levelSize);
    this.#options.record({ kind: 'cells-granted', trial: next.trial, upTo, extra: true });
    return this.pending();
  }

  /** Starts the trial of a config that the search did not know. */
  start({ config, origin, cells = 0 }: Proposal, id: ConfigId, draft?: number): NextCell {
    const { state, record } = this.#options;
    const trial = state.trials.length;
    const from = defined({ draft });
    const granted = Math.max(this.#scheduler.firstGrant, Math.min(cells, this.cells.length));
    record({ kind: 'trial-started', trial, config, origin, id, granted, ...from });
    return { trial: trialOf(state, trial), of: elementAt(this.cells, 0) };
  }

  #start(proposal: Proposal): NextCell | undefined {
    const id = configId(proposal.config);
    return this.#options.state.byId.has(id) ? undefined : this.start(proposal, id);
  }

  /** A further cell of a trial that the strategy wants measured more; `undefined` where there are none. */
  #extend({ extend, cells }: Extension): NextCell | undefined {
    const trial = this.#options.state.byId.get(extend);
    const upTo = Math.min(cells, this.cells.length);
    if (trial === undefined || upTo <= trial.granted) return undefined;
    this.#options.record({ kind: 'cells-granted', trial: trial.trial, upTo, extra: false, asked: true });
    return this.#scheduler.nextCell(() => true);
  }

  #record(decision: Decision): void {
    const { record } = this.#options;
    switch (decision.kind) {
      case 'grow':
        record({ kind: 'fidelity-grown', level: decision.level });
        return;
      case 'grant':
        record({
          kind: 'cells-granted',
          trial: decision.trial.trial,
          upTo: decision.upTo,
          extra: decision.extra,
        });
        return;
      case 'conclude':
        record({ kind: 'trial-finished', trial: decision.trial.trial, status: decision.status });
        this.noteBelief();
    }
  }
}

/** Those at 0 last. */
function fewestFirst(trials: readonly Trial[]): Trial[] {
  return withoutHopeless(trials).sort(
    (a, b) => Number(isAtZero(a)) - Number(isAtZero(b)) || a.granted - b.granted,
  );
}
