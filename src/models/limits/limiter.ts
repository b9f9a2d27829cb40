import { onAbort } from '../../core/abort.ts';
import { remembered } from '../../core/remembered.ts';
import { abortedOutcome } from '../abort.ts';
import type { CallOptions, ChatModel, ChatOutcome } from '../chat-model.ts';
import { CallQueue, isSooner, type Queued } from './call-queue.ts';

export interface CallLimiterOptions {
  /** Calls in flight at once, over all models wrapped by this limiter; a whole number >= 1. */
  readonly concurrency: number;
  /** So many of them for now. @defaultValue all */
  readonly atMost?: () => number;
  /** Further reasons to wait. @defaultValue none */
  readonly gate?: CallGate;
  /** Ends all waiting; calls need not each listen to it. @defaultValue none */
  readonly signal?: AbortSignal;
}

/** Says when calls may start that there would be a slot for. */
export interface CallGate {
  /** Milliseconds on the gate's own clock. */
  now(): number;
  /**
   * When the call may start: at once if that is not after {@link now}; `Infinity` when only the end of another
   * call can tell. While a call waits for its gate, others of the same lane wait behind it.
   */
  earliest(call: WaitingCall, now: number): number;
}

/** A call that waits for its turn. */
export interface WaitingCall extends Queued {
  /** Smaller, and the group another, once it was raised ({@link CallLimiter.raise}). */
  priority: number;
  /** What {@link CallLimiter.raise} finds it by. */
  readonly id?: string;
  /** Counts up in the order of asking. */
  readonly number: number;
  /** Whose gate it goes through, such as its model's name. */
  readonly lane: string;
  /** Whose share of the slots it takes; `undefined`: nobody's. */
  group: number | undefined;
  /** It was let through before, and only goes on. */
  readonly ungated?: boolean;
  /** The most that it can cost, for gates that mind. */
  readonly worst?: { readonly tokensIn: number; readonly tokensOut: number; readonly usd: number | null };
  /** Starts it; what it resolves to is nobody's business here. */
  readonly start: () => Promise<unknown>;
  /** Ends it without having started it. */
  readonly drop: (outcome: ChatOutcome) => void;
}

export interface CallLoad {
  readonly running: number;
  readonly waiting: number;
}

/** While others wait, no group takes more than its part of the slots, nor ever less than this part of them. */
const smallestShare = 1 / 4;

/**
 * Keeps calls under a limit. Calls with a smaller `priority` number go first, equal ones in the order of
 * asking; but while calls of several groups wait, none takes more than its share of the slots, so that a
 * config of slow calls cannot hold them all. It has no timers, so it behaves alike on any clock: who gives
 * it a gate asks again ({@link resume}) at {@link nextAt}.
 */
export class CallLimiter {
  readonly #concurrency: number;
  readonly #atMost: () => number;
  readonly #gate: CallGate | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #lanes = new Map<string, CallQueue<WaitingCall>>();
  /** Lanes whose gate was closed when it was last looked at, and when it opens. */
  readonly #closed = new Map<string, number>();
  /** Calls of a group that run, and that run or wait. */
  readonly #groups = new Map<number, { running: number; all: number }>();
  /** Calls that wait or are in flight. */
  readonly #byId = new Map<string, WaitingCall>();
  readonly #listeners = new Set<(load: CallLoad) => void>();
  #entered = 0;
  #running = 0;
  #waiting = 0;
  #paused = false;

