import type { Clock } from '../core/clock.ts';
import type { RunEvent } from './events.ts';
import type { Journal } from './journal.ts';
import { applyEvent, createRunState, type RunState } from './run-state.ts';

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
   * {@link Recorder.durable} waits for it. `batched`: commits every 512 events, for simulated runs whose lost
   * tail costs nothing to simulate again.
   */
  readonly durability: 'grouped' | 'batched';
}

const batchSize = 512;
/** Rank within an instant (see Clock.turn); only real clocks ever wait for a commit. */
const commitRank = 0.5;

/** The one place where a run's history is written: each event goes to the state and to the journal. */
export class Recorder {
  readonly state: RunState = createRunState();
  readonly journal: Journal;
  readonly #options: RecorderOptions;
  #uncommitted = 0;
  #group: Promise<void> | undefined;
  #closed = false;

  constructor(journal: Journal, options: RecorderOptions) {
    this.journal = journal;
    this.#options = options;
  }

  /** Takes in what the journal holds; `onEvent` sees the state as it was right after each event. */
  replay(onEvent: (event: RunEvent) => void): void {
    for (const event of this.journal.events()) {
      applyEvent(this.state, event);
      onEvent(event);
    }
  }

  now(): number {
    return this.#options.now();
  }

  /** Records an event. After {@link close} nothing is recorded: what still runs then never happened. */
  record(event: NewEvent): void {
    if (this.#closed) return;
    const timed = { at: this.now(), ...event } as RunEvent;
    applyEvent(this.state, timed);
    this.journal.append(timed);
    this.#uncommitted++;
    if (this.#options.durability === 'batched' && this.#uncommitted >= batchSize) this.commit();
  }

  /** Resolves once everything recorded so far would survive the death of the process. */
  durable(): Promise<void> {
    if (this.#options.durability === 'batched' || this.#closed) return Promise.resolve();
    this.#group ??= this.#options.clock.turn(commitRank).then(() => {
      this.#group = undefined;
      this.commit();
    });
    return this.#group;
  }

  commit(): void {
    if (this.#closed) return;
    this.journal.commit();
    this.#uncommitted = 0;
  }

  /** Commits and stops recording. */
  close(): void {
    this.commit();
    this.#closed = true;
  }
}
