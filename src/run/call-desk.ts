import type { Clock } from '../core/clock.ts';
import { defined } from '../core/defined.ts';
import { elementAt } from '../core/element-at.ts';
import type { Rng } from '../core/rng.ts';
import { type CallKey, callKey } from '../models/call-key.ts';
import type {
  CallOptions,
  ChatModel,
  ChatOutcome,
  ChatRequest,
  ChatResponse,
  ModelCard,
} from '../models/chat-model.ts';
import { CallLimiter } from '../models/limiter.ts';
import {
  defaultRetryPolicy,
  type FailedTry,
  type RetryPolicy,
  waitBeforeNextTry,
} from '../models/retry-policy.ts';
import type { CallStore } from '../models/stored-call.ts';
import { earlierCalls } from './earlier-calls.ts';
import type { EndReason, Reservation } from './events.ts';
import { defaultMaxTokens, type Ledger, worstCase } from './ledger.ts';
import type { Recorder } from './recorder.ts';
import { needsPerson, type Refusals } from './refusals.ts';
import type { OpenCall } from './run-state.ts';
import type { Traffic } from './traffic.ts';
import { WaitNotices } from './wait-notices.ts';

/** Answers that other runs paid for. */
export type SharedAnswers = Pick<CallStore, 'get' | 'put'>;

export interface CallDeskOptions {
  readonly provider: ChatModel;
  readonly card: (model: string) => ModelCard | undefined;
  readonly recorder: Recorder;
  readonly ledger: Ledger;
  /** Calls in flight at once. */
  readonly concurrency: number;
  /** How fast models may be asked and which are down; the recorder's follower. */
  readonly traffic: Traffic;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly shared?: SharedAnswers;
  /** Ends every call in flight. */
  readonly signal: AbortSignal;
  /** Where it differs from {@link defaultRetryPolicy}. */
  readonly retry?: Partial<RetryPolicy>;
  /** Told of models that stop answering and come back, and why calls wait for long. */
  readonly onNotice?: (text: string) => void;
  /** Whether refusals mean that going on makes no sense. Default: it always does. */
  readonly refusals?: Refusals;
  /** Told why the run should end. */
  readonly onRefused?: (error: Error) => void;
}

/** Ranks within an instant (see Clock.turn): calls start first, then the scheduler looks again. */
const dispatchRank = 1;
export const scheduleRank = 2;

/** Calls dispatched before an interruption go first, in their old order, ahead of any priority. */
const interruptedFirst = -1e12;

/** Calls per slot that may wait for limits and outages while other models are asked. */
const heldBackCells = 4;

/**
 * Where a run's calls are answered: from the run's own answers, from other runs', or by paying.
 * Equal requests in flight share one call. A paid call waits for its turn (a slot, its provider's limits, its
 * model being up: see traffic.ts), reserves its worst case against every ceiling, is journaled before it is
 * sent and settled after, and is tried again while that may help (see retry-policy.ts).
 *
 * After an interruption it goes on where the journal ends: failed attempts are not made again, and a
 * simulated call in flight is served only for the rest of its time.
 */
export class CallDesk implements ChatModel {
  readonly #options: CallDeskOptions;
  readonly #policy: RetryPolicy;
  /** Whose turn it is. */
  readonly limiter: CallLimiter;
  /** Calls being paid for, with the cells (by their priority) that wait for them. */
  readonly #inFlight = new Map<
    CallKey,
    { readonly outcome: Promise<ChatOutcome>; readonly cells: number[] }
  >();
  readonly #interrupted = new Map<CallKey, OpenCall>();
  readonly #pastFailures: Map<CallKey, readonly FailedTry[]>;
  readonly #borrowed = new Set<CallKey>();
  readonly #waitNotices: WaitNotices;
  #room: (() => void)[] = [];
  /** When waiting calls are looked at again for their gates' sake. */
  #alarmAt = Number.POSITIVE_INFINITY;
  #roundAsked = false;
  #draining = false;
  cachedCalls = 0;
  /** The ceiling that last refused a call. */
  refusal: EndReason | undefined;

