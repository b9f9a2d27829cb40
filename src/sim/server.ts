import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { streamSSE } from 'hono/streaming';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { CallFailure, ChatModel, ChatOutcome, ChatResponse } from '../models/chat-model.ts';
import { simulatedModels } from './cards.ts';
import type { FaultRates } from './faults.ts';
import type { ServerLoadOptions } from './server-load.ts';
import {
  type ErrorReply,
  largestBody,
  type ParsedBody,
  parseBody,
  parseJson,
  serverError,
} from './server-request.ts';
import { createSimulatedModel } from './simulated-model.ts';
import type { Textbook } from './textbook/textbook.ts';

export interface SimServerOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Default `127.0.0.1`: this machine only. */
  readonly host?: string;
  readonly seed: string | number;
  readonly clock: Clock;
  readonly faults?: FaultRates;
  /** Questions that the models know by heart. */
  readonly textbook?: Textbook;
  /** Divides all waits; 1 (default) answers at the speed of the models' cards. */
  readonly speedup?: number;
  /** How busy calls keep the server. @defaultValue not at all */
  readonly load?: ServerLoadOptions;
}

export interface SimServer {
  /** The base URL that clients want, e.g. `http://127.0.0.1:8080/v1`. */
  readonly url: string;
  readonly port: number;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/**
 * Serves the simulated models as an OpenAI-compatible endpoint (`/v1/chat/completions`, `/v1/models`).
 * A request with a `seed` is answered the same way each time; one without, anew each time.
 * @throws what the system says when the port cannot be had
 */
export async function startSimServer(options: SimServerOptions): Promise<SimServer> {
  const { port, host = '127.0.0.1', seed, clock, faults, textbook, load, speedup = 1 } = options;
  if (!(speedup > 0)) throw new RangeError(`speedup: expected a number > 0, found ${speedup}`);
  const model = createSimulatedModel({
    clock: hastened(clock, speedup),
    seed,
    ...(faults ? { faults } : {}),
    ...(textbook ? { textbook } : {}),
    ...(load ? { load } : {}),
  });
  const server = createAdaptorServer({ fetch: createApp(model, textbook?.chapters() ?? []).fetch });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}/v1`,
    port: bound,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}

/** A clock on which waits take a fraction of their time. */
export function hastened(clock: Clock, speedup: number): Clock {
  if (speedup === 1) return clock;
  return {
    kind: clock.kind,
    now: () => clock.now() * speedup,
    sleep: (ms, signal) => clock.sleep(ms / speedup, signal),
    after: (ms, fire) => clock.after(ms / speedup, fire),
    external: (work, order) => clock.external(work, order),
    turn: (rank) => clock.turn(rank),
  };
}

function createApp(model: ChatModel, knows: readonly string[]): Hono {
  const app = new Hono();
  let asked = 0;
  app.get('/v1/models', (context) =>
    context.json({
      object: 'list',
      data: simulatedModels.map(({ name }) => ({
        id: name,
        object: 'model',
        created: 0,
        owned_by: 'simulated',
        knows,
      })),
    }),
  );
  const limit = bodyLimit({
    maxSize: largestBody,
    onError: (context) =>
      fail(context, serverError(413, `The body is larger than ${largestBody} bytes`, 'request_too_large')),
  });
  app.post('/v1/chat/completions', limit, async (context) => {
    const body = parseBody(parseJson(await context.req.text()));
    if (!body.ok) return fail(context, body.error);
    const number = asked++;
    // Seeds and running numbers name different samples, so a seeded answer never equals a later unseeded one.
    const sample = body.seed === undefined ? { repeat: 1, index: number } : { repeat: 0, index: body.seed };
    const header: Header = {
      id: `chatcmpl-simulated-${number}`,
      created: 0,
      model: body.model,
      system_fingerprint: `simulated-${model.revision(body.request.model)}`,
    };
    return respond(context, model, { ...body, request: { ...body.request, sample } }, header);
  });
  app.notFound((context) =>
    fail(context, serverError(404, `There is no ${context.req.path} here`, 'not_found')),
  );
  app.onError((error, context) => fail(context, serverError(500, messageOf(error), 'internal_error')));
  return app;
}

interface Header {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly system_fingerprint: string;
}
type Asked = ParsedBody & { readonly request: Parameters<ChatModel['complete']>[0] };

async function respond(context: Context, model: ChatModel, asked: Asked, header: Header): Promise<Response> {
  const gone = new AbortController();
  context.req.raw.signal.addEventListener('abort', () => gone.abort(), { once: true });
  if (!asked.stream) {
    const outcome = await model.complete(asked.request, { signal: gone.signal });
    const error = errorOf(outcome);
    return error === null ? context.json(completion(outcome, header)) : fail(context, error);
  }
  const pieces = new PieceQueue();
  const outcome = model.complete(asked.request, {
    signal: gone.signal,
    onDelta: (text) => pieces.push(text),
  });
  void outcome.finally(() => pieces.end()).catch(() => undefined);
  // A failure before the first piece is a plain HTTP error, so the head must wait for it.
  if (!(await pieces.hasFirst())) {
    const error = errorOf(await outcome);
    if (error !== null) return fail(context, error);
  }
  return streamSSE(context, async (stream) => {
    stream.onAbort(() => gone.abort());
    const send = (chunk: object): Promise<void> =>
      stream.writeSSE({ data: JSON.stringify({ ...header, object: 'chat.completion.chunk', ...chunk }) });
    const more = asked.includeUsage ? { usage: null } : {};
    await send({ choices: [choice({ role: 'assistant', content: '' })], ...more });
    for await (const text of pieces) await send({ choices: [choice({ content: text })], ...more });
    const ended = await outcome;
    await send({ choices: [choice({}, finishReason(ended))], ...more });
    if (asked.includeUsage) await send({ choices: [], usage: usageOf(ended) });
    await stream.writeSSE({ data: '[DONE]' });
  });
}

function choice(delta: object, finish_reason: string | null = null): object {
  return { index: 0, delta, logprobs: null, finish_reason };
}

function completion(outcome: ChatOutcome, header: Header): object {
  const response = responseOf(outcome);
  const message = { role: 'assistant', content: response?.text ?? null, refusal: null };
  return {
    ...header,
    object: 'chat.completion',
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(outcome) }],
    usage: usageOf(outcome),
  };
}

function responseOf(outcome: ChatOutcome): ChatResponse | null {
  return outcome.kind === 'answered' ? outcome.response : null;
}

function finishReason(outcome: ChatOutcome): string {
  return responseOf(outcome)?.finishReason ?? 'content_filter';
}

function usageOf(outcome: ChatOutcome): object {
  const { inputTokens = 0, outputTokens = 0 } = responseOf(outcome)?.usage ?? {};
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
}

/** The HTTP error for an outcome; a refusal is none, it ends with finish reason `content_filter`. */
function errorOf(outcome: ChatOutcome): (ErrorReply & { readonly retryAfterMs?: number }) | null {
  if (outcome.kind === 'answered' || outcome.failure.cause === 'refused') return null;
  const { cause, code, message, retryAfterMs }: CallFailure = outcome.failure;
  if (cause === 'context-overflow') return serverError(400, message, 'context_length_exceeded', 'messages');
  if (code === 'rate-limited') {
    const error = serverError(429, message, 'rate_limit_exceeded');
    return retryAfterMs === undefined ? error : { ...error, retryAfterMs };
  }
  return serverError(code === 'timeout' ? 504 : code === 'server-error' ? 503 : 500, message, code);
}

function fail(context: Context, error: ErrorReply & { readonly retryAfterMs?: number }): Response {
  if (error.retryAfterMs !== undefined) {
    context.header('retry-after-ms', String(error.retryAfterMs));
    context.header('retry-after', String(Math.ceil(error.retryAfterMs / 1000)));
  }
  return context.json(error.body, error.status);
}

/** Pieces of an answer on their way from the model's callback to the response's stream. */
class PieceQueue {
  readonly #waiting: string[] = [];
  #ended = false;
  #wake: () => void = () => undefined;

  push(piece: string): void {
    this.#waiting.push(piece);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Resolves to true when a piece is there, to false when none will come. */
  async hasFirst(): Promise<boolean> {
    while (this.#waiting.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#waiting.length > 0;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    while (await this.hasFirst()) yield this.#waiting.shift() ?? '';
  }
}
