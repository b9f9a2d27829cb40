import type { ConfigId, MoaConfig } from './moa-config.ts';
import type { Estimates, ObjectiveName } from './objective.ts';

/** What a run has used. `usd` is `null` as soon as one paid call had no known price. */
export interface Spent {
  readonly calls: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly usd: number | null;
  /** Time on the run's clock: simulated seconds in a simulated run. */
  readonly seconds: number;
}

/** Ceilings of a run; an absent one does not bind. All are hard. */
export interface Budget {
  readonly maxEvaluations?: number;
  readonly maxCalls?: number;
  /** Input and output tokens together. */
  readonly maxTokens?: number;
  readonly maxUsd?: number;
  readonly maxSeconds?: number;
}

/** One non-dominated trial of a finished or interrupted run. */
export interface FrontMember {
  readonly id: ConfigId;
  readonly config: MoaConfig;
  /** Over tuning cells. */
  readonly objectives: Estimates;
  /** Over holdout cells, or `null` before the holdout was measured. */
  readonly holdout: Estimates | null;
  /** Scored tuning cells behind `objectives`. */
  readonly cells: number;
  readonly origin: { readonly operator: string; readonly parents: readonly ConfigId[] };
}

/** A plain way to do the task, which every result is compared with. */
export interface Baseline extends FrontMember {
  /** e.g. `single sim/sage-70b`. */
  readonly label: string;
}

/** `front.json`. Holds no run id and no wall-clock time: equal runs write equal bytes. */
export interface FrontFile {
  readonly version: 1;
  readonly simulated: boolean;
  readonly task: string;
  readonly strategy: string;
  readonly seed: number;
  readonly objectives: readonly ObjectiveName[];
  /** Best score first. */
  readonly front: readonly FrontMember[];
  /** Best score first. */
  readonly baselines: readonly Baseline[];
  /** Hypervolume of the front in normalised objectives (see docs/architecture.md), 0..1. */
  readonly hypervolume: number;
  readonly spent: Spent;
  readonly evaluations: number;
  /** Why the run ended: `evaluations`, `calls`, `tokens`, `usd`, `time`, `space-exhausted`, `interrupted`, `running`. */
  readonly ended: string;
}

/** `best.json`: the best-scoring front member with all that is needed to measure it again. */
export interface BestFile {
  readonly version: 1;
  readonly simulated: boolean;
  readonly task: string;
  readonly taskHash: string;
  readonly member: FrontMember;
  readonly mixtune: string;
  readonly seed: number;
}

/** A snapshot of a run in progress, for people who watch it. */
export interface Progress {
  readonly run: string;
  readonly simulated: boolean;
  readonly task: string;
  readonly phase: 'baselines' | 'search' | 'finish' | 'holdout' | 'done';
  readonly evaluations: number;
  readonly trialsInFlight: number;
  readonly callsInFlight: number;
  readonly cachedCalls: number;
  readonly spent: Spent;
  readonly budget: Budget;
  /** Best mean score so far, or `null`. */
  readonly bestScore: number | null;
  /** Best score first. */
  readonly front: readonly FrontMember[];
  /** Hypervolume after each finished trial, oldest first. */
  readonly hypervolumeTrend: readonly number[];
  readonly objectives: readonly ObjectiveName[];
  /** Trouble worth a person's eye: outages, unscored cells, … newest last. */
  readonly notices: readonly string[];
}
