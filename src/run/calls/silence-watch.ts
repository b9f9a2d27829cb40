import type { Clock } from '../../core/clock.ts';
import { groupBy } from '../../core/group-by.ts';
import { longWaitMs, Reminders } from '../../core/reminders.ts';

type Awaited = 'response' | 'first token' | 'rest';

interface Waiting {
  readonly model: string;
  awaited: Awaited;
  /** When anything last came, or the call was sent. */
  heardAt: number;
}

const words: Readonly<Record<Awaited, string>> = {
  response: 'the response to begin',
  'first token': 'the first token',
  rest: 'the rest of an answer',
};

/**
 * Says which models' servers are silent while calls wait for them, since when, and what is awaited; each
 * model's at most once a minute. Simulated time has no one who waits.
 */
export class SilenceWatch {
  readonly #clock: Clock;
  readonly #tell: (text: string) => void;
  readonly #waiting = new Map<number, Waiting>();
  readonly #reminders = new Reminders();
  #stopLooking: (() => void) | undefined;

  constructor(clock: Clock, tell: (text: string) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  sent(call: number, model: string): void {
    if (this.#clock.kind === 'virtual') return;
    this.#waiting.set(call, { model, awaited: 'response', heardAt: this.#clock.now() });
    if (this.#stopLooking === undefined) this.#look();
  }

  heard(call: number, awaited: Exclude<Awaited, 'response'>): void {
    const waiting = this.#waiting.get(call);
    if (waiting === undefined) return;
    waiting.awaited = awaited;
    waiting.heardAt = this.#clock.now();
  }

  ended(call: number): void {
    this.#waiting.delete(call);
    if (this.#waiting.size > 0) return;
    this.#stopLooking?.();
    this.#stopLooking = undefined;
  }

  /** Again and again while calls are under way. */
  #look(): void {
    this.#stopLooking = this.#clock.after(longWaitMs / 4, () => {
      this.#tellOfSilence(this.#clock.now());
      this.#look();
    });
  }

  #tellOfSilence(now: number): void {
    const silent = [...this.#waiting.values()].filter(({ heardAt }) => now - heardAt >= longWaitMs);
    for (const [model, [first, ...others]] of groupBy(silent, (waiting) => waiting.model)) {
      if (first === undefined || !this.#reminders.isDue(model, now)) continue;
      const longest = others.reduce((one, other) => (other.heardAt < one.heardAt ? other : one), first);
      const seconds = Math.floor((now - longest.heardAt) / 1000);
      const calls = others.length === 0 ? 'a call waits' : `${1 + others.length} calls wait`;
      this.#tell(`${model}: nothing has come for ${seconds} s: ${calls} for ${words[longest.awaited]}`);
    }
  }
}
