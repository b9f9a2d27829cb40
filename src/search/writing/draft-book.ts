import type { ChatRequest } from '../../models/chat-model.ts';
import type { SearchEventOf } from '../search-events.ts';
import type { Draft } from './draft.ts';

/** A prompt that a model is writing. */
export interface OpenDraft {
  readonly draft: number;
  readonly of: Draft;
  readonly request: ChatRequest;
}

/** A prompt that was written and whose trial has not been started. */
export interface WrittenDraft {
  readonly draft: number;
  readonly of: Draft;
  readonly prompt: string;
}

/** A run's drafts, as its journal tells them. */
export interface DraftBook {
  /** Drafts that were ever asked for, refused ones included. */
  asked: number;
  /** Drafts since the last trial was started of which nothing came. */
  fruitless: number;
  readonly open: Map<number, OpenDraft>;
  readonly written: Map<number, WrittenDraft>;
  /** Every prompt that was written and accepted, in order. */
  readonly prompts: string[];
  /** Answers of writers, or their silence, that were no prompt to be used. */
  rejected: number;
  /** Why the last of them was. */
  lastRejection: string | undefined;
  /** Why the last draft was not asked for. */
  lastRefusal: string | undefined;
  /** Tokens that writers took. */
  tokens: number;
  /** Trials started since the last draft was asked for. */
  trialsSince: number;
}

export function createDraftBook(): DraftBook {
  return {
    asked: 0,
    fruitless: 0,
    open: new Map(),
    written: new Map(),
    prompts: [],
    rejected: 0,
    lastRejection: undefined,
    lastRefusal: undefined,
    tokens: 0,
    trialsSince: 0,
  };
}

type DraftEvent = SearchEventOf<'draft-started' | 'draft-finished' | 'draft-refused' | 'trial-started'>;

/** Takes one event into the book, in place. */
export function applyDraftEvent(book: DraftBook, event: DraftEvent): void {
  switch (event.kind) {
    case 'draft-started':
      book.asked++;
      book.trialsSince = 0;
      book.open.set(event.draft, { draft: event.draft, of: event.of, request: event.request });
      return;
    case 'draft-refused':
      book.asked++;
      book.fruitless++;
      book.lastRefusal = event.reason;
      return;
    case 'draft-finished': {
      const { draft, of, outcome, tokens = 0 } = event;
      book.tokens += tokens;
      if (!book.open.delete(draft)) throw new Error(`journal: draft ${draft} is not open`);
      if (outcome.kind === 'rejected') {
        book.rejected++;
        book.lastRejection = outcome.reason;
        book.fruitless++;
        return;
      }
      book.prompts.push(outcome.prompt);
      book.written.set(draft, { draft, of, prompt: outcome.prompt });
      return;
    }
    case 'trial-started':
      book.fruitless = 0;
      book.trialsSince++;
      if (event.draft !== undefined) book.written.delete(event.draft);
  }
}
