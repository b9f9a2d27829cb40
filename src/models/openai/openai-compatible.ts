import type { Clock } from '../../core/clock.ts';
import { defined } from '../../core/defined.ts';
import { redact } from '../../core/redact.ts';
import { abortedOutcome, failedOutcome } from '../abort.ts';
import { defaultMaxTokens } from '../call-key.ts';
import type {
  CallFailure,
  CallOptions,
  ChatModel,
  ChatOutcome,
  ChatRequest,
  ModelPrice,
  RateLimitInfo,
  Usage,
} from '../chat-model.ts';
import { priceOf } from '../chat-model.ts';
import { answerFailure, type Read, refusedParameter, throwIfError } from '../limits/attempt-failures.ts';
import { CallWatch } from '../limits/call-watch.ts';
import { serverName } from '../model-names.ts';
import { SecretForms } from '../secret-mask.ts';
import { type ServerNote, ServerNotes } from '../server-note.ts';
import { DialectBook, type DialectStore, type DialectTalk } from './dialect-book.ts';
import { asText, wordsIn } from './error-body.ts';
import type { Reply } from './http-post.ts';
import { AnswerCollector } from './openai-answer.ts';
import { OpenAIClient } from './openai-client.ts';
import { type Dialect, describeDialect, requestBody } from './openai-dialect.ts';
import { ServerError, toCallFailure } from './openai-errors.ts';
import { readRateLimit } from './rate-limit-headers.ts';
import { RedirectedError } from './redirected-error.ts';
import { type Received, readAnswer, responseLimit } from './response-body.ts';
import { noteOddities, noteUsage } from './server-oddities.ts';
import { checkUsage } from './usage-check.ts';

export interface OpenAICompatibleOptions {
  /** Up to and including `/v1`. Part of the calls' identity, see {@link ChatModel.revision}. */
  readonly baseUrl: string;
  /** Masked wherever the server says it again. @defaultValue none is sent */
  readonly apiKey?: string;
  /** Further keys of the same server; a call's `key` says which it goes by, 0 being {@link apiKey}. */
  readonly moreKeys?: readonly string[];
  readonly clock: Clock;
  /**
   * The date, by which a wait until some date is reckoned where the server does not tell its own. @defaultValue such a
   * wait is not known
   */
  readonly today?: () => Date;
  /** Longest a call may take, dispatch to last token, in ms. @defaultValue 300,000 */
  readonly totalTimeoutMs?: number;
  /** Longest wait for the first token of a stream, in ms. @defaultValue 120,000 */
  readonly firstTokenTimeoutMs?: number;
  /** Price of a model by its full name (`provider/model`). @defaultValue unknown */
  readonly price?: (model: string) => ModelPrice | null;
  /** Where dialects are remembered beyond this process. @defaultValue nowhere */
  readonly dialectStore?: DialectStore;
  /** Told what is worth knowing of the server; each thing once a model. */
  readonly onNote?: (note: ServerNote) => void;
  /** @defaultValue Node's http module */
  readonly fetch?: typeof globalThis.fetch;
}

/** A model behind an OpenAI-compatible chat API, with what its server's dialect turned out to be. */
export interface OpenAICompatibleModel extends ChatModel {
  /** What of the API the server takes for a model (full name), as far as is known by now. */
  dialect(model: string): Dialect;
}

/** A model behind any server that speaks OpenAI's chat API. */
export function createOpenAICompatible(options: OpenAICompatibleOptions): OpenAICompatibleModel {
  return new OpenAICompatible(options);
}

/** What one request came to: an outcome, or how to ask otherwise. */
type Attempt =
  | ChatOutcome
  | {
      readonly kind: 'ask-otherwise';
      /** What can be left out or renamed; absent: the same, elsewhere. */
      readonly change?: Partial<Dialect>;
      /** What it comes to where that leads nowhere. */
      readonly failure: CallFailure;
    };

/** A call follows no more redirects than this. */
const mostRedirects = 3;

/** How long a server may take to end a response whose end it has told, in ms. */
const drainMs = 1000;

/** Sent where there is no key; the client insists on one. */
const dummyKey = 'no-key';

class OpenAICompatible implements OpenAICompatibleModel {
  readonly #book: DialectBook;
  readonly #options: OpenAICompatibleOptions;
  readonly #baseUrl: string;
  readonly #revision: string;
  readonly #totalMs: number;
  readonly #firstTokenMs: number;
  readonly #keys: readonly string[];
  readonly #clients: OpenAIClient[] = [];
  readonly #secrets: SecretForms;
  readonly #notes: ServerNotes;
  /** Of chat completions: below the base URL, or where that has redirected to. */
  #path: string | undefined;

