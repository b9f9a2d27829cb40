import { onAbort } from '../core/abort.ts';
import type { Clock } from '../core/clock.ts';
import { valueAt } from '../core/element-at.ts';
import type { CallKey } from '../models/call-key.ts';
import type { EarlierCall } from '../models/chat-model.ts';

/** A server's size: how its service suffers from calls beside each other, and what it takes in a minute. */
export interface ServerLoadOptions {
  /** Calls served at once; others wait for a slot in the order of coming. @defaultValue no limit */
  readonly slots?: number;
  /** Each further call being served adds this share to the time of all: 0.01 makes 101 take twice as long as one. @defaultValue 0 */
  readonly growth?: number;
  /** Beyond these calls are refused (429). @defaultValue no limit */
  readonly requestsPerMinute?: number;
  /** Input and output together. @defaultValue no limit */
  readonly tokensPerMinute?: number;
}

/** A call that has its slot. */
export interface Service {
  /** When it got its slot, also where that was before an interruption. */
  readonly since: number;
  /** Resolves when so much service, in ms on an idle server, has been given since the call began to be served. */
  upTo(ms: number): Promise<void>;
  leave(): void;
}

/** In 1/1024 ms. */
const lastBits = 1e-6;

interface Job {
  /** Work given to each call being served, in ms on an idle server, when this one began; `undefined` while it waits. */
  began: number | undefined;
  /** When that was. */
  since: number;
  /** What it waits for: its slot, or so much work. */
  wake: { readonly at: number; readonly done: () => void } | undefined;
  readonly started: Promise<void>;
  readonly start: () => void;
}

/**
 * The slots of a simulated server: calls being served share it (processor sharing, as the requests of a GPU's
 * batch do), so each slows the others down while it lasts. A function of the calls' times alone: who goes on
 * after an interruption shows it the {@link past} and finds it as it was.
 */
export class ServerLoad {
  readonly #clock: Clock;
  readonly #slots: number;
  readonly #growth: number;
  readonly #quotas: readonly Quota[];
  readonly #serving = new Set<Job>();
  readonly #waiting = new Set<Job>();
  /** Work given so far to a call that was served from the start, in ms on an idle server. */
  #work = 0;
  #at: number;
  /** The work at which a job is to be woken next, and how to call that off. */
  #timer: { readonly next: number; readonly cancel: () => void } | undefined;
  /** Calls of before an interruption that this process has not caught up with, oldest first. */
  #earlier: EarlierCall[] = [];
  /** When it was shown them. */
  #shownAt = 0;
  readonly #interrupted = new Map<CallKey, Job>();