  constructor({ concurrency, gate, signal, atMost = () => concurrency }: CallLimiterOptions) {
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw new RangeError(`CallLimiter: expected a whole number >= 1 as concurrency, found ${concurrency}`);
    }
    this.#concurrency = concurrency;
    this.#atMost = atMost;
    this.#gate = gate;
    this.#signal = signal;
    onAbort(signal, () => this.drop(() => abortedOutcome()));
  }

  /** Calls in flight. */
  get running(): number {
    return this.#running;
  }

  /** Calls that wait for their turn. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Those of them in such lanes whose gate was closed when it was last looked at. */
  heldBack(isMeant: (lane: string) => boolean): number {
    let held = 0;
    for (const lane of this.#closed.keys()) if (isMeant(lane)) held += this.#lanes.get(lane)?.size ?? 0;
    return held;
  }

  /** Lanes in which at least so many calls wait. */
  *crowded(least: number): Generator<string, void> {
    for (const [name, { size }] of this.#lanes) if (size >= least) yield name;
  }

  /** When the first closed gate opens by itself; `Infinity` when none does. */
  get nextAt(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#closed.values());
  }

  /** The model under this limit. Service times stay the model's own: waiting here does not count. */
  wrap(model: ChatModel): ChatModel {
    return {
      complete: (request, options = {}) =>
        this.enter(options, { lane: request.model, group: undefined }, () =>
          model.complete(request, options),
        ),
      revision: (name) => model.revision(name),
      keys: (name) => model.keys?.(name) ?? 1,
    };
  }

  /** Makes a call when its turn has come. One that is aborted before is never made. */
  enter(
    { priority = 0, signal }: CallOptions,
    place: Omit<WaitingCall, 'priority' | 'number' | 'start' | 'drop'>,
    call: () => Promise<ChatOutcome>,
  ): Promise<ChatOutcome> {
    if (signal?.aborted) return Promise.resolve(abortedOutcome());
    return new Promise((resolve, reject) => {
      // Only while it waits: the slot of a running call stays taken until that call has really ended.
      const stopWatching = onAbort(signal === this.#signal ? undefined : signal, () => {
        if (this.#takeOut(waiting)) resolve(abortedOutcome());
      });
      const waiting: WaitingCall = {
        ...place,
        priority,
        number: this.#entered++,
        start: () => {
          stopWatching();
          const outcome = call();
          outcome.then(resolve, reject);
          return outcome;
        },
        drop: (outcome) => {
          stopWatching();
          resolve(outcome);
        },
      };
      this.#add(waiting);
    });
  }

  /** Tells of a call, waiting or in flight, that somebody of a smaller priority number wants it, too: it is of that group now. */
  raise(id: string, { priority, group }: Pick<WaitingCall, 'priority' | 'group'>): void {
    const call = this.#byId.get(id);
    if (call === undefined) return;
    const lane = this.#lanes.get(call.lane);
    const waits = lane?.delete(call) === true;
    this.#count(call.group, waits ? 0 : -1, -1);
    call.priority = Math.min(call.priority, priority);
    call.group = group;
    this.#count(group, waits ? 0 : 1, 1);
    if (waits) lane?.add(call);
  }

  /** Ends all waiting calls of lanes for which there is an outcome. */
  drop(outcomeOf: (lane: string) => ChatOutcome | undefined): void {
    for (const [name, lane] of this.#lanes) {
      const outcome = lane.size === 0 ? undefined : outcomeOf(name);
      if (outcome === undefined) continue;
      for (const call of lane) if (this.#takeOut(call)) call.drop(outcome);
    }
  }

  /** Starts no more calls until {@link resume}; those in flight go on. */
  pause(): void {
    this.#paused = true;
  }

  /** Starts what may start now. */
  resume(): void {
    this.#paused = false;
    this.#round();
  }

  /** Calls the listener after every change of the load; returns how to stop that. */
  onChange(listener: (load: CallLoad) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #add(call: WaitingCall): void {
    remembered(this.#lanes, call.lane, () => new CallQueue<WaitingCall>()).add(call);
    if (call.id !== undefined) this.#byId.set(call.id, call);
    this.#waiting++;
    this.#count(call.group, 0, 1);
    this.#tell();
    this.#round();
  }

  #takeOut(call: WaitingCall): boolean {
    if (this.#lanes.get(call.lane)?.delete(call) !== true) return false;
    this.#forget(call);
    this.#waiting--;
    this.#count(call.group, 0, -1);
    this.#tell();
    return true;
  }

  #round(): void {
    if (this.#paused) return;
    this.#closed.clear();
    while (this.#running < this.#concurrency && this.#running < this.#atMost() && this.#waiting > 0) {
      const next = this.#next();
      if (next === undefined) return;
      this.#start(next);
    }
  }

  /** The call whose turn it is: of those within their groups' shares if there are any. */
  #next(): WaitingCall | undefined {
    if (this.#groups.size < 2) return this.#firstOpen(() => true);
    const share = Math.max(smallestShare, 1 / this.#groups.size) * this.#concurrency;
    const within = ({ group, ungated }: WaitingCall): boolean =>
      ungated === true || group === undefined || (this.#groups.get(group)?.running ?? 0) < share;
    return this.#firstOpen(within) ?? this.#firstOpen(() => true);
  }

  #firstOpen(suits: (call: WaitingCall) => boolean): WaitingCall | undefined {
    let best: WaitingCall | undefined;
    for (const [name, lane] of this.#lanes) {
      if (lane.size === 0) continue;
      const first = lane.first(suits);
      if (first === undefined || (best !== undefined && !isBefore(first, best))) continue;
      if (this.#isOpen(name, first)) best = first;
    }
    return best;
  }

  #isOpen(name: string, call: WaitingCall): boolean {
    if (this.#gate === undefined || call.ungated === true) return true;
    if (this.#closed.has(name)) return false;
    const now = this.#gate.now();
    const at = this.#gate.earliest(call, now);
    if (at <= now) return true;
    this.#closed.set(name, at);
    return false;
  }

  #start(call: WaitingCall): void {
    this.#lanes.get(call.lane)?.delete(call);
    this.#waiting--;
    this.#running++;
    this.#count(call.group, 1, 0);
    this.#tell();
    const ended = (): void => {
      this.#forget(call);
      this.#running--;
      this.#count(call.group, -1, -1);
      this.#tell();
      this.#round();
    };
    call.start().then(ended, ended);
  }

  #forget(call: WaitingCall): void {
    if (call.id !== undefined && this.#byId.get(call.id) === call) this.#byId.delete(call.id);
  }

  #count(group: number | undefined, running: number, all: number): void {
    if (group === undefined) return;
    const count = this.#groups.get(group) ?? { running: 0, all: 0 };
    count.running += running;
    count.all += all;
    if (count.all === 0) this.#groups.delete(group);
    else this.#groups.set(group, count);
  }

  #tell(): void {
    if (this.#listeners.size === 0) return;
    const load = { running: this.running, waiting: this.waiting };
    for (const listener of this.#listeners) listener(load);
  }
}

function isBefore(one: WaitingCall, other: WaitingCall): boolean {
  if (one.priority !== other.priority) return one.priority < other.priority;
  return isSooner(one, other) || (!isSooner(other, one) && one.number < other.number);
}
