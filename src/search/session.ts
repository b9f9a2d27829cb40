import { createRng, type Rng } from '../core/rng.ts';
import { type Cell, cellKey } from '../domain/cell.ts';
import { estimatesOf, meansOf } from '../domain/estimates.ts';
import { type ConfigId, configId, type MoaConfig } from '../domain/moa-config.ts';
import type { Estimates, Measurement, ObjectiveName } from '../domain/objective.ts';
import { directionsOf, ParetoFront, vectorOf } from '../pareto/index.ts';
import { scheduleOf } from './index.ts';
import { createRacingRule, defaultRacingRule } from './racing/index.ts';
import {
  type Decision,
  type ScheduledTrial,
  type ScheduleOptions,
  TrialScheduler,
} from './scheduling/scheduler.ts';
import type { SearchSpace } from './space.ts';
import {
  isExtension,
  type Origin,
  type Strategy,
  type StrategyContext,
  type TrialReport,
} from './strategy.ts';

export interface SessionOptions {
  readonly space: SearchSpace;
  readonly objectives: readonly ObjectiveName[];
  /** Tuning cells in the order in which fidelity grows. */
  readonly cells: readonly Cell[];
  /** So many of them make the highest level, later ones are for re-evaluation only. Default all. */
  readonly searchCells?: number;
  readonly seed: number | string;
  readonly strategy: (context: StrategyContext) => Strategy;
  /** What differs from the defaults of `mixtune tune`; `racing: undefined` for none. */
  readonly schedule?: Partial<ScheduleOptions>;
}

export type SessionStep =
  /** To be measured and given to {@link SearchSession.finish}. */
  | { readonly kind: 'cell'; readonly trial: SessionTrial; readonly cell: Cell }
  /** Nothing to begin until a cell that is under way has been finished. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'exhausted' };

/** A strategy that keeps proposing known configs has run out of new ones. */
const askTries = 50;

/**
 * A search without a run around it: the strategies and the schedule of `mixtune tune`, for whoever evaluates
 * cells in a way of their own. Cells may be finished in any order and any number at once; with the same seed
 * and the same order of calls it does the same. Holds everything in memory and keeps no budget.
 */
export class SearchSession {
  readonly trials: SessionTrial[] = [];
  readonly #options: SessionOptions;
  readonly #strategy: Strategy;
  readonly #scheduler: TrialScheduler<SessionTrial>;
  readonly #rng: Rng;
  readonly #byId = new Map<ConfigId, SessionTrial>();
  readonly #front: ParetoFront;
  #members: readonly SessionTrial[] | undefined;
  #believed: { readonly ids: readonly ConfigId[]; readonly members: readonly SessionTrial[] } | undefined;
  readonly #state = { level: 0, concludedAtLevel: 0, cells: 0, extraGranted: 0 };
  #inFlight = 0;
  #extensions = 0;

