import type { Clock } from '../core/clock.ts';
import type { Rng } from '../core/rng.ts';
import { type CallKey, callKey } from '../models/call-key.ts';
import type {
  CallFailure,
  CallOptions,
  ChatModel,
  ChatOutcome,
  ChatRequest,
  ChatResponse,
  ModelCard,
} from '../models/chat-model.ts';
import type { CallLimiter } from '../models/limiter.ts';
import type { CallStore } from '../models/stored-call.ts';
import type { EndReason } from './events.ts';
import { defaultMaxTokens, type Ledger, worstCase } from './ledger.ts';
import type { Recorder } from './recorder.ts';
import type { OpenCall } from './run-state.ts';

/** Answers that other runs paid for. */
export type SharedAnswers = Pick<CallStore, 'get' | 'put'>;

export interface CallDeskOptions {
  readonly provider: ChatModel;
  readonly card: (model: string) => ModelCard | undefined;
  readonly recorder: Recorder;
  readonly ledger: Ledger;
  readonly limiter: CallLimiter;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly shared?: SharedAnswers;
  /** Ends every call in flight. */
  readonly signal: AbortSignal;
  /** Attempts a request gets in all; default 4. */
  readonly attempts?: number;
  /** Full-jitter back-off: uniform in [0, min(capMs, baseMs * 2^attempt)]. Defaults 500 and 30,000. */
  readonly backoff?: { readonly baseMs: number; readonly capMs: number };
}

/** Ranks within an instant (see Clock.turn): calls start first, then the scheduler looks again. */
export const dispatchRank = 1;
export const scheduleRank = 2;

/** Calls dispatched before an interruption go first, in their old order, ahead of any priority. */
const interruptedFirst = -1e12;

/**
 * Where a run's calls are answered: from the run's own answers, from other runs', or by paying.
 * Equal requests in flight share one call. A paid call waits for its turn, reserves its worst case
 * against every ceiling, is journaled before it is sent and settled after, and is retried with full
 * jitter (AWS Architecture Blog, "Exponential Backoff and Jitter") while the failure says that may help.
 *
 * After an interruption it goes on where the journal ends: failed attempts are not made again, and a
 * simulated call in flight is served only for the rest of its time.
 */
export class CallDesk implements ChatModel {
  readonly #options: CallDeskOptions;
  readonly #limited: ChatModel;
  /** Calls being paid for, with the cells (by their priority) that wait for them. */
  readonly #inFlight = new Map<
    CallKey,
    { readonly outcome: Promise<ChatOutcome>; readonly cells: number[] }
  >();
  readonly #interrupted = new Map<CallKey, OpenCall>();
  readonly #pastFailures: Map<CallKey, readonly { at: number; failure: CallFailure }[]>;
  readonly #borrowed = new Set<CallKey>();
  #room: (() => void)[] = [];
  #roundAsked = false;
  #draining = false;
  cachedCalls = 0;
  /** The ceiling that last refused a call. */
  refusal: EndReason | undefined;

