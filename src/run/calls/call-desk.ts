import { onAbort } from '../../core/abort.ts';
import { elementAt } from '../../core/element-at.ts';
import type { Rng } from '../../core/rng.ts';
import type { ProviderLoads } from '../../domain/load/provider-loads.ts';
import { abortedOutcome } from '../../models/abort.ts';
import { type CallKey, callKey, withTokenLimit } from '../../models/call-key.ts';
import type {
  CallOptions,
  ChatModel,
  ChatOutcome,
  ChatRequest,
  ChatResponse,
} from '../../models/chat-model.ts';
import type { CallLimiter } from '../../models/limits/limiter.ts';
import {
  defaultRetryPolicy,
  type FailedTry,
  type RetryPolicy,
  waitBeforeNextTry,
} from '../../models/limits/retry-policy.ts';
import { StreamPieces } from '../../models/stream-pieces.ts';
import type { CallLoads } from '../cells/measure.ts';
import type { EndReason } from '../journal/events.ts';
import { aborted, CallSender, type CallSenderOptions } from './call-sender.ts';
import { CallTurns } from './call-turns.ts';
import { KeptAnswers, type SharedAnswers } from './kept-answers.ts';
import { worstCase } from './ledger.ts';
import { needsPerson, type Refusals } from './refusals.ts';
import { WaitNotices } from './wait-notices.ts';

export interface CallDeskOptions extends CallSenderOptions {
  /** Calls in flight at once. */
  readonly concurrency: number;
  /** Models that cells ask. @defaultValue none: cells are begun as if their calls could be sent */
  readonly models?: readonly string[];
  readonly rng: Rng;
  /** See CallTurnsOptions. @defaultValue false */
  readonly lookAround?: boolean;
  readonly shared?: SharedAnswers;
  /** Where it differs from {@link defaultRetryPolicy}. */
  readonly retry?: Partial<RetryPolicy>;
  /** Whether refusals mean that going on makes no sense. Default: it always does. */
  readonly refusals?: Refusals;
  /** Told why the run should end. */
  readonly onRefused?: (error: Error) => void;
}

/** A call being paid for. */
interface Flight {
  readonly outcome: Promise<ChatOutcome>;
  /** The cells (by their priority) that wait for it. */
  readonly cells: number[];
  /** Ends it, where whoever began it may give it up. */
  readonly controller: AbortController | undefined;
  waiters: number;
}

/** Rank within an instant (see Clock.turn): the scheduler looks again after calls have started. */
export const scheduleRank = 2;

/** Calls dispatched before an interruption go first, in their old order, ahead of any priority. */
const interruptedFirst = -1e12;

/**
 * Where all calls of a command are answered: from the run's own answers, from other runs', or by paying.
 * Equal requests in flight share one call. A paid call waits for its turn (a slot, its provider's limits, its
 * model being up: see call-turns.ts), is paid for (see call-sender.ts), and is tried again while that may help
 * (see retry-policy.ts).
 *
 * After an interruption it goes on where the journal ends: failed attempts are not made again, and a
 * simulated call in flight is served only for the rest of its time.
 */
export class CallDesk implements ChatModel, CallLoads {
  readonly #options: CallDeskOptions;
  readonly #policy: RetryPolicy;
  readonly #kept: KeptAnswers;
  readonly #turns: CallTurns;
  readonly #sender: CallSender;
  readonly #inFlight = new Map<CallKey, Flight>();
  readonly #pastFailures: Map<CallKey, readonly FailedTry[]>;
  readonly #waitNotices: WaitNotices;

