import type { Cell } from '../domain/cell.ts';
import type { Grade } from '../domain/grade.ts';
import type { ConfigId, MoaConfig } from '../domain/moa-config.ts';
import type { Measurement } from '../domain/objective.ts';
import type { Degradation } from '../moa/types.ts';
import type { CallKey } from '../models/call-key.ts';
import type { CallFailure, CallPurpose, ChatRequest, RateLimitInfo, Usage } from '../models/chat-model.ts';
import type { Origin } from '../search/strategy.ts';
import type { Draft, DraftOutcome } from '../search/writing/index.ts';

/** `finish` re-measures the front with fresh samples; `holdout` measures it on what the search never saw. */
export type Phase = 'search' | 'finish' | 'holdout' | 'done';

export type EndReason =
  | 'evaluations'
  | 'calls'
  | 'tokens'
  | 'usd'
  | 'time'
  | 'space-exhausted'
  | 'interrupted'
  | 'models-failing';

/** Worst case that a call may cost, reserved before it starts. */
export interface Reservation {
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly usd: number | null;
}

/**
 * What happened in a run, in order. The run's state is a fold over these (run-state.ts); `at` is
 * milliseconds on the run's clock since it started, interruptions left out. Trials, cells and calls
 * are numbered from 0 in the order in which they began.
 */
export type RunEvent = { readonly at: number } & (
  | {
      readonly kind: 'trial-started';
      readonly trial: number;
      readonly id: ConfigId;
      readonly config: MoaConfig;
      readonly origin: Origin;
      /** Tuning cells that it may begin at once, from the first of the search's; absent in older journals: all. */
      readonly granted?: number;
      /** The draft that it came of. */
      readonly draft?: number;
    }
  /** A model is asked to write a prompt. Drafts are numbered from 0 in the order in which they were asked for. */
  | {
      readonly kind: 'draft-started';
      readonly draft: number;
      readonly of: Draft;
      readonly request: ChatRequest;
    }
  /** A written prompt's trial starts at once, unless the search is over. */
  | {
      readonly kind: 'draft-finished';
      readonly draft: number;
      readonly of: Draft;
      readonly outcome: DraftOutcome;
    }
  /** Nobody was asked: no room in the budget, or nothing to learn from. */
  | { readonly kind: 'draft-refused'; readonly draft: number; readonly of: Draft; readonly reason: string }
  /** The trial may go on to its `upTo`-th tuning cell; `extra` where that lies beyond its level of fidelity. */
  | {
      readonly kind: 'cells-granted';
      readonly trial: number;
      readonly upTo: number;
      readonly extra: boolean;
      /** The strategy asked for it. */
      readonly asked?: boolean;
    }
  /** What the strategy believes the front to be, where it knows better than what was measured. */
  | { readonly kind: 'front-believed'; readonly trials: readonly number[] }
  /** The front goes on to more cells, and later trials with it. */
  | { readonly kind: 'fidelity-grown'; readonly level: number }
  | { readonly kind: 'cell-started'; readonly cell: number; readonly trial: number; readonly of: Cell }
  | {
      readonly kind: 'call-dispatched';
      readonly call: number;
      readonly key: CallKey;
      /** 0-based; a retry is a further attempt of the same key. */
      readonly attempt: number;
      readonly model: string;
      readonly purpose: CallPurpose;
      readonly reserved: Reservation;
      /** Which of the provider's keys it went by, from 0; absent: 0. */
      readonly account?: number;
    }
  | {
      readonly kind: 'call-answered';
      readonly call: number;
      readonly usage: Usage;
      readonly usd: number | null;
      readonly serviceMs: number;
      /** What the server said of its limits, where that was new. */
      readonly rateLimit?: RateLimitInfo;
    }
  | {
      readonly kind: 'call-failed';
      readonly call: number;
      readonly failure: CallFailure;
      /** The model was taken to be down: this was a try whether it is back. */
      readonly outage?: true;
    }
  /** No further attempt is made for the cells that asked; another cell's request starts anew. */
  | {
      readonly kind: 'call-given-up';
      readonly key: CallKey;
      readonly cells: readonly number[];
      readonly failure: CallFailure;
    }
  /** A call in flight when the process died: nobody knows what it cost, so its worst case counts as spent. */
  | { readonly kind: 'call-lost'; readonly call: number }
  /**
   * The machine went down, and the journal's last moments may have gone with it: so many calls may have been
   * sent that nobody remembers, and this is the most that they can have cost together.
   */
  | {
      readonly kind: 'calls-assumed';
      readonly calls: number;
      readonly usage: Usage;
      readonly usd: number | null;
    }
  | {
      readonly kind: 'cell-finished';
      readonly cell: number;
      readonly trial: number;
      readonly result: CellResult;
    }
  /** The cell's question could not be put for want of budget or time; it counts as never asked. */
  | {
      readonly kind: 'cell-abandoned';
      readonly cell: number;
      readonly because: EndReason;
      readonly reason: string;
    }
  /** All cells that it was granted are in. Comes again when a finished trial has been granted more. */
  | {
      readonly kind: 'trial-finished';
      readonly trial: number;
      readonly status: 'finished' | 'dropped' | 'failed';
    }
  | { readonly kind: 'phase-started'; readonly phase: Phase; readonly because: EndReason | 'front-measured' }
);

export type RunEventKind = RunEvent['kind'];
export type RunEventOf<Kind extends RunEventKind> = Extract<RunEvent, { kind: Kind }>;

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
  readonly tokensEstimated: boolean;
}