  constructor(options: CallDeskOptions) {
    this.#options = options;
    this.#limited = options.limiter.wrap({
      complete: (request, callOptions) => this.#dispatch(request, callOptions ?? {}),
      revision: (model) => options.provider.revision(model),
    });
    options.limiter.pause();
    options.limiter.onChange(() => this.#askForRound());
    const { state } = options.recorder;
    this.#pastFailures = new Map([...state.failedAttempts].map(([key, attempts]) => [key, [...attempts]]));
    for (const open of state.openCalls.values()) {
      if (options.clock.kind === 'virtual') this.#interrupted.set(open.key, open);
      else options.recorder.record({ kind: 'call-lost', call: open.call });
    }
  }

  /** No call starts from now on; those in flight go on. */
  drain(): void {
    this.#draining = true;
  }

  revision(model: string): string {
    return this.#options.provider.revision(model);
  }

  complete(asked: ChatRequest, options: CallOptions = {}): Promise<ChatOutcome> {
    const request = asked.maxTokens === undefined ? { ...asked, maxTokens: defaultMaxTokens } : asked;
    const key = callKey(request, this);
    const kept = this.#kept(key);
    if (kept !== undefined) return this.#serveKept(kept, options);
    const cell = options.priority ?? 0;
    const lost = this.#options.recorder.state.lostToCells.get(`${cell}/${key}`);
    if (lost !== undefined) return Promise.resolve({ kind: 'failed', failure: lost });
    const shared = this.#inFlight.get(key);
    if (shared !== undefined) {
      shared.cells.push(cell);
      return shared.outcome.then((outcome) => this.#share(outcome, options));
    }
    const cells = [cell];
    const outcome = this.#pay(key, request, options, cells).finally(() => this.#inFlight.delete(key));
    this.#inFlight.set(key, { outcome, cells });
    return outcome;
  }

  #kept(key: CallKey): ChatResponse | undefined {
    const { recorder, shared } = this.#options;
    const { state, journal } = recorder;
    if (state.answered.has(key) || this.#borrowed.has(key)) return journal.answer(key);
    const older = state.olderAnswers ? journal.answer(key) : undefined;
    if (older !== undefined) return older;
    const response = shared?.get(key)?.response;
    if (response !== undefined) {
      this.#borrowed.add(key);
      recorder.journal.keepAnswer(key, response);
    }
    return response;
  }

  #serveKept(response: ChatResponse, options: CallOptions): Promise<ChatOutcome> {
    this.cachedCalls++;
    options.onDelta?.(response.text);
    return Promise.resolve({ kind: 'answered', response, cached: true });
  }

  #share(outcome: ChatOutcome, options: CallOptions): ChatOutcome | Promise<ChatOutcome> {
    return outcome.kind === 'answered' ? this.#serveKept(outcome.response, options) : outcome;
  }

  async #pay(
    key: CallKey,
    request: ChatRequest,
    options: CallOptions,
    cells: readonly number[],
  ): Promise<ChatOutcome> {
    const past = this.#pastFailures.get(key) ?? [];
    this.#pastFailures.delete(key);
    const attempts = this.#options.attempts ?? 4;
    for (let attempt = 0; ; attempt++) {
      const before = past[attempt];
      const outcome: ChatOutcome = before
        ? { kind: 'failed', failure: before.failure }
        : await this.#attempt(key, request, { ...options, attempt });
      if (outcome.kind === 'answered') return outcome;
      const { failure } = outcome;
      if (failure.cause === 'aborted') return outcome;
      if (!failure.retryable || attempt + 1 >= attempts) {
        this.#options.recorder.record({ kind: 'call-given-up', key, cells, failure });
        return outcome;
      }
      const failedAt = before?.at ?? this.#options.recorder.now();
      const again = failedAt + this.#pause(key, attempt, failure);
      try {
        await this.#options.clock.sleep(
          Math.max(0, again - this.#options.recorder.now()),
          this.#options.signal,
        );
      } catch {
        return aborted('stopped while waiting to retry');
      }
    }
  }

  #pause(key: CallKey, attempt: number, failure: CallFailure): number {
    const { baseMs, capMs } = this.#options.backoff ?? { baseMs: 500, capMs: 30_000 };
    const jitter = this.#options.rng.derive('retry', key, attempt).next();
    // Whole milliseconds keep simulated times exact sums, which resuming relies on.
    const jittered = Math.round(jitter * Math.min(capMs, baseMs * 2 ** attempt));
    return Math.max(failure.retryAfterMs ?? 0, jittered);
  }

  /**
   * Lets waiting calls start at the end of the instant, when all that this instant brings has asked:
   * priority then decides who goes first, not the order in which promises happened to settle.
   */
  #askForRound(): void {
    if (this.#roundAsked || this.#draining) return;
    this.#roundAsked = true;
    void this.#options.clock.turn(dispatchRank).then(() => {
      this.#roundAsked = false;
      if (this.#draining) return;
      this.#options.limiter.resume();
      this.#options.limiter.pause();
    });
  }

  #attempt(key: CallKey, request: ChatRequest, options: CallOptions): Promise<ChatOutcome> {
    const interrupted = this.#interrupted.get(key);
    const resumed = interrupted?.attempt === options.attempt ? interrupted : undefined;
    return this.#limited.complete(request, {
      ...options,
      signal: this.#options.signal,
      priority: resumed ? interruptedFirst + resumed.call : (options.priority ?? 0),
    });
  }

  /** One attempt that has got its slot. */
  async #dispatch(request: ChatRequest, options: CallOptions): Promise<ChatOutcome> {
    const { recorder, provider, signal } = this.#options;
    const key = callKey(request, this);
    const interrupted = this.#interrupted.get(key);
    this.#interrupted.delete(key);
    const reserved =
      interrupted === undefined ? await this.#reserve(key, request, options) : interrupted.call;
    if (typeof reserved !== 'number') return reserved;
    await recorder.durable();
    if (signal.aborted) return aborted('stopped before the call was sent');
    const elapsedMs = interrupted === undefined ? 0 : recorder.now() - interrupted.dispatchedAt;
    const outcome = await provider.complete(request, { ...options, signal, elapsedMs });
    this.#settle(key, request, reserved, outcome);
    return outcome;
  }

  /** The journaled call's number once its worst case fits, or why it never will. */
  async #reserve(key: CallKey, request: ChatRequest, options: CallOptions): Promise<number | ChatOutcome> {
    const { recorder, ledger, card, signal } = this.#options;
    const reserved = worstCase(request, card(request.model));
    for (;;) {
      if (signal.aborted) return aborted('stopped before the call was sent');
      const broken = ledger.broken(reserved, recorder.now());
      if (broken === undefined) break;
      // Calls in flight usually cost less than they reserved: what they leave may be enough.
      if (broken === 'calls' || broken === 'time' || recorder.state.openCalls.size === 0) {
        this.refusal = broken;
        return aborted(
          `the budget's ceiling on ${broken} leaves no room for another call`,
          `budget-${broken}`,
        );
      }
      await new Promise<void>((resolve) => this.#room.push(resolve));
    }
    const call = recorder.state.calls;
    recorder.record({
      kind: 'call-dispatched',
      call,
      key,
      attempt: options.attempt ?? 0,
      model: request.model,
      purpose: options.purpose ?? 'agent',
      reserved,
    });
    return call;
  }

  #settle(key: CallKey, request: ChatRequest, call: number, outcome: ChatOutcome): void {
    const { recorder } = this.#options;
    if (outcome.kind === 'answered') {
      const { usage, usd, serviceMs } = outcome.response;
      recorder.journal.keepAnswer(key, outcome.response);
      recorder.record({ kind: 'call-answered', call, usage, usd, serviceMs });
      this.#shareWithOthers(key, request.model, outcome.response);
    } else if (outcome.failure.cause !== 'aborted') {
      recorder.record({ kind: 'call-failed', call, failure: outcome.failure });
    }
    const waiting = this.#room;
    this.#room = [];
    for (const wake of waiting) wake();
  }

  /** A favour to other runs: where it fails (a full disk), this run has its answer all the same. */
  #shareWithOthers(key: CallKey, model: string, response: ChatResponse): void {
    try {
      this.#options.shared?.put(key, { model, revision: this.revision(model), response });
    } catch {
      // A disk that is full for them is soon full for the journal too, which reports it.
    }
  }
}

function aborted(message: string, code = 'aborted'): ChatOutcome {
  return { kind: 'failed', failure: { cause: 'aborted', code, message, retryable: false, serviceMs: 0 } };
}
