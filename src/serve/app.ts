import { type Context, Hono } from 'hono';
import { err, ok, type Result } from '../core/result.ts';
import { type ApiError, serverFailed } from '../models/api-error.ts';
import { parseJsonBody, readBody } from '../models/json-body.ts';
import { sendError } from '../models/openai/chat-api.ts';
import type { Adaptation } from './adaptation.ts';
import type { Front } from './catalogue.ts';
import { type AppContext, ChatExchange, type ExchangeOptions, type ServerBindings } from './chat-exchange.ts';
import { parseChatRequest } from './chat-request.ts';
import { addFeedback, showDecision } from './decisions.ts';
import { Idempotency } from './idempotency.ts';
import { findKey, type KeyEntry } from './keys.ts';
import { refusedOrigin } from './local-only.ts';
import { metricsContentType } from './metrics.ts';
import { listModels, showModel } from './model-list.ts';
import type { StateHealth } from './state-health.ts';
import type { ServeStore } from './store.ts';

export interface AppOptions extends ExchangeOptions {
  readonly front: () => Front;
  readonly store: ServeStore;
  readonly health: StateHealth;
  readonly adaptation?: Adaptation;
  /** Those that may ask; `undefined`: anybody who reaches the port. */
  readonly keys: () => readonly KeyEntry[] | undefined;
}

/** The endpoint's routes. */
export function createApp(options: AppOptions): Hono<ServerBindings> {
  const app = new Hono<ServerBindings>();
  const { service, metrics, clock } = options;
  const idempotency = new Idempotency(() => clock.now());
  const refuse = (context: Context, error: ApiError): Response => {
    metrics.rejected(error.code);
    return sendError(context, error);
  };
  const withKey =
    (handle: (context: AppContext, key: KeyEntry | undefined) => Response | Promise<Response>) =>
    (context: AppContext) => {
      const key = keyOf(context, options.keys());
      return key.ok ? handle(context, key.value) : refuse(context, key.error);
    };
  app.get('/healthz', (context) => context.text('ok'));
  app.get('/readyz', (context) => {
    if (service.places.draining) return context.text('draining', 503);
    return options.health.isWritable
      ? context.text('ready')
      : context.text('cannot write what the server remembers (its log tells why)', 503);
  });
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
      const found = showDecision(options, key, context.req.param('id') ?? '');
      return found.ok ? context.json(found.value) : refuse(context, found.error);
    }),
  );
  app.post(
    '/v1/feedback',
    withKey(async (context, key) => {
      const text = await readBody(context.env.incoming);
      const body = text.ok ? parseJsonBody(text.value) : text;
      if (!body.ok) return refuse(context, body.error);
      const written = options.health.attempt(() => addFeedback(options, key, body.value));
      const taken = written.ok ? written.value : written;
      if (!taken.ok) return refuse(context, taken.error);
      if (taken.value.counted) metrics.feedback();
      return context.json(taken.value, 202);
    }),
  );
  app.post(
    '/v1/chat/completions',
    withKey(async (context, key) => {
      const text = await readBody(context.env.incoming);
      if (!text.ok) return refuse(context, text.error);
      const body = parseJsonBody(text.value);
      const ask = body.ok ? parseChatRequest(body.value, context.req.header('x-mixtune')) : body;
      if (!ask.ok) return refuse(context, ask.error);
      const chat = new ChatExchange(options, idempotency, context, ask.value, key);
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
      : 'This server does not know the key (mixtune serve key add NAME makes one)';
  return err({ status: 401, code: 'invalid_api_key', message });
}
