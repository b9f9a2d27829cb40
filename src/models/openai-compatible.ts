import OpenAI, { APIError } from 'openai';
import { Stream } from 'openai/streaming';
import type { Clock } from '../core/clock.ts';
import { abortedOutcome, failedOutcome } from './abort.ts';
import { CallWatch, type StopCause } from './call-watch.ts';
import type {
  CallFailure,
  CallOptions,
  ChatModel,
  ChatOutcome,
  ChatRequest,
  ModelPrice,
  RateLimitInfo,
  Usage,
} from './chat-model.ts';
import { priceOf } from './chat-model.ts';
import { DialectBook, type DialectStore, type DialectTalk } from './dialect-book.ts';
import { AnswerCollector } from './openai-answer.ts';
import { adaptDialect, type Dialect, requestBody } from './openai-dialect.ts';
import { statusOf, toCallFailure, withReadableErrors } from './openai-errors.ts';
import { readRateLimit } from './rate-limit-headers.ts';
import { redact } from './redact.ts';
import { estimateUsage } from './token-estimate.ts';

export interface OpenAICompatibleOptions {
  /** Up to and including `/v1`. Part of the calls' identity, see {@link ChatModel.revision}. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Further keys of the same server; a call's `key` says which it goes by, 0 being {@link apiKey}. */
  readonly moreKeys?: readonly string[];
  readonly clock: Clock;
  /** Longest a call may take, dispatch to last token, in ms. Default 300,000. */
  readonly totalTimeoutMs?: number;
  /** Longest wait for the first token of a stream, in ms. Default 120,000. */
  readonly firstTokenTimeoutMs?: number;
  /** Price of a model by its full name (`provider/model`). Default: unknown. */
  readonly price?: (model: string) => ModelPrice | null;
  /** Where dialects are remembered beyond this process. Default: nowhere. */
  readonly dialectStore?: DialectStore;
  /** Told when a server turned out not to take all of the API, by the model's full name. */
  readonly onDialect?: (model: string, dialect: Dialect) => void;
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch;
}

/** A model behind an OpenAI-compatible chat API, with what its server's dialect turned out to be. */
export interface OpenAICompatibleModel extends ChatModel {
  /** What of the API the server takes for a model (full name), as far as is known by now. */
  dialect(model: string): Dialect;
}

export function createOpenAICompatible(options: OpenAICompatibleOptions): OpenAICompatibleModel {
  return new OpenAICompatible(options);
}

/** What one request came to: an outcome, or a refusal of something that can be left out. */
type Attempt =
  | ChatOutcome
  | {
      readonly kind: 'refused-parameter';
      readonly change: Partial<Dialect>;
      /** What it comes to where the change leads nowhere. */
      readonly failure: CallFailure;
    };

class OpenAICompatible implements OpenAICompatibleModel {
  readonly #book: DialectBook;
  readonly #options: OpenAICompatibleOptions;
  readonly #client: OpenAI;
  readonly #revision: string;
  readonly #totalMs: number;
  readonly #firstTokenMs: number;

