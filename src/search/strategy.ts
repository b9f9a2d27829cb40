import type { Rng } from '../core/rng.ts';
import type { ConfigId, MoaConfig } from '../domain/moa-config.ts';
import type { Estimates, Measurement, ObjectiveName } from '../domain/objective.ts';
import type { SearchSpace } from './space.ts';

/** Where a proposed config came from; kept in the journal and used to reward operators. */
export interface Origin {
  /** `baseline`, `random`, `mutate-temperature`, `crossover`, … */
  readonly operator: string;
  readonly parents: readonly ConfigId[];
}

export interface Proposal {
  readonly config: MoaConfig;
  readonly origin: Origin;
  /**
   * Of the config, where it is known already: when a long run is loaded, working it out anew (and parsing
   * the config for it) would take most of the time.
   */
  readonly id?: ConfigId;
}

/** What a strategy learns of a trial: everything on tuning cells, nothing of the holdout. */
export interface TrialReport {
  readonly id: ConfigId;
  readonly config: MoaConfig;
  readonly origin: Origin;
  readonly status: 'finished' | 'dropped' | 'failed';
  readonly estimates: Estimates;
  /** What a strategy may keep instead of the report to read the config later; the report itself where absent. */
  readonly trial?: { readonly config: MoaConfig };
  /** Measurements by cell key, in order of finishing; unscored cells are absent. */
  readonly cells: readonly { readonly key: string; readonly measurement: Measurement }[];
}

export interface StrategyContext {
  readonly space: SearchSpace;
  readonly objectives: readonly ObjectiveName[];
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
  /** The next config; `wait` until a pending trial is told; `exhausted` when the space holds no more. */
  ask(rng: Rng): Proposal | 'wait' | 'exhausted';
  /** Replays an ask of an earlier process: the proposal counts as asked. Called instead of `ask`. */
  asked(proposal: Proposal): void;
  tell(report: TrialReport): void;
}
