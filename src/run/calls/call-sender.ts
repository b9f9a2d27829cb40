import type { Clock } from '../../core/clock.ts';
import type { CallKey } from '../../models/call-key.ts';
import type {
  CallFailure,
  CallOptions,
  ChatModel,
  ChatOutcome,
  ChatRequest,
  ModelCard,
} from '../../models/chat-model.ts';
import { type FailedTry, furtherRequest } from '../../models/limits/retry-policy.ts';
import type { EndReason, Reservation } from '../journal/events.ts';
import { lostCallsText } from '../journal/power-loss.ts';
import type { Recorder } from '../journal/recorder.ts';
import type { OpenCall } from '../run-state.ts';
import { earlierCalls } from './earlier-calls.ts';
import { givesBack, type Ledger, worstCase } from './ledger.ts';
import { reservationOf } from './reservations.ts';
import { SilenceWatch } from './silence-watch.ts';
import type { Traffic } from './traffic.ts';

export interface CallSenderOptions {
  readonly provider: ChatModel;
  readonly card: (model: string) => ModelCard | undefined;
  readonly recorder: Recorder;
  readonly ledger: Ledger;
  readonly traffic: Traffic;
  readonly clock: Clock;
  /** Ends every call in flight. */
  readonly signal: AbortSignal;
  readonly onNotice?: (text: string) => void;
}

/** A call that has its slot. */
export interface Sending {
  readonly key: CallKey;
  readonly request: ChatRequest;
  readonly options: CallOptions;
  /** Ends this call. */
  readonly signal: AbortSignal;
  /** The call's failed tries; those that the server wants asked otherwise are added. */
  readonly failed: FailedTry[];
}

/**
 * Pays for calls: each request that leaves reserves its worst case against every ceiling, is journaled before
 * it is sent and settled after. Where a server wants to be asked otherwise (without a parameter, elsewhere),
 * that is a further request, with a reservation of its own.
 */
export class CallSender {
  readonly #options: CallSenderOptions;
  /** Calls that were in flight when the process died; simulated ones are served for the rest of their time. */
  readonly #interrupted = new Map<CallKey, OpenCall>();
  readonly #silence: SilenceWatch;
  /** Further requests of calls that have their slot; all others wait for their turn (see CallTurnsOptions). */
  #room: (() => void)[] = [];
  /** The ceiling that last refused a call. */
  refusal: EndReason | undefined;

  constructor(options: CallSenderOptions) {
    this.#options = options;
    const { recorder, clock, onNotice } = options;
    this.#silence = new SilenceWatch(clock, (text) => onNotice?.(text));
    const open = [...recorder.state.openCalls.values()];
    if (clock.kind === 'virtual') for (const call of open) this.#interrupted.set(call.key, call);
    else if (open.length > 0) {
      for (const { call } of open) recorder.record({ kind: 'call-lost', call });
      onNotice?.(lostCallsText(open.map(({ reserved }) => reserved)));
    }
    if (clock.kind === 'virtual' && recorder.state.calls > 0)
      options.provider.past?.(earlierCalls(recorder.journal.events(), recorder.now()));
  }

  /** Whether a further call of this worst case would break a ceiling that calls in flight may leave room below. */
  lacksRoom(model: string, worst: Reservation): boolean {
    const { recorder, ledger } = this.#options;
    if (!ledger.mayGiveBack) return false;
    const broken = ledger.broken(reservationOf(recorder.state, model, worst), recorder.now());
    return broken !== undefined && givesBack(broken);
  }

  /** The call that an interruption left open and this try goes on with. */
  interrupted(key: CallKey, attempt: number): OpenCall | undefined {
    const open = this.#interrupted.get(key);
    return open?.attempt === attempt ? open : undefined;
  }