  constructor(options: OpenAICompatibleOptions) {
    this.#options = options;
    this.#totalMs = options.totalTimeoutMs ?? 300_000;
    this.#firstTokenMs = options.firstTokenTimeoutMs ?? 120_000;
    this.#baseUrl = options.baseUrl.replace(/\/+$/, '');
    this.#revision = redact(this.#baseUrl);
    this.#keys = options.apiKey === undefined ? [] : [options.apiKey, ...(options.moreKeys ?? [])];
    this.#secrets = new SecretForms(this.#keys);
    this.#notes = new ServerNotes(options.onNote);
    this.#book = new DialectBook({
      endpoint: this.#revision,
      clock: options.clock,
      ...defined({ store: options.dialectStore }),
      onLearned: (model, dialect) =>
        this.#notes.say(model, 'dialect', `the server takes ${describeDialect(dialect).join(', ')}`),
    });
  }

  revision(): string {
    return this.#revision;
  }

  keys(): number {
    return Math.max(1, this.#keys.length);
  }

  slowsUnderLoad(): boolean {
    return true;
  }

  dialect(model: string): Dialect {
    return this.#book.of(model).dialect;
  }

  async complete(request: ChatRequest, options: CallOptions = {}): Promise<ChatOutcome> {
    if (options.signal?.aborted) return abortedOutcome();
    const talk = await this.#book.enter(request, request.model, options.signal);
    try {
      for (let redirects = 0; ; ) {
        if (options.signal?.aborted) return abortedOutcome();
        const attempt = await this.#attempt(request, options, talk);
        if (attempt.kind !== 'ask-otherwise') return attempt;
        const { change, failure } = attempt;
        const further = change === undefined ? ++redirects <= mostRedirects : talk.adapt(change);
        if (!further) return failedOutcome(failure);
        const barred = await options.onFurtherRequest?.(failure);
        if (barred !== undefined) return barred;
      }
    } finally {
      talk.leave();
    }
  }

  async #attempt(request: ChatRequest, options: CallOptions, talk: DialectTalk): Promise<Attempt> {
    const { dialect } = talk;
    const { clock } = this.#options;
    const client = this.#client(options.key);
    const dispatchedAt = clock.now();
    const elapsed = (): number => clock.now() - dispatchedAt;
    const limit = dialect.stream ? this.#firstTokenMs : null;
    const watch = new CallWatch(clock, options.signal, this.#totalMs, limit);
    let firstTokenMs: number | null = null;
    const sink = {
      onText: (text: string) => options.onDelta?.(text),
      onRestart: () => options.onRestart?.(),
      onToken: () => {
        // Pieces that hold nothing show that the line is open, not that an answer comes.
        options.onHeard?.('rest');
        watch.gotToken();
        if (firstTokenMs !== null) return;
        firstTokenMs = elapsed();
      },
    };
    const answer = new AnswerCollector(sink, this.#secrets, request.maxTokens);
    let read: Read = { streamed: false, isDone: false };
    let failure: CallFailure | undefined;
    let rateLimit: RateLimitInfo | undefined;
    let isLost = false;
    try {
      const body = requestBody(request, serverName(request.model), dialect);
      const response = await client.send(body, watch.controller.signal, this.#path);
      isLost = true;
      options.onHeard?.('first token');
      rateLimit = readRateLimit(response.headers);
      read = await this.#read(request, response, answer, watch, talk);
      isLost = false;
    } catch (error) {
      if (watch.endedAt !== undefined && !(error instanceof ServerError)) {
        // Neither time nor a broken connection takes away what was whole.
        read = { streamed: dialect.stream, isDone: false };
      } else if (watch.cause === undefined) {
        failure = toCallFailure(error, {
          secrets: this.#keys,
          serviceMs: elapsed(),
          today: this.#options.today,
        });
        if (error instanceof RedirectedError) watch.controller.abort();
        if (error instanceof ServerError) isLost = false;
        if (error instanceof RedirectedError && error.to !== undefined) {
          this.#path = error.to;
          return { kind: 'ask-otherwise', failure };
        }
        const change = answer.hasOutput ? undefined : refusedParameter(error, failure, dialect, request);
        if (change !== undefined) return { kind: 'ask-otherwise', change, failure };
      }
    } finally {
      watch.end();
    }
    const isLeft = watch.endedAt !== undefined && !read.isDone;
    const serviceMs = isLeft ? watch.endedAt - dispatchedAt : elapsed();
    const late = watch.failure(serviceMs);
    isLost ||= late?.cause === 'infrastructure';
    failure = late ?? failure;
    if (failure === undefined) answer.finish();
    failure ??= answerFailure(answer, read, serviceMs, this.#keys);
    if (failure !== undefined) return this.#failed(failure, request, answer, isLost);
    const answered = this.#answered(request, answer, serviceMs, read.streamed ? firstTokenMs : null);
    return rateLimit === undefined ? answered : { ...answered, rateLimit };
  }

  #client(key = 0): OpenAIClient {
    this.#clients[key] ??= new OpenAIClient({
      baseUrl: this.#baseUrl,
      apiKey: this.#keys[key] ?? this.#keys[0] ?? dummyKey,
      totalMs: this.#totalMs,
      fetch: this.#options.fetch,
    });
    return this.#clients[key];
  }

  /** Reads the response into the collector, as far as it counts. */
  async #read(
    request: ChatRequest,
    response: Reply,
    answer: AnswerCollector,
    watch: CallWatch,
    talk: DialectTalk,
  ): Promise<Read> {
    // Some servers take `stream: true` and then answer in one piece all the same.
    const isJson = /^application\/json\b/i.test(response.headers.get('content-type') ?? '');
    let streamed = talk.dialect.stream && !isJson;
    if (!streamed) watch.gotToken();
    let isDone = false;
    let words: string | undefined;
    const body = readAnswer(response.body, responseLimit(request.maxTokens));
    while (!isDone && !answer.isCut && watch.cause === undefined) {
      const next = await body.next();
      if (next.done === true) break;
      const received = next.value;
      if (received.kind === 'whole') streamed = false;
      if (received.kind === 'done') isDone = true;
      else if (received.kind === 'text') words = received.text;
      else {
        throwIfError(received, response.headers);
        talk.accepted(request);
        const { usage } = answer;
        answer.accept(received.value);
        if (answer.end !== undefined) watch.gotEnd(answer.usage !== usage);
        // Whatever it is, it is the server's, and may say why this is no answer.
        words ??= wordsIn(received.value) ?? (answer.hasChoice ? undefined : asText(received.value));
      }
    }
    if (isDone) void this.#drain(body, watch.controller);
    // Ends the request, so that no more is generated.
    else if (answer.isCut) watch.controller.abort();
    if (watch.cause === undefined && answer.hasChoice && (isDone || !streamed)) answer.end ??= 'stop';
    return { streamed, isDone, ...defined({ words }) };
  }

  /** Reads what follows the end, normally nothing, so that the connection can serve the next call. */
  async #drain(body: AsyncGenerator<Received>, controller: AbortController): Promise<void> {
    const stopWaiting = this.#options.clock.after(drainMs, () => controller.abort());
    try {
      while ((await body.next()).done !== true);
    } catch {
      // The answer is there; how the connection ends is of no matter.
    }
    stopWaiting();
  }

  #answered(
    request: ChatRequest,
    answer: AnswerCollector,
    serviceMs: number,
    firstTokenMs: number | null,
  ): Extract<ChatOutcome, { kind: 'answered' }> {
    const usage = this.#usageOf(request, answer);
    noteOddities(this.#notes, request, answer);
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
        ...defined({ fingerprint: answer.fingerprint }),
      },
    };
  }

  /**
   * A failure with what it cost all the same: text that arrived before the end was generated and is billed.
   * @param isLost whether the server may have generated more than is known: as much as it was asked for counts
   */
  #failed(failure: CallFailure, request: ChatRequest, answer: AnswerCollector, isLost: boolean): ChatOutcome {
    const isSilent = answer.usage === undefined && !answer.hasOutput;
    if (isSilent && !isLost) return failedOutcome(failure);
    const known = this.#usageOf(request, answer);
    const usage = isSilent ? { ...known, outputTokens: request.maxTokens ?? defaultMaxTokens } : known;
    return failedOutcome({ ...failure, usage, usd: this.#usd(request.model, usage) });
  }

  #usageOf(request: ChatRequest, answer: AnswerCollector): Usage {
    const { tokens, reasoningTokens } = answer;
    const checked = checkUsage(answer.usage, { request, output: tokens, reasoning: reasoningTokens });
    noteUsage(this.#notes, request.model, checked);
    return checked.usage;
  }

  #usd(model: string, usage: Usage): number | null {
    return priceOf(this.#options.price?.(model) ?? null, usage);
  }
}
