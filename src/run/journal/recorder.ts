import type { Clock } from '../../core/clock.ts';
import { asError, MixtuneError } from '../../core/errors.ts';
import { applyEvent, createRunState, type RunState } from '../run-state.ts';
import type { RunEvent } from './events.ts';
import type { Journal } from './journal.ts';

/** An event as its maker writes it; the recorder adds the time. */
export type NewEvent = RunEvent extends infer Event
  ? Event extends RunEvent
    ? Omit<Event, 'at'>
    : never
  : never;

export interface RecorderOptions {
  readonly clock: Clock;
  /** Milliseconds on the run's clock since the run started. */
  readonly now: () => number;
  /**
   * `grouped`: what was recorded in one turn of the event loop is committed together, and
   * {@link Recorder.durable} waits for it. `batched`: commits every `commitEvery` events, for simulated runs
   * whose lost tail costs nothing to simulate again.
   */
  readonly durability: 'grouped' | 'batched';
  /** Default 512. */
  readonly commitEvery?: number;
  /** Told once, when the journal can no longer be written. */
  readonly onFailure?: (error: Error) => void;
}

/** A journal's events do not follow from each other; `cause` says where. */
export class HistoryError extends Error {}

/** Is shown each event right after it has gone into the state, and knows all that it knows by the events alone. */
export interface Follower {
  /** @param again the event is one of an earlier process. */
  take(event: RunEvent, again: boolean): void;
}

const defaultCommitEvery = 512;
/** Rank within an instant (see Clock.turn); only real clocks ever wait for a commit. */
const commitRank = 0.5;
/** A commit waits no longer than this for more to come, in ms: next to nothing beside a call, and time for many slots' calls. */
const groupMs = 10;

/**
 * The one place where a run's history is written: each event goes to the state and to the journal. Once a
 * commit has failed nothing counts as durable any more, so that nothing that costs is begun; what
 * still happens is kept for one last try in {@link close}.
 */
export class Recorder {
  readonly state: RunState = createRunState();
  readonly journal: Journal;
  readonly #options: RecorderOptions;
  readonly #followers: Follower[] = [];
  #uncommitted = 0;
  #group: Promise<void> | undefined;
  #failure: Error | undefined;
  #closed = false;

  constructor(journal: Journal, options: RecorderOptions) {
    this.journal = journal;
    this.#options = options;
  }

  /** Shows a further fold every event from now on, after those that follow already. It records nothing itself. */
  follow(follower: Follower): void {
    this.#followers.push(follower);
  }

  /** Takes in what the journal holds. @throws HistoryError */
  replay(): void {
    try {
      for (const event of this.journal.events()) this.#apply(event, true);
    } catch (error) {
      if (error instanceof MixtuneError) throw error;
      throw new HistoryError('the events do not follow from each other', { cause: error });
    }
  }

  now(): number {
    return this.#options.now();
  }

  /** Records an event. After {@link close} nothing is recorded: what still runs then never happened. */
  record(event: NewEvent): void {
    if (this.#closed) return;
    const timed = { at: this.now(), ...event } as RunEvent;
    this.#apply(timed, false);
    this.journal.append(timed);
    this.#uncommitted++;
    const { durability, commitEvery = defaultCommitEvery } = this.#options;
    if (durability !== 'batched' || this.#uncommitted < commitEvery || this.#failure !== undefined) return;
    try {
      this.commit();
    } catch {
      // onFailure has been told, and nothing is durable from here on.
    }
  }

  /**
   * Resolves once everything recorded so far would survive the death of the process (`batched`: as far as
   * that matters); rejects when it would not.
   */
  durable(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#options.durability === 'batched' || this.#closed) return Promise.resolve();
    this.#group ??= this.#commitGroup();
    return this.#group;
  }

  /** Calls are started one after the other where many slots are free: those of a moment share the commit. */
  async #commitGroup(): Promise<void> {
    const { clock } = this.#options;
    const since = clock.now();
    for (let before = -1; this.#uncommitted > before && clock.now() - since < groupMs; ) {
      before = this.#uncommitted;
      await clock.turn(commitRank);
    }
    this.#group = undefined;
    this.commit();
  }

  /** @throws JournalWriteError, and again from then on. */
  commit(): void {
    if (this.#closed) return;
    if (this.#failure !== undefined) throw this.#failure;
    try {
      this.journal.commit();
      this.#uncommitted = 0;
    } catch (error) {
      this.#failure = asError(error);
      this.#options.onFailure?.(this.#failure);
      throw this.#failure;
    }
  }

  /** Commits, even where that has failed before, and stops recording. @throws JournalWriteError */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.journal.commit();
  }

  #apply(event: RunEvent, again: boolean): void {
    applyEvent(this.state, event);
    for (const follower of this.#followers) follower.take(event, again);
  }
}
