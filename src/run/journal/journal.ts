import type { CallKey } from '../../models/call-key.ts';
import type { ChatResponse } from '../../models/chat-model.ts';
import type { RunEvent } from './events.ts';

/**
 * A run's append-only memory: events in order, and the answers of calls by key. What `commit` has
 * returned for survives `kill -9`.
 */
export interface Journal {
  /** Puts an event behind all others; durable only after {@link commit}. */
  append(event: RunEvent): void;
  /** Keeps an answer; becomes durable together with the events appended around it. */
  keepAnswer(key: CallKey, response: ChatResponse): void;
  answer(key: CallKey): ChatResponse | undefined;
  /** Writes everything appended so far, in one transaction; what could not be written stays pending. */
  commit(): void;
  /** All committed events, oldest first. */
  events(): Iterable<RunEvent>;
  close(): void;
  /** The machine went down under the run's last process: what was committed last may never have reached the disk. */
  readonly powerLost?: boolean;
  /** The journal was not whole when it was opened. */
  readonly damage?: JournalDamage;
}

export interface JournalDamage {
  /** Events that were committed and are gone, from the end; `undefined` where nothing tells whether any are. */
  readonly lost: LostEvents | undefined;
  /** Where the damaged file is kept, if it had to be replaced. */
  readonly setAside: string | undefined;
}

export interface LostEvents {
  readonly events: number;
  /** Calls dispatched in them, and the most that these can have cost together. */
  readonly calls: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly usd: number | null;
  /** When the last of them happened, ms on the run's clock. */
  readonly at: number;
}

/** A journal that lives and dies with the process, for tests and for scoring without a run. */
export function createMemoryJournal(
  initial: readonly RunEvent[] = [],
): Journal & { readonly written: readonly RunEvent[] } {
  const written: RunEvent[] = [...initial];
  const answers = new Map<CallKey, ChatResponse>();
  return {
    written,
    append: (event) => void written.push(event),
    keepAnswer: (key, response) => void answers.set(key, response),
    answer: (key) => answers.get(key),
    commit: () => undefined,
    events: () => written,
    close: () => undefined,
  };
}
