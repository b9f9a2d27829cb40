import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { onAbort } from '../core/abort.ts';
import type { Clock } from '../core/clock.ts';
import { codeOf } from '../core/errors.ts';
import { err, ok, type Result } from '../core/result.ts';
import { type ApiError, badRequest, errorBody, errorHeaders } from './api-error.ts';
import { type Front, memberModel } from './catalogue.ts';
import { type ChatAsk, parseChatRequest } from './chat-request.ts';
import { ChatStream } from './chat-stream.ts';
import { completionBody, type Header } from './completion.ts';
import { addFeedback, showDecision } from './decisions.ts';
import { Idempotency, type Shared } from './idempotency.ts';
import { largestBody, parseJsonBody, tooLarge } from './json-body.ts';
import { findKey, type KeyEntry } from './keys.ts';
import { refusedOrigin } from './local-only.ts';
import { metricsContentType } from './metrics.ts';
import { listModels, showModel } from './model-list.ts';
import type { ServeMetrics } from './serve-metrics.ts';
import type { ChatService, Running, ServedAnswer } from './service.ts';
import type { ServeStore } from './store.ts';

export interface AppOptions {
  readonly service: ChatService;
  readonly front: () => Front;
  readonly store: ServeStore;
  readonly metrics: ServeMetrics;
  readonly clock: Clock;
  readonly today: () => Date;
  /** Those that may ask; `undefined`: anybody who reaches the port. */
  readonly keys: () => readonly KeyEntry[] | undefined;
  /** Aborted when running answers are to be given up. */
  readonly stop: AbortSignal;
  /** Told of bugs, which clients see as an error 500 without details. */
  readonly onBug: (error: unknown) => void;
}

/** The endpoint's routes. */
export function createApp(options: AppOptions): Hono {
  const app = new Hono();
  const { service, metrics, clock } = options;
  const idempotency = new Idempotency(() => clock.now());
  const refuse = (context: Context, error: ApiError): Response => {
    metrics.rejected(error.code);
    return fail(context, error);
  };
  const withKey =
    (handle: (context: Context, key: KeyEntry | undefined) => Response | Promise<Response>) =>
    (context: Context) => {
      const key = keyOf(context, options.keys());
      return key.ok ? handle(context, key.value) : refuse(context, key.error);
    };
  app.get('/healthz', (context) => context.text('ok'));
  app.get('/readyz', (context) => (service.draining ? context.text('draining', 503) : context.text('ready')));
  app.get(
    '/metrics',
    withKey((context) => context.text(metrics.registry.text(), 200, { 'content-type': metricsContentType })),
  );
  app.get(
    '/v1/models',
    withKey((context, key) => context.json(listModels(options.front(), key))),
  );
  app.get(
    '/v1/models/:id{.+}',
    withKey((context, key) => {
      const found = showModel(options.front(), key, context.req.param('id') ?? '');
      return found.ok ? context.json(found.value) : refuse(context, found.error);
    }),
  );
  app.get(
    '/v1/decisions/:id',
    withKey((context, key) => {
      const found = showDecision(options.store, key, context.req.param('id') ?? '');
      return found.ok ? context.json(found.value) : refuse(context, found.error);
    }),
  );
  const limit = bodyLimit({ maxSize: largestBody, onError: (context) => refuse(context, tooLarge) });
  app.post(
    '/v1/feedback',
    limit,
    withKey(async (context, key) => {
      const text = await textOf(context);
      const body = text.ok ? parseJsonBody(text.value) : text;
      const taken = body.ok ? addFeedback(options, key, body.value) : body;
      if (!taken.ok) return refuse(context, taken.error);
      if (taken.value.counted) metrics.feedback();
      return context.json(taken.value, 202);
    }),
  );
  app.post(
    '/v1/chat/completions',
    limit,
    withKey(async (context, key) => {
      const text = await textOf(context);
      if (!text.ok) return refuse(context, text.error);
      const body = parseJsonBody(text.value);
      const ask = body.ok ? parseChatRequest(body.value, context.req.header('x-mixtune')) : body;
      if (!ask.ok) return refuse(context, ask.error);
      const chat = new Chat(options, idempotency, context, ask.value, key);
      const response = await chat.answer(text.value);
      return response.ok ? response.value : refuse(context, response.error);
    }),
  );
  app.notFound((context) => {
    const message = `There is no ${context.req.method} ${context.req.path.slice(0, 100)} here`;
    return refuse(context, { status: 404, code: 'not_found', message });
  });
  app.onError((error, context) => {
    options.onBug(error);
    return refuse(context, serverFailed);
  });
  return app;
}

/** One chat request and the way its answer goes back. */
class Chat {
  readonly #options: AppOptions;
  readonly #idempotency: Idempotency;
  readonly #context: Context;
  readonly #ask: ChatAsk;
  readonly #key: KeyEntry | undefined;
  readonly #began: number;
  #firstAt: number | undefined;

  constructor(
    options: AppOptions,
    idempotency: Idempotency,
    context: Context,
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
    const raw = this.#context.req.raw.signal;
    const unwatch = onAbort(raw, () => shared.value.leave());
    leave = () => {
      unwatch();
      shared.value.leave();
    };
    const outcome = stoppedBy(running.outcome, stop);
    if (stream === undefined) {
      const result = await outcome;
      this.#first();
      leave();
      return result.ok ? ok(this.#whole(header, running, result.value)) : result;
    }
    const early = await stream.head(clock, outcome);
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
    const abort = (): void => gone.abort();
    running.outcome.finally(onAbort(this.#options.stop, abort)).catch(() => undefined);
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

const serverFailed: ApiError = {
  status: 500,
  code: 'internal_error',
  message: 'The server failed; its log tells why',
};

/** A request's body. That a client goes away within it is nobody's bug. */
async function textOf(context: Context): Promise<Result<string, ApiError>> {
  try {
    return ok(await context.req.text());
  } catch (error) {
    if (codeOf(error) !== 'ECONNRESET') throw error;
    return err({ status: 499, code: 'client_gone', message: 'The request broke off' });
  }
}

function keyOf(
  context: Context,
  keys: readonly KeyEntry[] | undefined,
): Result<KeyEntry | undefined, ApiError> {
  if (keys === undefined) {
    const refused = refusedOrigin(context.req.header('host'), context.req.header('origin'));
    return refused === undefined ? ok(undefined) : err(refused);
  }
  const [, given] = /^Bearer\s+(\S+)\s*$/i.exec(context.req.header('authorization') ?? '') ?? [];
  const found = given === undefined ? undefined : findKey(keys, given);
  if (found !== undefined) return ok(found);
  const message =
    given === undefined
      ? 'Expected a key of this server as "Authorization: Bearer …"'
      : 'The key is none of this server (mixtune serve key add NAME makes one)';
  return err({ status: 401, code: 'invalid_api_key', message });
}

function fail(context: Context, error: ApiError): Response {
  // 499 is nobody's to see: the client has gone.
  const status = error.status === 499 ? 500 : error.status;
  return context.json(errorBody(error), status, errorHeaders(error));
}
