import type { Clock } from '../../core/clock.ts';
import { defined } from '../../core/defined.ts';
import { redact } from '../../core/redact.ts';
import { abortedOutcome, failedOutcome } from '../abort.ts';
import type { CallOptions, ChatModel, ChatOutcome, ChatRequest, ModelPrice } from '../chat-model.ts';
import { SecretForms } from '../secret-mask.ts';
import { type ServerNote, ServerNotes } from '../server-note.ts';
import { attemptCall, type CallAttempt } from './attempt.ts';
import { outcomeOf } from './attempt-outcome.ts';
import { DialectBook, type DialectStore, type DialectTalk } from './dialect-book.ts';
import { OpenAIClient } from './openai-client.ts';
import { type Dialect, describeDialect } from './openai-dialect.ts';

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

/** A call follows no more redirects than this. */
const mostRedirects = 3;

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
        if (attempt.kind === 'ended') {
          const price = this.#options.price?.(request.model) ?? null;
          return outcomeOf(attempt, request, { price, notes: this.#notes });
        }
        const { change, path, failure } = attempt;
        this.#path = path ?? this.#path;
        const further = change === undefined ? ++redirects <= mostRedirects : talk.adapt(change);
        if (!further) return failedOutcome(failure);
        const barred = await options.onFurtherRequest?.(failure);
        if (barred !== undefined) return barred;
      }
    } finally {
      talk.leave();
    }
  }

  #attempt(request: ChatRequest, options: CallOptions, talk: DialectTalk): Promise<CallAttempt> {
    const { clock, today } = this.#options;
    const client = this.#client(options.key);
    return attemptCall(request, options, talk, {
      send: (body, signal) => client.send(body, signal, this.#path),
      ...{ clock, today, totalMs: this.#totalMs, firstTokenMs: this.#firstTokenMs },
      ...{ keys: this.#keys, secrets: this.#secrets },
    });
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
}