  constructor(clock: Clock, options: ServerLoadOptions) {
    const { slots = Number.POSITIVE_INFINITY, growth = 0, requestsPerMinute, tokensPerMinute } = options;
    this.#clock = clock;
    this.#slots = slots;
    this.#growth = growth;
    this.#at = clock.now();
    this.#quotas = [
      ...(requestsPerMinute === undefined ? [] : [new Quota(requestsPerMinute, () => 1)]),
      ...(tokensPerMinute === undefined ? [] : [new Quota(tokensPerMinute, (tokens) => tokens)]),
    ];
  }

  /** Takes in what happened before an interruption, so that calls in flight then go on as they would have. */
  past(calls: readonly EarlierCall[]): void {
    const now = this.#clock.now();
    this.#earlier = [...calls];
    this.#shownAt = now;
    const times = calls.flatMap(({ startedMsAgo, endedMsAgo }, call) => {
      // Refused, and never served.
      if (startedMsAgo === endedMsAgo) return [];
      const start = { at: now - startedMsAgo, call, ends: false };
      return endedMsAgo === undefined ? [start] : [start, { at: now - endedMsAgo, call, ends: true }];
    });
    // Of one instant the ends first; order within an instant changes nothing but who waits behind whom.
    times.sort((a, b) => a.at - b.at || Number(b.ends) - Number(a.ends) || a.call - b.call);
    const jobs = new Map<number, Job>();
    this.#at = times[0]?.at ?? now;
    for (const { at, call, ends } of times) {
      this.#advance(at);
      if (ends) this.#remove(valueAt(jobs, call));
      else jobs.set(call, this.#add(at));
    }
    for (const [at, { key, endedMsAgo }] of calls.entries())
      if (endedMsAgo === undefined) this.#interrupted.set(key, valueAt(jobs, at));
    this.#advance(now);
    this.#setTimer();
  }

  /** For how long a call of so many tokens is refused, in ms; 0 when it is taken. */
  refuses(key: CallKey, tokens: number): number {
    const earlier = this.#catchUp(key);
    const at = earlier === undefined ? this.#clock.now() : this.#shownAt - earlier.startedMsAgo;
    const waitMs = this.#take(tokens, at);
    const interrupted = this.#interrupted.get(key);
    if (waitMs > 0 && interrupted !== undefined) {
      // Interrupted in the very instant in which it was refused.
      this.#interrupted.delete(key);
      this.#leave(interrupted);
    }
    return waitMs;
  }

  /** Waits for a slot. */
  async enter(key: CallKey, signal: AbortSignal | undefined): Promise<Service> {
    const job = this.#interrupted.get(key) ?? this.#add(this.#clock.now());
    this.#interrupted.delete(key);
    let stop: (reason: unknown) => void = () => undefined;
    const stopped = new Promise<never>((_, reject) => {
      stop = reject;
    });
    stopped.catch(() => undefined);
    const stopListening = onAbort(signal, () => {
      this.#leave(job);
      stop(signal?.reason);
    });
    await Promise.race([job.started, stopped]);
    return {
      since: job.since,
      upTo: (ms) => Promise.race([this.#upTo(job, ms), stopped]),
      leave: () => {
        stopListening();
        this.#leave(job);
      },
    };
  }

  #upTo(job: Job, ms: number): Promise<void> {
    return new Promise((done) => {
      const at = (job.began as number) + ms;
      job.wake = { at, done };
      // Every piece of every answer comes by here: nearly always another one is due before.
      if (this.#timer === undefined || at < this.#timer.next) this.#setTimer();
    });
  }

  #leave(job: Job): void {
    this.#advance(this.#clock.now());
    this.#remove(job);
    this.#setTimer();
  }

  #add(arrived: number): Job {
    let start = (): void => undefined;
    const started = new Promise<void>((resolve) => {
      start = resolve;
    });
    const job: Job = { began: undefined, since: arrived, wake: undefined, started, start };
    this.#advance(arrived);
    this.#waiting.add(job);
    this.#fill();
    this.#setTimer();
    return job;
  }

  #remove(job: Job): void {
    this.#waiting.delete(job);
    this.#serving.delete(job);
    this.#fill();
  }

  #fill(): void {
    for (const job of this.#waiting) {
      if (this.#serving.size >= this.#slots) return;
      this.#waiting.delete(job);
      this.#serving.add(job);
      job.began = this.#work;
      job.since = this.#at;
      job.start();
    }
  }

  get #slowdown(): number {
    return 1 + this.#growth * Math.max(0, this.#serving.size - 1);
  }

  #advance(now: number): void {
    // Idle time is left out, so that one who is shown the past counts the same sums.
    if (this.#serving.size > 0) this.#work += Math.max(0, now - this.#at) / this.#slowdown;
    this.#at = Math.max(this.#at, now);
  }

  #setTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    let next = Number.POSITIVE_INFINITY;
    for (const { wake } of this.#serving) if (wake !== undefined && wake.at < next) next = wake.at;
    if (next === Number.POSITIVE_INFINITY) return;
    // Whole 1/1024 ms: sums of such times are exact, which resuming relies on. The last bits of the work hang on when it
    // was counted, and make no time longer.
    const exact = Math.max(0, next - this.#work) * this.#slowdown;
    const ms = Math.ceil(exact * 1024 - lastBits) / 1024;
    const due = Math.max(0, this.#at + ms - this.#clock.now());
    this.#timer = { next, cancel: this.#clock.after(due, () => this.#due(next)) };
  }

  /** @param reached the work that the timer was set for, whatever rounding makes of the time. */
  #due(reached: number): void {
    this.#advance(this.#clock.now());
    const until = Math.max(reached, this.#work);
    const ripe: { readonly job: Job; readonly at: number; readonly done: () => void }[] = [];
    for (const job of this.#serving)
      if (job.wake !== undefined && job.wake.at <= until) ripe.push({ job, ...job.wake });
    for (const { job, done } of ripe.sort((a, b) => a.at - b.at)) {
      job.wake = undefined;
      done();
    }
    this.#setTimer();
  }

  /** Takes from the quotas what earlier calls took before that of this key, which is returned. */
  #catchUp(key: CallKey): EarlierCall | undefined {
    if (!this.#earlier.some((call) => call.key === key && call.endedMsAgo === undefined)) {
      for (const call of this.#earlier.splice(0)) this.#takeAgain(call);
      return undefined;
    }
    for (let call = this.#earlier.shift(); call !== undefined; call = this.#earlier.shift()) {
      if (call.key === key && call.endedMsAgo === undefined) return call;
      this.#takeAgain(call);
    }
    return undefined;
  }

  #takeAgain({ tokens, startedMsAgo }: EarlierCall): void {
    if (tokens !== undefined) this.#take(tokens, this.#shownAt - startedMsAgo);
  }

  #take(tokens: number, at: number): number {
    const wait = Math.max(0, ...this.#quotas.map((quota) => quota.wait(tokens, at)));
    if (wait === 0) for (const quota of this.#quotas) quota.take(tokens, at);
    return wait;
  }
}

/** What a minute allows, refilled steadily; a minute's worth may be taken at once. */
class Quota {
  readonly #perMinute: number;
  readonly #cost: (tokens: number) => number;
  #left: number;
  #at = Number.NEGATIVE_INFINITY;

  constructor(perMinute: number, cost: (tokens: number) => number) {
    this.#perMinute = perMinute;
    this.#cost = cost;
    this.#left = perMinute;
  }

  /** ms until a call of so many tokens would be taken; 0 for at once. One larger than a minute's worth waits for a full one. */
  wait(tokens: number, at: number): number {
    const missing = Math.min(this.#cost(tokens), this.#perMinute) - this.#leftAt(at);
    return missing <= 0 ? 0 : Math.ceil((missing / this.#perMinute) * 60_000);
  }

  take(tokens: number, at: number): void {
    this.#left = this.#leftAt(at) - this.#cost(tokens);
    this.#at = Math.max(this.#at, at);
  }

  #leftAt(at: number): number {
    if (this.#at === Number.NEGATIVE_INFINITY) return this.#left;
    const passed = Math.max(0, at - this.#at);
    return Math.min(this.#perMinute, this.#left + (passed / 60_000) * this.#perMinute);
  }
}