  constructor(options: SessionOptions) {
    const { space, objectives, cells, searchCells = cells.length } = options;
    this.#options = options;
    this.#rng = createRng(options.seed);
    this.#front = new ParetoFront(directionsOf(objectives));
    this.#strategy = options.strategy({
      space,
      objectives,
      cells: searchCells,
      isKnown: (id) => this.#byId.has(id),
    });
    const schedule = {
      racing: createRacingRule(defaultRacingRule, { objectives }),
      ...scheduleOf(this.#strategy.name),
      ...options.schedule,
    };
    this.#scheduler = new TrialScheduler(
      { cells, searchCells, objectives, state: this.#state, front: () => this.front() },
      schedule,
    );
  }

  /** Cells that every trial of the present level gets. */
  get levelSize(): number {
    return this.#scheduler.levelSize;
  }

  next(): SessionStep {
    this.#settle(false);
    const pending = this.#scheduler.nextCell();
    if (pending !== undefined) return this.#begin(pending.trial, pending.of);
    const asked = this.#ask();
    if (asked === 'extended') return this.next();
    if (asked === 'wait' && this.#inFlight > 0) return { kind: 'wait' };
    if (typeof asked !== 'string') return this.#begin(asked, this.#scheduler.cells[0] as Cell);
    if (this.#settle(true)) return this.next();
    return { kind: this.#inFlight > 0 ? 'wait' : 'exhausted' };
  }

  /** @param measurement `null` where the cell is unscored, which never counts against the trial */
  finish(trial: SessionTrial, cell: Cell, measurement: Measurement | null): void {
    this.#inFlight--;
    trial.finish(cellKey(cell), measurement);
    if (trial.status === 'finished') this.#place(trial);
  }

  /**
   * The non-dominated finished trials, best score first: by what the strategy believes where it says so, else by
   * their own estimates.
   */
  front(): readonly SessionTrial[] {
    const believed = this.#strategy.front?.();
    if (believed === undefined) {
      this.#members ??= this.#sorted(this.#front.members().map(({ id }) => id));
      return this.#members;
    }
    if (this.#believed?.ids !== believed) {
      this.#believed = { ids: believed, members: this.#sorted(believed) };
    }
    return this.#believed.members;
  }

  #sorted(ids: readonly ConfigId[]): readonly SessionTrial[] {
    return ids
      .map((id) => this.#byId.get(id) as SessionTrial)
      .sort((a, b) => (b.means.score ?? -1) - (a.means.score ?? -1) || a.trial - b.trial);
  }

  #begin(trial: SessionTrial, cell: Cell): SessionStep {
    this.#inFlight++;
    this.#state.cells++;
    trial.begin(cellKey(cell));
    return { kind: 'cell', trial, cell };
  }

  #ask(): SessionTrial | 'wait' | 'exhausted' | 'extended' {
    for (let attempt = 0; attempt < askTries; attempt++) {
      const proposal = this.#strategy.ask(
        this.#rng.derive('ask', this.trials.length + this.#extensions, attempt),
      );
      if (typeof proposal === 'string') return proposal;
      if (isExtension(proposal)) {
        const trial = this.#byId.get(proposal.extend) as SessionTrial;
        const upTo = Math.min(proposal.cells, this.#options.cells.length);
        if (upTo <= trial.granted) continue;
        this.#extensions++;
        this.#apply({ kind: 'grant', trial, upTo, extra: false });
        return 'extended';
      }
      const id = proposal.id ?? configId(proposal.config);
      if (this.#byId.has(id)) continue;
      const { firstGrant } = this.#scheduler;
      const trial = new SessionTrial(this.trials.length, id, proposal.config, proposal.origin, firstGrant);
      this.trials.push(trial);
      this.#byId.set(id, trial);
      this.#scheduler.changed(trial);
      return trial;
    }
    return 'exhausted';
  }

  #settle(exhausted: boolean): boolean {
    let any = false;
    for (;;) {
      const decision = this.#scheduler.decide(exhausted);
      if (decision === undefined) return any;
      any = true;
      this.#apply(decision);
    }
  }

  #apply(decision: Decision<SessionTrial>): void {
    if (decision.kind === 'grow') {
      this.#state.level = decision.level;
      this.#state.concludedAtLevel = 0;
      return;
    }
    const { trial } = decision;
    if (decision.kind === 'grant') {
      if (trial.status !== 'running') this.#strategy.extended?.(trial.id);
      if (decision.extra) this.#state.extraGranted += decision.upTo - trial.granted;
      trial.granted = decision.upTo;
    } else {
      if (trial.status === 'running') this.#state.concludedAtLevel++;
      trial.status = decision.status;
      if (decision.status === 'finished') this.#place(trial);
      this.#strategy.tell(trial.report());
    }
    this.#scheduler.changed(trial);
  }

  #place(trial: SessionTrial): void {
    this.#front.insert(trial.id, vectorOf(trial.means, this.#options.objectives));
    this.#members = undefined;
  }
}

/** A config under evaluation in a {@link SearchSession}. */
export class SessionTrial implements ScheduledTrial {
  readonly trial: number;
  readonly id: ConfigId;
  readonly config: MoaConfig;
  readonly origin: Origin;
  status: ScheduledTrial['status'] = 'running';
  granted: number;
  readonly begun = new Set<string>();
  readonly #scored: { readonly key: string; readonly measurement: Measurement }[] = [];
  #open = 0;
  #estimates: Estimates | undefined;

  constructor(trial: number, id: ConfigId, config: MoaConfig, origin: Origin, granted: number) {
    this.trial = trial;
    this.id = id;
    this.config = config;
    this.origin = origin;
    this.granted = granted;
  }

  get begunCount(): number {
    return this.begun.size;
  }

  get inFlight(): boolean {
    return this.#open > 0;
  }

  measurements(): readonly { readonly key: string; readonly measurement: Measurement }[] {
    return this.#scored;
  }

  /** Mean and 95% interval of each objective over its scored cells. */
  get estimates(): Estimates {
    this.#estimates ??= estimatesOf(this.#scored.map(({ measurement }) => measurement));
    return this.#estimates;
  }

  get means(): Measurement {
    return meansOf(this.estimates);
  }

  begin(key: string): void {
    this.begun.add(key);
    this.#open++;
  }

  finish(key: string, measurement: Measurement | null): void {
    this.#open--;
    if (measurement === null) return;
    this.#scored.push({ key, measurement });
    this.#estimates = undefined;
  }

  report(): TrialReport {
    const { id, config, origin, estimates, status } = this;
    return {
      id,
      config,
      origin,
      status: status === 'running' ? 'finished' : status,
      estimates,
      cells: [...this.#scored],
    };
  }
}
