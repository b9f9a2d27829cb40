import type { CallKey } from '../models/call-key.ts';
import type { ChatResponse } from '../models/chat-model.ts';
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
  /**
   * All committed events, oldest first.
   * @param skip so many of the oldest are left out; default 0.
   */
  events(skip?: number): Iterable<RunEvent>;
  close(): void;
  /** Where long journals keep what their beginning comes to, so that loading need not fold all of it. */
  readonly snapshots?: SnapshotStore;
  /** The machine went down under the run's last process: what was committed last may never have reached the disk. */
  readonly powerLost?: boolean;
}

/** Settled history between two snapshots, in a form that loads fast. See snapshot.ts. */
export interface SnapshotPart {
  /** JSON of what was asked and settled; configs and results are left where they are, in the events. */
  readonly history: string;
}

export interface StoredSnapshot {
  /** Events that the snapshot stands for. */
  readonly events: number;
  /** JSON of what is not settled. */
  readonly head: string;
  /** Oldest first; to be walked once. */
  readonly parts: Iterable<SnapshotPart>;
}

export interface SnapshotStore {
  /** Events between two snapshots; default 20,000. */
  readonly every?: number;
  load(): StoredSnapshot | undefined;
  /** Adds a part and replaces the head; they stand for everything committed so far. */
  save(part: SnapshotPart, head: string): void;
  /** A committed event by its number, from 1. */
  event(number: number): RunEvent;
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
    events: (skip = 0) => (skip === 0 ? written : written.slice(skip)),
    close: () => undefined,
  };
}
