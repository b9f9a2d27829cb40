import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from 'hono';
import { onAbort } from '../core/abort.ts';
import type { Clock } from '../core/clock.ts';
import { err, ok, type Result } from '../core/result.ts';
import { type ApiError, badRequest, serverFailed } from '../models/api-error.ts';
import { memberModel } from './catalogue.ts';
import type { ChatAsk } from './chat-request.ts';
import { ChatStream } from './chat-stream.ts';
import { completionBody, type Header } from './completion.ts';
import type { Idempotency, Shared } from './idempotency.ts';
import type { KeyEntry } from './keys.ts';
import type { ServeMetrics } from './serve-metrics.ts';
import type { ChatService, Running, ServedAnswer } from './service.ts';

/** What Node hands on with a request. */
export interface ServerBindings {
  readonly Bindings: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse };
}
export type AppContext = Context<ServerBindings>;

export interface ExchangeOptions {
  readonly service: ChatService;
  readonly metrics: ServeMetrics;
  readonly clock: Clock;
  readonly today: () => Date;
  /** Aborted when running answers are to be given up. */
  readonly stop: AbortSignal;
  /** Told of bugs, which clients see as an error 500 without details. */
  readonly onBug: (error: unknown) => void;
}

/** One chat request and the way its answer goes back. */
export class ChatExchange {
  readonly #options: ExchangeOptions;
  readonly #idempotency: Idempotency;
  readonly #context: AppContext;
  readonly #ask: ChatAsk;
  readonly #key: KeyEntry | undefined;
  readonly #began: number;
  #firstAt: number | undefined;

  constructor(
    options: ExchangeOptions,
    idempotency: Idempotency,
    context: AppContext,
    ask: ChatAsk,
    key: KeyEntry | undefined,
  ) {
    this.#options = options;
    this.#idempotency = idempotency;
    this.#context = context;
    this.#ask = ask;
    this.#key = key;
    this.#began = options.clock.now();
  }

  async answer(body: string): Promise<Result<Response, ApiError>> {
    const { clock, stop } = this.#options;
    let leave = (): void => undefined;
    let header: Header | undefined;
    const stream = this.#ask.stream
      ? new ChatStream(
          clock,
          this.#ask,
          () => header as Header,
          () => leave(),
        )
      : undefined;
    const shared = this.#begin(body, (event) => {
      if (event.kind === 'answer-delta') this.#first();
      stream?.take(event);
    });
    if (!shared.ok) {
      stream?.abandon();
      return shared;
    }
    const { running } = shared.value;
    header = headerOf(running, this.#options.today());
    leave = shared.value.leave;
    const { outgoing } = this.#context.env;
    if (outgoing.destroyed) leave();
    outgoing.once('close', leave);
    const outcome = stoppedBy(running.outcome, stop);
    if (stream === undefined) {
      const result = await outcome;
      this.#first();
      leave();
      return result.ok ? ok(this.#whole(header, running, result.value)) : result;
    }
    const early = await stream.head(clock, outcome).catch((error: unknown) => {
      // Its keep-alive would go on for ever, and the server would never end.
      stream.abandon();
      leave();
      throw error;
    });
    if (early !== undefined) return err(early);
    void this.#stream(stream, running, outcome, leave);
    return ok(new Response(stream.body, { headers: { ...streamHeaders, ...this.#headers(running) } }));
  }

  #begin(body: string, onEvent: ChatStream['take']): Result<Shared, ApiError> {
    const { service } = this.#options;
    const name = this.#context.req.header('idempotency-key');
    const owner = this.#key?.name ?? '';
    if (name !== undefined) {
      if (name === '' || name.length > 255) {
        return err(badRequest('Idempotency-Key: expected 1 to 255 characters', 'Idempotency-Key'));
      }
      const joined = this.#idempotency.join(owner, name, body);
      if (!joined.ok) return joined;
      if (joined.value !== undefined) return ok(joined.value);
    }
    const gone = new AbortController();
    const started = service.start(this.#ask, this.#key, gone.signal, onEvent);
    if (!started.ok) return started;
    const running = started.value;
    let ended = false;
    const abort = (): void => {
      if (!ended) gone.abort(left);
    };
    const unwatch = onAbort(this.#options.stop, abort);
    const end = (): void => {
      ended = true;
      unwatch();
    };
    running.outcome.then(end, end);
    if (name !== undefined) return ok(this.#idempotency.keep(owner, name, body, running, abort));
    return ok({ running, leave: abort });
  }

  async #stream(
    stream: ChatStream,
    running: Running,
    outcome: Promise<Result<ServedAnswer, ApiError>>,
    leave: () => void,
  ): Promise<void> {
    try {
      const result = await outcome;
      this.#first();
      stream.finish(running, result);
    } catch (error) {
      this.#options.onBug(error);
      stream.fail(serverFailed);
    } finally {
      leave();
    }
  }

  #whole(header: Header, running: Running, answer: ServedAnswer): Response {
    const overhead = Math.max(0, answer.ms - answer.trace.latencyMs);
    return this.#context.json(completionBody(header, running, answer), 200, {
      ...this.#headers(running),
      'server-timing': `overhead;dur=${overhead.toFixed(1)}, models;dur=${answer.trace.latencyMs.toFixed(1)}`,
    });
  }

  #headers({ id, decision }: Running): Record<string, string> {
    return { 'x-request-id': id, 'x-mixtune-config': decision.member.id, 'x-mixtune-decision': id };
  }

  #first(): void {
    if (this.#firstAt !== undefined) return;
    this.#firstAt = this.#options.clock.now();
    this.#options.metrics.firstPiece(this.#firstAt - this.#began);
  }
}

/** Given, since an abort without a reason builds an error with its stack. */
const left = Symbol('left');

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  'transfer-encoding': 'chunked',
};

function headerOf({ id, decision }: Running, now: Date): Header {
  const model = memberModel(decision.member.id);
  return { id: `chatcmpl-${id}`, created: Math.floor(now.getTime() / 1000), model };
}

/** What a request comes to, unless the server stops first. */
function stoppedBy(
  outcome: Promise<Result<ServedAnswer, ApiError>>,
  stop: AbortSignal,
): Promise<Result<ServedAnswer, ApiError>> {
  return new Promise((resolve, reject) => {
    const unwatch = onAbort(stop, () => resolve(err(stopping)));
    outcome.then(resolve, reject).finally(unwatch);
  });
}

const stopping: ApiError = {
  status: 503,
  code: 'draining',
  message: 'The server shut down before the answer was through; ask another',
};