  constructor(options: CallDeskOptions) {
    this.#options = options;
    this.#policy = { ...defaultRetryPolicy, ...options.retry };
    const { recorder, traffic, concurrency } = options;
    this.limiter = new CallLimiter({
      concurrency,
      gate: {
        now: () => recorder.now(),
        earliest: ({ lane, worst }, now) => traffic.route(lane, worst as Reservation, now).at,
      },
    });
    this.limiter.pause();
    this.limiter.onChange(() => this.#askForRound());
    const { state } = recorder;
    this.#pastFailures = new Map([...state.failedAttempts].map(([key, attempts]) => [key, [...attempts]]));
    for (const open of state.openCalls.values()) {
      if (options.clock.kind === 'virtual') this.#interrupted.set(open.key, open);
      else recorder.record({ kind: 'call-lost', call: open.call });
    }
    if (options.clock.kind === 'virtual' && state.calls > 0)
      options.provider.past?.(earlierCalls(recorder.journal.events(), recorder.now()));
    this.#waitNotices = new WaitNotices(options.onNotice);
    traffic.onNotice = options.onNotice;
  }

  /**
   * Whether another cell would find a call slot to use. Calls that wait for a limit or an outage to pass do not
   * count while other models could be asked, or one bad model would hold up all; but not endlessly many.
   */
  get wantsWork(): boolean {
    const { running, waiting, heldBack } = this.limiter;
    const { concurrency } = this.#options;
    if (running + waiting < concurrency) return true;
    return running + waiting - heldBack < concurrency && running > 0 && waiting < heldBackCells * concurrency;
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
    const own = state.answered.has(key) || this.#borrowed.has(key);
    const answer = own ? journal.answer(key) : undefined;
    if (answer !== undefined) return answer;
    if (state.answered.has(key)) {
      this.#options.onNotice?.("the journal's answer to a call was damaged or lost: the call is made again");
    }
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
    const { recorder, rng, clock, signal } = this.#options;
    // What a person had to mend is mended by now, or the server says so again.
    const past = (this.#pastFailures.get(key) ?? []).filter(({ failure }) => !needsPerson(failure));
    this.#pastFailures.delete(key);
    const failed: FailedTry[] = [];
    let since: number | undefined;
    for (;;) {
      const attempt = failed.length;
      const before = past[attempt];
      if (before === undefined) {
        const outcome = await this.#attempt(key, request, { ...options, attempt }, since);
        if (outcome.kind === 'answered' || outcome.failure.cause === 'aborted') return outcome;
        const refused = this.#options.refusals?.refused(request.model, outcome.failure);
        if (refused !== undefined) {
          this.#options.onRefused?.(refused);
          return aborted(refused.message, 'refused');
        }
        failed.push({ at: recorder.now(), failure: outcome.failure, ...this.#outageOf(key) });
      } else failed.push(before);
      const { failure, at } = elementAt(failed, attempt);
      const wait = waitBeforeNextTry(this.#policy, failed, rng.derive('retry', key, attempt).next());
      if (wait === undefined) {
        recorder.record({ kind: 'call-given-up', key, cells, failure });
        return { kind: 'failed', failure };
      }
      try {
        // Whole milliseconds keep simulated times exact sums, which resuming relies on.
        since = at + Math.ceil(wait);
        this.#waitNotices.waits(request.model, failed, recorder.now(), since);
        await clock.sleep(Math.max(0, since - recorder.now()), signal);
      } catch {
        return aborted('stopped while waiting to retry');
      }
    }
  }

  /** What the journal says of the last try of a call. */
  #outageOf(key: CallKey): Pick<FailedTry, 'outage'> {
    const last = this.#options.recorder.state.failedAttempts.get(key)?.at(-1);
    return last?.outage === true ? { outage: true } : {};
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
      this.#round();
    });
  }

  #round(): void {
    const { traffic, recorder } = this.#options;
    this.limiter.drop((model) => {
      const failure = traffic.givenUp(model, recorder.now());
      return failure && { kind: 'failed', failure: { ...failure, retryable: false } };
    });
    this.limiter.resume();
    this.limiter.pause();
    const at = this.limiter.nextAt;
    if (at < this.#alarmAt) this.#setAlarm(at);
  }

  #setAlarm(at: number): void {
    const { clock, recorder, signal } = this.#options;
    this.#alarmAt = at;
    clock.sleep(Math.max(0, at - recorder.now()), signal).then(
      () => {
        if (this.#alarmAt === at) this.#alarmAt = Number.POSITIVE_INFINITY;
        this.#askForRound();
      },
      () => undefined,
    );
  }

  /** @param since for retries: when their wait was over. */
  #attempt(
    key: CallKey,
    request: ChatRequest,
    options: CallOptions,
    since: number | undefined,
  ): Promise<ChatOutcome> {
    const { recorder, card, signal } = this.#options;
    const interrupted = this.#interrupted.get(key);
    const resumed = interrupted?.attempt === options.attempt ? interrupted : undefined;
    const cell = options.priority ?? 0;
    return this.limiter.enter(
      { signal, priority: resumed ? interruptedFirst + resumed.call : cell },
      {
        lane: request.model,
        group: recorder.state.openCells.get(cell)?.trial,
        ungated: resumed !== undefined,
        ...(since === undefined ? {} : { since, name: key }),
        worst: worstCase(request, card(request.model)),
      },
      () => this.#dispatch(request, options),
    );
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
    const account = recorder.state.openCalls.get(reserved)?.account;
    const outcome = await provider.complete(request, {
      ...options,
      signal,
      elapsedMs,
      ...defined({ key: account }),
    });
    this.#settle(key, request, reserved, outcome);
    return outcome;
  }

  /** The journaled call's number once its worst case fits, or why it never will. */
  async #reserve(key: CallKey, request: ChatRequest, options: CallOptions): Promise<number | ChatOutcome> {
    const { recorder, ledger, card, signal, traffic } = this.#options;
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
    const { account } = traffic.route(request.model, reserved, recorder.now());
    recorder.record({
      kind: 'call-dispatched',
      call,
      key,
      attempt: options.attempt ?? 0,
      model: request.model,
      purpose: options.purpose ?? 'agent',
      reserved,
      ...(account === 0 ? {} : { account }),
    });
    return call;
  }

  #settle(key: CallKey, request: ChatRequest, call: number, outcome: ChatOutcome): void {
    const { recorder, traffic } = this.#options;
    if (outcome.kind === 'answered') {
      const { usage, usd, serviceMs } = outcome.response;
      const { rateLimit } = outcome;
      const told = rateLimit !== undefined && traffic.isNews(call, rateLimit) ? { rateLimit } : {};
      this.#options.refusals?.answered(request.model);
      recorder.journal.keepAnswer(key, outcome.response);
      recorder.record({ kind: 'call-answered', call, usage, usd, serviceMs, ...told });
      this.#shareWithOthers(key, request.model, outcome.response);
    } else if (outcome.failure.cause !== 'aborted') {
      const outage = traffic.isDown(request.model) ? { outage: true as const } : {};
      recorder.record({ kind: 'call-failed', call, failure: outcome.failure, ...outage });
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
