import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono, type Context as HonoContext } from 'hono';
import type { Clock } from '../core/clock.ts';
import { defined } from '../core/defined.ts';
import { messageOf } from '../core/errors.ts';
import { type ApiError, badRequest } from '../models/api-error.ts';
import type { CallFailure, ChatModel, ChatOutcome, ChatResponse } from '../models/chat-model.ts';
import { listen } from '../models/http-server.ts';
import { parseJsonBody, readBody } from '../models/json-body.ts';
import { chunkChoice, sendError } from '../models/openai/chat-api.ts';
import { simulatedModels } from './cards.ts';
import type { FaultRates } from './faults.ts';
import type { ServerLoadOptions } from './server-load.ts';
import { type ParsedBody, parseBody } from './server-request.ts';
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
    ...defined({ faults, textbook, load }),
  });
  const app = createApp(model, textbook?.chapters() ?? []);
  const { origin, port: bound, close } = await listen(app.fetch, host, port);
  return { url: `${origin}/v1`, port: bound, close };
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

/** Of a request's body, in bytes. */
const largestBody = 16 * 2 ** 20;

type Server = { Bindings: HttpBindings };
type Context = HonoContext<Server>;

function createApp(model: ChatModel, knows: readonly string[]): Hono<Server> {
  const app = new Hono<Server>();
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
  app.post('/v1/chat/completions', async (context) => {
    const text = await readBody(context.env.incoming, largestBody);
    const json = text.ok ? parseJsonBody(text.value) : text;
    const body = json.ok ? parseBody(json.value) : json;
    if (!body.ok) return sendError(context, body.error);
    const { request, seed, model: name } = body.value;
    const number = asked++;
    // Seeds and running numbers name different samples, so a seeded answer never equals a later unseeded one.
    const sample = seed === undefined ? { repeat: 1, index: number } : { repeat: 0, index: seed };
    const header: Header = {
      id: `chatcmpl-simulated-${number}`,
      created: 0,
      model: name,
      system_fingerprint: `simulated-${model.revision(request.model)}`,
    };
    return respond(context, model, { ...body.value, request: { ...request, sample } }, header);
  });
  app.notFound((context) =>
    sendError(context, { status: 404, code: 'not_found', message: `There is no ${context.req.path} here` }),
  );
  app.onError((error, context) =>
    sendError(context, { status: 500, code: 'internal_error', message: messageOf(error) }),
  );
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
  const { outgoing } = context.env;
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort('gone');
  });
  if (!asked.stream) {
    const outcome = await model.complete(asked.request, { signal: gone.signal });
    const error = errorOf(outcome);
    return error === null ? context.json(completion(outcome, header)) : sendError(context, error);
  }
  const stream = new EventStream(outgoing, header, asked.includeUsage);
  const outcome = await model.complete(asked.request, {
    signal: gone.signal,
    onDelta: (text) => stream.piece(text),
  });
  // A failure before the first piece is a plain HTTP error, for which the head has waited.
  const error = errorOf(outcome);
  if (error !== null && !stream.hasBegun) return sendError(context, error);
  stream.end(outcome);
  return RESPONSE_ALREADY_SENT;
}

/** An answer as it is written, straight to the socket: hundreds may be, and a web stream for each is most of the work. */
class EventStream {
  readonly #outgoing: HttpBindings['outgoing'];
  readonly #header: Header;
  readonly #includeUsage: boolean;
  hasBegun = false;

  constructor(outgoing: HttpBindings['outgoing'], header: Header, includeUsage: boolean) {
    this.#outgoing = outgoing;
    this.#header = header;
    this.#includeUsage = includeUsage;
  }

  piece(content: string): void {
    this.#begin();
    this.#send({ choices: [chunkChoice({ content })] });
  }

  end(outcome: ChatOutcome): void {
    this.#begin();
    this.#send({ choices: [chunkChoice({}, finishReason(outcome))] });
    if (this.#includeUsage) this.#send({ choices: [], usage: usageOf(outcome) });
    this.#outgoing.end('data: [DONE]\n\n');
  }

  #begin(): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.#outgoing.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    this.#send({ choices: [chunkChoice({ role: 'assistant', content: '' })] });
  }

  #send(chunk: object): void {
    const usage = this.#includeUsage ? { usage: null } : {};
    const event = { ...this.#header, object: 'chat.completion.chunk', ...usage, ...chunk };
    this.#outgoing.write(`data: ${JSON.stringify(event)}\n\n`);
  }
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
function errorOf(outcome: ChatOutcome): ApiError | null {
  if (outcome.kind === 'answered' || outcome.failure.cause === 'refused') return null;
  const { cause, code, message, retryAfterMs }: CallFailure = outcome.failure;
  if (cause === 'context-overflow') return badRequest(message, 'messages', 'context_length_exceeded');
  if (code === 'rate-limited') {
    const retryAfter = retryAfterMs && retryAfterMs / 1000;
    return { status: 429, code: 'rate_limit_exceeded', message, ...defined({ retryAfter }) };
  }
  return { status: code === 'timeout' ? 504 : code === 'server-error' ? 503 : 500, code, message };
}