  async send(sending: Sending): Promise<ChatOutcome> {
    const { recorder, provider } = this.#options;
    const { key, request, options, signal } = sending;
    const interrupted = this.#interrupted.get(key);
    this.#interrupted.delete(key);
    const reserved = interrupted === undefined ? await this.#reserve(sending) : interrupted.call;
    if (typeof reserved !== 'number') return reserved;
    let call = reserved;
    await recorder.durable();
    if (signal.aborted) return aborted('stopped before the call was sent');
    const elapsedMs = interrupted === undefined ? 0 : recorder.now() - interrupted.dispatchedAt;
    const account = recorder.state.openCalls.get(call)?.account ?? 0;
    let refused: ChatOutcome | undefined;
    const onFurtherRequest = async (failure: CallFailure): Promise<ChatOutcome | undefined> => {
      const otherwise = { ...failure, code: furtherRequest, retryable: true };
      this.#silence.ended(call);
      this.#settle(sending, call, { kind: 'failed', failure: otherwise });
      sending.failed.push({ at: recorder.now(), failure: otherwise });
      const next = await this.#reserve(sending, account);
      if (typeof next !== 'number') {
        refused = next;
        return refused;
      }
      call = next;
      await recorder.durable();
      this.#silence.sent(call, request.model);
      return undefined;
    };
    this.#silence.sent(call, request.model);
    const outcome = await provider
      .complete(request, {
        ...options,
        signal,
        elapsedMs,
        ...(account === 0 ? {} : { key: account }),
        onFurtherRequest,
        onHeard: (awaited) => this.#silence.heard(call, awaited),
      })
      .finally(() => this.#silence.ended(call));
    if (refused === undefined) {
      this.#settle(sending, call, outcome);
      this.#tellSettled(sending, options.attempt ?? 0, outcome);
    }
    return outcome;
  }

  #tellSettled({ request, signal }: Sending, attempt: number, outcome: ChatOutcome): void {
    const { recorder, provider } = this.#options;
    if (provider.settled === undefined || signal.aborted) return;
    // What the journal could not keep stays where it is.
    recorder.durable().then(
      () => provider.settled?.(request, attempt, outcome),
      () => undefined,
    );
  }

  /**
   * The journaled call's number once its worst case fits, or why it never will.
   * @param goneBy the provider's key that the try goes by already
   */
  async #reserve(
    { key, request, options, signal, failed }: Sending,
    goneBy?: number,
  ): Promise<number | ChatOutcome> {
    const { recorder, ledger, card, traffic } = this.#options;
    const worst = worstCase(request, card(request.model));
    let reserved: Reservation;
    for (;;) {
      if (signal.aborted) return aborted('stopped before the call was sent');
      reserved = reservationOf(recorder.state, request.model, worst);
      const broken = ledger.broken(reserved, recorder.now()) ?? this.#tooLate(request.model);
      if (broken === undefined) break;
      if (recorder.state.openCalls.size === 0 || !givesBack(broken)) {
        this.refusal = broken;
        return aborted(
          `the budget's ceiling on ${broken} leaves no room for another call`,
          `budget-${broken}`,
        );
      }
      await new Promise<void>((resolve) => this.#room.push(resolve));
    }
    const call = recorder.state.calls;
    const account = goneBy ?? traffic.route(request.model, reserved, recorder.now()).account;
    recorder.record({
      kind: 'call-dispatched',
      call,
      key,
      attempt: failed.length,
      model: request.model,
      purpose: options.purpose ?? 'agent',
      reserved,
      ...(account === 0 ? {} : { account }),
    });
    return call;
  }

  /** Few of a model's calls were ever answered in the time that is left: it would be cut off, and perhaps be billed. */
  #tooLate(model: string): EndReason | undefined {
    const { recorder, ledger } = this.#options;
    return ledger.endsWithin(recorder.state.callTimes.soon(model), recorder.now()) ? 'time' : undefined;
  }

  #settle({ key, request }: Sending, call: number, outcome: ChatOutcome): void {
    const { provider, recorder, traffic, signal } = this.#options;
    if (outcome.kind === 'answered') {
      const { usage, usd, serviceMs } = outcome.response;
      const told = traffic.newsOf(call, outcome.rateLimit);
      recorder.journal.keepAnswer(key, outcome.response);
      const inFlight =
        provider.slowsUnderLoad?.(request.model) === true
          ? { inFlight: recorder.state.inFlight.meanOf(call, recorder.now()) }
          : {};
      recorder.record({ kind: 'call-answered', call, usage, usd, serviceMs, ...inFlight, ...told });
    } else if (outcome.failure.cause !== 'aborted') {
      const outage = traffic.isDown(request.model) ? { outage: true as const } : {};
      recorder.record({ kind: 'call-failed', call, failure: outcome.failure, ...outage });
    } else if (!signal.aborted) {
      // Given up by its caller alone: what it cost is not known.
      recorder.record({ kind: 'call-lost', call });
    }
    const waiting = this.#room;
    this.#room = [];
    for (const wake of waiting) wake();
  }
}

export function aborted(message: string, code = 'aborted'): ChatOutcome {
  return { kind: 'failed', failure: { cause: 'aborted', code, message, retryable: false, serviceMs: 0 } };
}
