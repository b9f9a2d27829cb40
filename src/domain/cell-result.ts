import type { Grade } from './grade.ts';
import type { Measurement } from './objective.ts';

/** A step of a cell's critical path: the slowest of the calls that it made side by side. */
export interface PathStep {
  readonly seconds: number;
  readonly provider: string;
  /** Absent for a call that failed: its time is left as it is. */
  readonly model?: string;
  readonly outputTokens: number;
  /** Calls of the cell itself at that provider in this step: what one user keeps in flight. */
  readonly own: number;
  /** When its answer was complete, in ms of the run; absent where another run paid for it. */
  readonly until?: number;
}

/** Something that did not go as configured, and what was done about it. */
export interface Degradation {
  readonly stage: string;
  readonly agent?: string;
  readonly code: DegradationCode;
  readonly note: string;
}

/**
 * - `agent-dropped`: a call failed or brought nothing; the sample takes no part in its stage.
 * - `truncated`: an answer was cut off at its token limit; what there is of it stays.
 * - `round-lost`: a later round (or a propose or route stage that had candidates before it) brought no
 *   candidate; the earlier ones stand.
 * - `critique-lost`: no critic answered; the candidates go on without new critiques.
 * - `unparseable-verdict`: neither accepts nor rejects; the candidate counts as not accepted.
 * - `none-verified`: no candidate was accepted; all pass on.
 * - `unparseable-ranking`, `partial-ranking`: what was not ranked follows in the order it had.
 * - `nothing-to-rank`: fewer than two candidates were left; the ranker was not called.
 * - `router-fallback`: the router named too few agents; the first ones not named fill up.
 * - `no-extracted-answer`: no candidate had an answer that a vote can compare; the first one wins.
 * - `fuse-failed`: the aggregator wrote nothing; the candidates pass on.
 * - `several-left`: more than one candidate was left at the end; the first is the answer.
 */
export type DegradationCode =
  | 'agent-dropped'
  | 'truncated'
  | 'round-lost'
  | 'critique-lost'
  | 'unparseable-verdict'
  | 'none-verified'
  | 'unparseable-ranking'
  | 'partial-ranking'
  | 'nothing-to-rank'
  | 'router-fallback'
  | 'no-extracted-answer'
  | 'fuse-failed'
  | 'several-left';

/** What one cell brought. */
export interface CellResult {
  readonly grade: Grade;
  /** Score is `null` when unscored; the costs are those of the calls that were made. */
  readonly measurement: Measurement;
  /** The final answer; `null` when the config wrote none. */
  readonly answer: string | null;
  /** Why there is no answer, when there is none. */
  readonly reason?: string;
  readonly degraded: readonly Degradation[];
  readonly calls: number;
  /** Its critical path, where calls at a provider on it slow each other down. */
  readonly path?: readonly PathStep[];
  readonly tokensEstimated: boolean;
}
