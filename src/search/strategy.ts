import type { Rng } from '../core/rng.ts';
import type { Bounds } from '../domain/bounds.ts';
import type { ConfigId, MoaConfig } from '../domain/moa-config.ts';
import type { Estimates, Measurement, ObjectiveName } from '../domain/objective.ts';
import type { SearchSpace } from './space.ts';

/** Where a proposed config came from; kept in the journal and used to reward operators. */
export interface Origin {
  /** `baseline`, `random`, `mutate-temperature`, `crossover`, …; of several joined by `+`. */
  readonly operator: string;
  readonly parents: readonly ConfigId[];
}

/** Operator of a proposal that was given from outside: what an earlier run found, or a config of the user's. */
export const warmStart = 'warm-start';

/** A new config to be tried, and how it came about. */
export interface Proposal {
  readonly config: MoaConfig;
  readonly origin: Origin;
  /** Cells that the trial begins on at least: their answers were paid for before. @defaultValue as any other */
  readonly cells?: number;
}

/** A proposal that became a trial. */
export interface StartedProposal extends Proposal {
  readonly id: ConfigId;
}

/** Instead of a new config: a concluded trial that is to be measured on so many cells in all, from the first. */
export interface Extension {
  readonly extend: ConfigId;
  readonly cells: number;
}

export const isExtension = (chosen: object): chosen is Extension => 'extend' in chosen;

/** What a strategy learns of a trial: everything on tuning cells, nothing of the holdout. */
export interface TrialReport {
  readonly id: ConfigId;
  readonly config: MoaConfig;
  readonly origin: Origin;
  readonly status: 'finished' | 'dropped' | 'failed';
  readonly estimates: Estimates;
  /** Measurements by cell key, in order of finishing; unscored cells are absent. */
  readonly cells: readonly { readonly key: string; readonly measurement: Measurement }[];
  /** Cells that it was granted, scored or not; absent: as many as are scored. */
  readonly granted?: number;
  /** The model of its router, where that named no agent in any of enough answers. */
  readonly unfitRouter?: string;
}

/** What a strategy is made with, once a search. */
export interface StrategyContext {
  readonly space: SearchSpace;
  readonly objectives: readonly ObjectiveName[];
  /** What can be accepted, of the objectives; a strategy may spend there alone. Absent: everything. */
  readonly bounds?: Bounds;
  /** Cells that a trial can be measured on in all. Absent: trials are measured once, none can be extended. */
  readonly cells?: number;
  /** Cells that a new trial begins on at present. Absent: as many as the last one had. */
  readonly firstCells?: () => number;
  /** Share of the candidates that it usually compares for each proposal, 0..1, where less work will do. Default 1. */
  readonly candidateShare?: number;
  /**
   * Models whose calls would only wait for a limit or an outage at present, where it is time that runs out: what needs
   * them is better asked for later. Absent: none.
   */
  readonly heldBack?: () => ReadonlySet<string>;
  /** True when a config was proposed before, by anyone; strategies must not propose it again. */
  readonly isKnown: (id: ConfigId) => boolean;
}

/**
 * Proposes configs (ask) and learns from trials (tell). A strategy keeps no generator and reads no
 * clock: each ask gets its own random stream, named after its number. Its state is therefore a fold
 * over the asks and tells, and a resumed run rebuilds it by telling it again what was told before.
 */
export interface Strategy {
  readonly name: string;
  /** The next config, or further cells for a trial; `wait` until a pending trial is told; `exhausted` when the space holds no more. */
  ask(rng: Rng): Proposal | Extension | 'wait' | 'exhausted';
  /** Replays an ask of an earlier process: the proposal counts as asked. Called instead of `ask`. */
  asked(proposal: StartedProposal): void;
  /** A concluded trial is being measured further, until it is told again; whoever wanted it. */
  extended?(id: ConfigId): void;
  tell(report: TrialReport): void;
  /**
   * What a trial that is known should be measured further, where so many configs are open that a further one would
   * be chosen blindly; `undefined` where it has no opinion.
   */
  further?(): Extension | undefined;
  /**
   * Trials that are on the front by what the strategy believes; `undefined` where it knows no better than
   * what was measured. A strategy that measures trials on very different numbers of cells has to say it.
   */
  front?(): readonly ConfigId[] | undefined;
}