  constructor(options: OpenAICompatibleOptions) {
    this.#options = options;
    this.#totalMs = options.totalTimeoutMs ?? 300_000;
    this.#firstTokenMs = options.firstTokenTimeoutMs ?? 120_000;
    this.#revision = redact(options.baseUrl.replace(/\/+$/, ''));
    this.#book = new DialectBook({
      endpoint: this.#revision,
      clock: options.clock,
      ...(options.dialectStore === undefined ? {} : { store: options.dialectStore }),
      onLearned: (model, dialect) => options.onDialect?.(model, dialect),
    });
    this.#client = new OpenAI({
      baseURL: options.baseUrl,
      apiKey: options.apiKey,
      // Left undefined, these would be read from the environment and sent to whatever server this is.
      organization: null,
      project: null,
      adminAPIKey: null,
      maxRetries: 0,
      // The watch ends calls by the clock port; the client's own timer must not come first.
      timeout: Math.min(2 ** 31 - 1, Math.ceil(this.#totalMs) + 60_000),
      fetch: withReadableErrors(options.fetch ?? globalThis.fetch),
      logLevel: 'off',
    });
  }

  revision(): string {
    return this.#revision;
  }

  keys(): number {
    return this.#keys.length;
  }

  dialect(model: string): Dialect {
    return this.#book.of(model).dialect;
  }

  async complete(request: ChatRequest, options: CallOptions = {}): Promise<ChatOutcome> {
    if (options.signal?.aborted) return abortedOutcome();
    const talk = await this.#book.enter(request, request.model, options.signal);
    try {
      for (;;) {
        if (options.signal?.aborted) return abortedOutcome();
        const attempt = await this.#attempt(request, options, talk);
        if (attempt.kind !== 'refused-parameter') return attempt;
        if (!talk.adapt(attempt.change)) return failedOutcome(attempt.failure);
      }
    } finally {
      talk.leave();
    }
  }

  async #attempt(request: ChatRequest, options: CallOptions, talk: DialectTalk): Promise<Attempt> {
    const { dialect } = talk;
    const { clock } = this.#options;
    const dispatchedAt = clock.now();
    const elapsed = (): number => clock.now() - dispatchedAt;
    const limit = dialect.stream ? this.#firstTokenMs : null;
    const watch = new CallWatch(clock, options.signal, this.#totalMs, limit);
    let firstTokenMs: number | null = null;
    const answer = new AnswerCollector({
      onText: (text) => options.onDelta?.(text),
      onRestart: () => options.onRestart?.(),
      onToken: () => {
        if (firstTokenMs !== null) return;
        firstTokenMs = elapsed();
        watch.gotFirstToken();
      },
    });
    let streamed = false;
    let failure: CallFailure | undefined;
    let rateLimit: RateLimitInfo | undefined;
    try {
      const body = requestBody(request, serverName(request.model), dialect);
      const response = await this.#client.chat.completions
        .create(body, { signal: watch.controller.signal, ...this.#authorization(options.key) })
        .asResponse();
      rateLimit = readRateLimit(response.headers);
      streamed = await this.#read(request, response, answer, watch, talk);
    } catch (error) {
      if (watch.cause === undefined) {
        failure = toCallFailure(error, this.#keys, elapsed());
        const change = answer.hasOutput ? undefined : refusedParameter(error, dialect, request);
        if (change !== undefined) return { kind: 'refused-parameter', change, failure };
      }
    } finally {
      watch.end();
    }
    const serviceMs = elapsed();
    if (watch.cause !== undefined) failure = stopFailure(watch.cause, serviceMs);
    failure ??= answerFailure(answer, streamed, serviceMs);
    if (failure !== undefined) return this.#failed(failure, request, answer);
    const answered = await this.#answered(request, answer, serviceMs, streamed ? firstTokenMs : null);
    return rateLimit === undefined ? answered : { ...answered, rateLimit };
  }

  get #keys(): readonly string[] {
    return [this.#options.apiKey, ...(this.#options.moreKeys ?? [])];
  }

  #authorization(key = 0): { headers?: Record<string, string> } {
    const other = key === 0 ? undefined : this.#options.moreKeys?.[key - 1];
    return other === undefined ? {} : { headers: { authorization: `Bearer ${other}` } };
  }

  /** Reads the whole response into the collector; returns whether it streamed. */
  async #read(
    request: ChatRequest,
    response: Response,
    answer: AnswerCollector,
    watch: CallWatch,
    talk: DialectTalk,
  ): Promise<boolean> {
    // Some servers take `stream: true` and then answer in one piece all the same.
    const isJson = /^application\/json\b/i.test(response.headers.get('content-type') ?? '');
    if (!talk.dialect.stream || isJson) {
      watch.gotFirstToken();
      const body: unknown = await response.json();
      throwIfError(body, response.headers);
      talk.accepted(request);
      answer.accept(body);
      if (answer.hasChoice) answer.end ??= 'stop';
      answer.finish();
      return false;
    }
    for await (const chunk of Stream.fromSSEResponse<unknown>(response, watch.controller, this.#client)) {
      if (watch.cause !== undefined) break;
      talk.accepted(request);
      answer.accept(chunk);
      // Leaving the stream ends the request, so that no more is generated.
      if (answer.cutBeyond(request.maxTokens)) break;
    }
    if (watch.cause === undefined) answer.finish();
    return true;
  }

  async #answered(
    request: ChatRequest,
    answer: AnswerCollector,
    serviceMs: number,
    firstTokenMs: number | null,
  ): Promise<Extract<ChatOutcome, { kind: 'answered' }>> {
    const usage = await usageOf(request, answer);
    return {
      kind: 'answered',
      response: {
        text: answer.text,
        ...(answer.reasoning === '' ? {} : { reasoning: answer.reasoning }),
        finishReason: answer.end === 'length' ? 'length' : 'stop',
        usage,
        serviceMs,
        firstTokenMs,
        usd: this.#usd(request.model, usage),
        ...(answer.fingerprint === undefined ? {} : { fingerprint: answer.fingerprint }),
      },
    };
  }

  /** A failure with what it cost all the same: text that arrived before the end was generated and is billed. */
  async #failed(failure: CallFailure, request: ChatRequest, answer: AnswerCollector): Promise<ChatOutcome> {
    if (answer.usage === undefined && !answer.hasOutput) return failedOutcome(failure);
    const usage = await usageOf(request, answer);
    return failedOutcome({ ...failure, usage, usd: this.#usd(request.model, usage) });
  }

  #usd(model: string, usage: Usage): number | null {
    return priceOf(this.#options.price?.(model) ?? null, usage);
  }
}

/** `groq/llama-3.3-70b` → `llama-3.3-70b`; only the provider goes, since names may hold slashes. */
function serverName(model: string): string {
  return model.slice(model.indexOf('/') + 1);
}

function refusedParameter(
  error: unknown,
  dialect: Dialect,
  request: ChatRequest,
): Partial<Dialect> | undefined {
  if (!(error instanceof APIError)) return undefined;
  const status = statusOf(error);
  if (toCallFailure(error, [], 0).cause !== 'rejected' && status !== 500 && status !== 501) return undefined;
  return adaptDialect({ status, param: error.param ?? undefined, message: error.message }, dialect, request);
}

/** Some gateways report an outage with status 200 and an error as the body. */
function throwIfError(body: unknown, headers: Headers): void {
  if (typeof body !== 'object' || body === null || !('error' in body) || !body.error) return;
  const error = typeof body.error === 'object' ? body.error : { message: String(body.error) };
  throw new APIError(undefined, error, undefined, headers);
}

function stopFailure(cause: StopCause, serviceMs: number): CallFailure {
  if (cause === 'aborted') {
    return { cause, code: 'aborted', message: 'the call was cancelled', retryable: false, serviceMs };
  }
  const message =
    cause === 'timeout' ? 'the answer was not finished in time' : 'the first token did not come in time';
  return { cause: 'infrastructure', code: cause, message, retryable: true, serviceMs };
}

/** What is wrong with a response that came without an error, if anything. */
function answerFailure(
  answer: AnswerCollector,
  streamed: boolean,
  serviceMs: number,
): CallFailure | undefined {
  const broken = (code: string, message: string): CallFailure => ({
    cause: 'infrastructure',
    code,
    message,
    retryable: true,
    serviceMs,
  });
  const refused = (code: string, message: string): CallFailure => ({
    cause: 'refused',
    code,
    message,
    retryable: false,
    serviceMs,
  });
  if (answer.end === 'filtered')
    return refused('content-filter', "the provider's content filter stopped the answer");
  if (answer.end === 'broken') return broken('server-error', 'the server gave up half-way');
  if (answer.end === undefined && !streamed) return broken('empty-response', 'the response held no choice');
  if (answer.end === undefined) return broken('stream-cut', 'the stream ended without a finish reason');
  if (answer.refusal !== '' && answer.text === '') return refused('refusal', answer.refusal.slice(0, 500));
  return undefined;
}

/** Usage as told; estimated where it is missing, or denies that anything was generated. */
async function usageOf(request: ChatRequest, answer: AnswerCollector): Promise<Usage> {
  const told = answer.usage;
  const denies =
    told !== undefined && (told.inputTokens === 0 || (answer.hasOutput && told.outputTokens === 0));
  if (told !== undefined && !denies) return told;
  return estimateUsage(request.messages, answer);
}
