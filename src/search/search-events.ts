import type { Cell } from '../domain/cell.ts';
import type { CellResult } from '../domain/cell-result.ts';
import type { ConfigId, MoaConfig } from '../domain/moa-config.ts';
import type { ChatRequest } from '../models/chat-model.ts';
import type { Origin } from './strategy.ts';
import type { Draft, DraftOutcome } from './writing/draft.ts';

/**
 * What is decided and measured while configs are searched, in order. The search's state is a fold over these
 * (search-state.ts). Trials, cells and drafts are numbered from 0 in the order in which they began.
 */
export type SearchEvent =
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
  /** A model is asked to write a prompt. */
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
      /** That the writer took; absent in older journals, and where it is not known. */
      readonly tokens?: number;
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
      readonly kind: 'cell-finished';
      readonly cell: number;
      readonly trial: number;
      readonly result: CellResult;
    }
  /** All cells that it was granted are in. Comes again when a finished trial has been granted more. */
  | {
      readonly kind: 'trial-finished';
      readonly trial: number;
      readonly status: 'finished' | 'dropped' | 'failed';
    };

export type SearchEventOf<Kind extends SearchEvent['kind']> = Extract<SearchEvent, { kind: Kind }>;
