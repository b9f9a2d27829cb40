import type { CeilingReason } from '../../domain/budget.ts';
import type { CallKey } from '../../models/call-key.ts';
import type { CallFailure, CallPurpose, RateLimitInfo, Usage } from '../../models/chat-model.ts';
import type { ServerNoteKind } from '../../models/server-note.ts';
import type { SearchEvent } from '../../search/search-events.ts';

/** `finish` re-measures the front with fresh samples; `holdout` measures it on what the search never saw. */
export type Phase = 'search' | 'finish' | 'holdout' | 'done';

/** Why a search ended; `models-failing` in runs of earlier versions alone. */
export type EndReason = CeilingReason | 'space-exhausted' | 'interrupted' | 'models-failing';

/** Ends of a search at a ceiling on what calls cost: what is in flight may leave enough to go on. */
export const spendingEnds: ReadonlySet<EndReason> = new Set(['calls', 'tokens', 'usd']);

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
  | SearchEvent
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
      /** Calls in flight at the provider on average while it was served, itself among them; absent where calls do not slow each other down. */
      readonly inFlight?: number;
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
  /** Something worth knowing of a server came up; each thing once. */
  | {
      readonly kind: 'server-noted';
      readonly model: string;
      readonly note: ServerNoteKind;
      readonly text: string;
    }
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
  /** The cell's question could not be put for want of budget or time; it counts as never asked. */
  | {
      readonly kind: 'cell-abandoned';
      readonly cell: number;
      readonly because: EndReason;
      readonly reason: string;
    }
  /** The search ends before any trial has so many cells as each was to get first: those with most are concluded. */
  | { readonly kind: 'search-cut-short'; readonly cells: number }
  /** These trials get so many tuning cells now that the search is over, besides those planned before. */
  | {
      readonly kind: 'finish-planned';
      readonly trials: readonly number[];
      readonly cells: number;
      /** They are there to compare the best mixture with: what each of them is, in the same order. */
      readonly plain?: readonly ('vote' | 'best-of')[];
    }
  /** These trials get so many holdout cells, the first ones first. */
  | {
      readonly kind: 'holdout-planned';
      readonly trials: readonly number[];
      readonly cells: number;
      /** The first so many of them get so many, in turn, before the others. */
      readonly headline?: { readonly trials: number; readonly cells: number };
    }
  /**
   * The search was in vain and begins anew: trials are numbered from 0 again, calls and cells go on, and what was spent
   * stays spent. Who keeps something by trial beside the state does so by its `Trial`, which is another one then.
   */
  | { readonly kind: 'search-restarted' }
  | {
      readonly kind: 'phase-started';
      readonly phase: Phase;
      readonly because: EndReason | 'front-measured';
      /** The ceiling that kept a planned cell from being measured. */
      readonly lacked?: EndReason;
    }
);

type RunEventKind = RunEvent['kind'];
export type RunEventOf<Kind extends RunEventKind> = Extract<RunEvent, { kind: Kind }>;
