import type { ChatRequest } from '../models/chat-model.ts';
import type { Draft, DraftingStrategy } from '../search/writing/index.ts';
import type { RunEvent, RunEventOf } from './events.ts';

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
}

export function createDraftBook(): DraftBook {
  return { asked: 0, fruitless: 0, open: new Map(), written: new Map(), prompts: [] };
}

export type DraftEvent = RunEventOf<'draft-started' | 'draft-finished' | 'draft-refused'>;

export function isDraftEvent(event: RunEvent): event is DraftEvent {
  return event.kind === 'draft-started' || event.kind === 'draft-finished' || event.kind === 'draft-refused';
}

/** Takes one event into the book, in place. */
export function applyDraftEvent(book: DraftBook, event: DraftEvent | RunEventOf<'trial-started'>): void {
  switch (event.kind) {
    case 'draft-started':
      book.asked++;
      book.open.set(event.draft, { draft: event.draft, of: event.of, request: event.request });
      return;
    case 'draft-refused':
      book.asked++;
      book.fruitless++;
      return;
    case 'draft-finished': {
      const { draft, of, outcome } = event;
      if (!book.open.delete(draft)) throw new Error(`journal: draft ${draft} is not open`);
      if (outcome.kind === 'rejected') {
        book.fruitless++;
        return;
      }
      book.prompts.push(outcome.prompt);
      book.written.set(draft, { draft, of, prompt: outcome.prompt });
      return;
    }
    case 'trial-started':
      book.fruitless = 0;
      if (event.draft !== undefined) book.written.delete(event.draft);
  }
}

/** Those who are told of drafts again when a run is loaded. */
export type DraftHistory = Pick<DraftingStrategy, 'drafted' | 'draftRejected'>;

/** Tells of a draft what a strategy is to know of it. A written prompt's config it is shown when its trial starts. */
export function retellDraft(event: DraftEvent, history: DraftHistory): void {
  if (event.kind !== 'draft-finished') history.drafted?.(event.of);
  if (event.kind === 'draft-refused') history.draftRejected?.(event.of, event.reason);
  if (event.kind === 'draft-finished' && event.outcome.kind === 'rejected') {
    history.draftRejected?.(event.of, event.outcome.reason);
  }
}