  constructor(options: CallDeskOptions) {
    this.#options = options;
    this.#policy = { ...defaultRetryPolicy, ...options.retry };
    const { recorder, traffic, onNotice } = options;
    this.#kept = new KeptAnswers(options);
    this.#turns = new CallTurns({
      ...options,
      answered: () => options.recorder.state.servedAt.size,
      lacksRoom: (model, worst) => this.#sender.lacksRoom(model, worst),
    });
    this.#pastFailures = new Map(
      [...recorder.state.failedAttempts].map(([key, attempts]) => [key, [...attempts]]),
    );
    this.#sender = new CallSender(options);
    this.#waitNotices = new WaitNotices(onNotice);
    traffic.onNotice = onNotice;
  }

  /** Whose turn it is. */
  get limiter(): CallLimiter {
    return this.#turns.limiter;
  }

  /**
   * Whether the first calls of another cell could be sent. Calls that wait for a limit or an outage to pass do not
   * count while other models could be asked, or one bad model would hold up all; but not endlessly many, and none
   * where every model is behind a closed lane: what is begun then only waits, and was chosen knowing less.
   */
  get wantsWork(): boolean {
    return this.#turns.wantsWork;
  }

  /** Models of which enough calls wait for a limit or an outage to pass: a further one would only wait behind them. */
  get heldBack(): ReadonlySet<string> {
    return this.#turns.heldBack;
  }

  /** The ceiling that last refused a call. */
  get refusal(): EndReason | undefined {
    return this.#sender.refusal;
  }

  /** No call starts from now on; those in flight go on. */
  drain(): void {
    this.#turns.drain();
  }

  /** How slow providers were under the load of the calls made here. */
  get loads(): ProviderLoads {
    return this.#options.recorder.state.loads;
  }

  slowsUnderLoad(model: string): boolean {
    return this.#options.provider.slowsUnderLoad?.(model) ?? false;
  }

  servedAt(key: CallKey): number | undefined {
    return this.#options.recorder.state.servedAt.get(key);
  }

  revision(model: string): string {
    return this.#options.provider.revision(model);
  }

  complete(asked: ChatRequest, options: CallOptions = {}): Promise<ChatOutcome> {
    const request = withTokenLimit(asked);
    const key = callKey(request, this);
    const kept = this.#kept.get(key, request.model);
    if (kept !== undefined) return this.#serveKept(kept, options);
    const cell = options.priority ?? 0;
    const lost = this.#options.recorder.state.lostToCells.get(`${cell}/${key}`);
    if (lost !== undefined) return Promise.resolve({ kind: 'failed', failure: lost });
    const { signal } = options;
    if (signal?.aborted) return Promise.resolve(abortedOutcome());
    const shared = this.#inFlight.get(key);
    const flight = shared ?? this.#takeOff(key, request, options);
    if (shared !== undefined) {
      const isEarliest = cell < Math.min(...shared.cells);
      shared.cells.push(cell);
      if (isEarliest) this.limiter.raise(key, this.#placeOf(shared.cells));
    }
    const outcome =
      shared === undefined ? flight.outcome : shared.outcome.then((had) => this.#share(had, options));
    flight.waiters++;
    return this.#isForeign(signal) ? this.#unlessGivenUp(key, flight, outcome, signal) : outcome;
  }

  /** Whether a signal may abort while that of all calls does not. */
  #isForeign(signal: AbortSignal | undefined): signal is AbortSignal {
    return signal !== undefined && signal !== this.#options.signal;
  }

  #takeOff(key: CallKey, request: ChatRequest, options: CallOptions): Flight {
    const cells = [options.priority ?? 0];
    const controller = this.#isForeign(options.signal) ? new AbortController() : undefined;
    const { signal } = controller ?? this.#options;
    const stopListening = onAbort(controller && this.#options.signal, () => controller?.abort());
    const outcome = this.#pay(key, request, options, { cells, signal }).finally(() => {
      stopListening();
      if (this.#inFlight.get(key) === flight) this.#inFlight.delete(key);
    });
    const flight = { outcome, cells, controller, waiters: 0 };
    this.#inFlight.set(key, flight);
    return flight;
  }

  /** A shared call that one gives up goes on for the others; the last to give up ends it. */
  async #unlessGivenUp(
    key: CallKey,
    flight: Flight,
    outcome: Promise<ChatOutcome>,
    signal: AbortSignal,
  ): Promise<ChatOutcome> {
    let stopListening = (): void => undefined;
    const givenUp = new Promise<ChatOutcome>((resolve) => {
      stopListening = onAbort(signal, () => {
        flight.waiters--;
        if (flight.waiters > 0) return resolve(abortedOutcome());
        // From here on an equal call starts afresh.
        this.#inFlight.delete(key);
        flight.controller?.abort();
      });
    });
    try {
      return await Promise.race([outcome, givenUp]);
    } finally {
      stopListening();
    }
  }

  #serveKept(response: ChatResponse, options: CallOptions): Promise<ChatOutcome> {
    if (response.text !== '') options.onDelta?.(response.text);
    return Promise.resolve({ kind: 'answered', response, cached: true });
  }

  #share(outcome: ChatOutcome, options: CallOptions): ChatOutcome | Promise<ChatOutcome> {
    if (options.signal?.aborted) return abortedOutcome();
    return outcome.kind === 'answered' ? this.#serveKept(outcome.response, options) : outcome;
  }

  async #pay(
    key: CallKey,
    request: ChatRequest,
    options: CallOptions,
    { cells, signal }: { readonly cells: readonly number[]; readonly signal: AbortSignal },
  ): Promise<ChatOutcome> {
    const { recorder, rng, clock, refusals, traffic } = this.#options;
    // What a person had to mend is mended by now, or the server says so again.
    const past = (this.#pastFailures.get(key) ?? []).filter(({ failure }) => !needsPerson(failure));
    this.#pastFailures.delete(key);
    const pieces = new StreamPieces(options);
    const failed: FailedTry[] = [];
    let since: number | undefined;
    for (;;) {
      const attempt = failed.length;
      const before = past[attempt];
      if (before === undefined) {
        const given = { ...options, ...pieces.listeners, attempt };
        const outcome = await this.#attempt(key, request, given, { failed, since, signal, cells });
        if (outcome.kind === 'answered') {
          pieces.complete(outcome.response.text);
          refusals?.answered(request.model);
          const { model } = request;
          const answer = { model, revision: this.revision(model), response: outcome.response };
          this.#kept.shareWithOthers(key, answer);
        }
        if (outcome.kind === 'answered' || outcome.failure.cause === 'aborted') return outcome;
        const refused = refusals?.refused(request.model, outcome.failure);
        if (refused !== undefined) {
          this.#options.onRefused?.(refused);
          return aborted(refused.message, 'refused');
        }
        failed.push({ at: recorder.now(), failure: outcome.failure, ...this.#outageOf(key) });
      } else failed.push(before);
      const { failure, at } = elementAt(failed, failed.length - 1);
      const wait = waitBeforeNextTry(
        this.#policy,
        failed,
        rng.derive('retry', key, failed.length - 1).next(),
      );
      if (wait === undefined || traffic.givenUp(request.model, recorder.now()) !== undefined) {
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
      pieces.restart();
    }
  }

  /** What the journal says of the last try of a call. */
  #outageOf(key: CallKey): Pick<FailedTry, 'outage'> {
    const last = this.#options.recorder.state.failedAttempts.get(key)?.at(-1);
    return last?.outage === true ? { outage: true } : {};
  }

  #attempt(
    key: CallKey,
    request: ChatRequest,
    options: CallOptions & { readonly attempt: number },
    /** What came before, for retries when their wait was over, and what ends it. */
    {
      failed,
      since,
      signal,
      cells,
    }: {
      readonly failed: FailedTry[];
      readonly since: number | undefined;
      readonly signal: AbortSignal;
      readonly cells: readonly number[];
    },
  ): Promise<ChatOutcome> {
    const { card } = this.#options;
    const resumed = this.#sender.interrupted(key, options.attempt);
    const place = this.#placeOf(cells);
    return this.limiter.enter(
      { signal, priority: resumed ? interruptedFirst + resumed.call : place.priority },
      {
        id: key,
        lane: request.model,
        group: place.group,
        ungated: resumed !== undefined,
        ...(since === undefined ? {} : { since, name: key }),
        worst: worstCase(request, card(request.model)),
      },
      () => this.#sender.send({ key, request, options, signal, failed }),
    );
  }

  /** A call's place is its earliest cell's, whoever of them asked first: after an interruption that may be another one. */
  #placeOf(cells: readonly number[]): { readonly priority: number; readonly group: number | undefined } {
    const priority = Math.min(...cells);
    return { priority, group: this.#options.recorder.state.openCells.get(priority)?.trial };
  }
}
