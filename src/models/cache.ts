import { abortedOutcome, onAbort } from './abort.ts';
import { type CallKey, callKey } from './call-key.ts';
import type { CallOptions, ChatModel, ChatOutcome, ChatRequest, ChatResponse } from './chat-model.ts';
import type { CallStore } from './stored-call.ts';

/** A call under way and how many callers still want its outcome. */
interface Flight {
  readonly outcome: Promise<ChatOutcome>;
  readonly controller: AbortController;
  waiters: number;
}

/**
 * The model behind a cache of answers, by call key. Equal calls in flight share one; whoever joins
 * pays nothing, so its answer is flagged `cached`. Answers come back as first taken, service time
 * and usage included, in one piece. Failures are not kept.
 *
 * Giving up a shared call leaves it running for the others; the last to give up cancels it.
 * Errors of the store are thrown: an answer that cannot be kept would be paid for again.
 */
export function withCache(model: ChatModel, store: CallStore): ChatModel {
  const cache = new Cache(model, store);
  return {
    complete: (request, options) => cache.complete(request, options),
    revision: (name) => model.revision(name),
  };
}

class Cache {
  readonly #model: ChatModel;
  readonly #store: CallStore;
  readonly #flights = new Map<CallKey, Flight>();

  constructor(model: ChatModel, store: CallStore) {
    this.#model = model;
    this.#store = store;
  }

  async complete(request: ChatRequest, options: CallOptions = {}): Promise<ChatOutcome> {
    if (options.signal?.aborted) return abortedOutcome();
    const key = callKey(request, this.#model);
    const stored = this.#store.get(key);
    if (stored !== undefined) return deliver(stored.response, options);
    const running = this.#flights.get(key);
    const flight = running ?? this.#takeOff(key, request, options);
    const outcome = await this.#wait(key, flight, options.signal);
    return running === undefined ? outcome : asJoined(outcome, options);
  }

  #takeOff(key: CallKey, request: ChatRequest, options: CallOptions): Flight {
    const controller = new AbortController();
    const flight: Flight = {
      controller,
      waiters: 0,
      outcome: this.#call(key, request, { ...ownPieces(options), signal: controller.signal }).finally(() =>
        this.#land(key, flight),
      ),
    };
    this.#flights.set(key, flight);
    return flight;
  }

  async #call(key: CallKey, request: ChatRequest, options: CallOptions): Promise<ChatOutcome> {
    const outcome = await this.#model.complete(request, options);
    if (outcome.kind === 'answered') {
      const revision = this.#model.revision(request.model);
      this.#store.put(key, { model: request.model, revision, response: outcome.response });
    }
    return outcome;
  }

  async #wait(key: CallKey, flight: Flight, signal: AbortSignal | undefined): Promise<ChatOutcome> {
    flight.waiters++;
    if (signal === undefined) return flight.outcome;
    let stopListening = (): void => undefined;
    const givenUp = new Promise<ChatOutcome>((resolve) => {
      stopListening = onAbort(signal, () => {
        flight.waiters--;
        if (flight.waiters > 0) return resolve(abortedOutcome());
        // Nobody else waits: the call itself ends, and its own outcome tells what it cost.
        this.#land(key, flight);
        flight.controller.abort(signal.reason);
      });
    });
    try {
      return await Promise.race([flight.outcome, givenUp]);
    } finally {
      stopListening();
    }
  }

  /** From here on an equal call starts afresh (or finds the answer in the store). */
  #land(key: CallKey, flight: Flight): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}

/** Options of the caller who started the call; once it gives up, it hears no more. */
function ownPieces(options: CallOptions): CallOptions {
  const { signal, onDelta, onRestart } = options;
  if (signal === undefined) return options;
  return {
    ...options,
    ...(onDelta === undefined ? {} : { onDelta: (text: string) => void (signal.aborted || onDelta(text)) }),
    ...(onRestart === undefined ? {} : { onRestart: () => void (signal.aborted || onRestart()) }),
  };
}

function deliver(response: ChatResponse, options: CallOptions): ChatOutcome {
  if (response.text !== '') options.onDelta?.(response.text);
  return { kind: 'answered', response, cached: true };
}

/** A shared outcome as one who joined gets it: what it cost is on the account of who started it. */
function asJoined(outcome: ChatOutcome, options: CallOptions): ChatOutcome {
  if (outcome.kind === 'answered') return deliver(outcome.response, options);
  const { usage: _usage, usd: _usd, ...failure } = outcome.failure;
  return { kind: 'failed', failure };
}
