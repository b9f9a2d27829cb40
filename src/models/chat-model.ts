import type { ModelSettings } from '../domain/agent.ts';

/** The port through which everything in mixtune reaches a language model. */

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** Everything that decides an answer; two equal requests are the same call (see call-key.ts). */
export interface ChatRequest extends ModelSettings {
  /** `provider/model`. */
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  /**
   * Which of the possible random answers is meant: the cell's repeat, and the number of the request
   * among equal ones of that repeat. Providers with seeds derive one from it ({@link sampleSeed}).
   */
  readonly sample: { readonly repeat: number; readonly index: number };
}

/** How one call is made; none of it is part of what is asked. */
export interface CallOptions {
  /** Aborting it ends the call, which then failed by `aborted`. @defaultValue never */
  readonly signal?: AbortSignal;
  /** Called with each piece of the answer as it arrives; a cached answer arrives in one piece. */
  readonly onDelta?: (text: string) => void;
  /** Called when an attempt broke off after pieces were delivered: they are void, the answer begins anew. */
  readonly onRestart?: () => void;
  /** Calls with a smaller number go first where calls must queue. @defaultValue 0 */
  readonly priority?: number;
  /** What the call is for, for accounting. @defaultValue `agent` */
  readonly purpose?: CallPurpose;
  /** 0-based number of this try of the same request; a retry counts up. */
  readonly attempt?: number;
  /**
   * Milliseconds of service that passed before an interruption. Only simulated models, whose answers
   * are a function of the request, can go on with a call; others ignore it and serve from the start.
   */
  readonly elapsedMs?: number;
  /** Which of the provider's keys to go by, from 0; see {@link ChatModel.keys}. */
  readonly key?: number;
  /**
   * Asked before each further request that this try needs, without a parameter that the server refused or to
   * where it redirects, with what the last request came to. Resolves to the outcome where none may be made.
   */
  readonly onFurtherRequest?: (failure: CallFailure) => Promise<ChatOutcome | undefined>;
  /** Called when a response begins, and whenever some of the answer arrives, with what is awaited from then on. */
  readonly onHeard?: (awaited: 'first token' | 'rest') => void;
}

export type CallPurpose = 'agent' | 'judge' | 'prompt-writer' | 'probe';

/** Tokens of one call, as the provider counts them. */
export interface Usage {
  readonly inputTokens: number;
  /** Generated tokens, reasoning included. */
  readonly outputTokens: number;
  /** Of the generated tokens; absent where it is not told. */
  readonly reasoningTokens?: number;
  /** Of the input tokens, those that the provider had kept; absent where it is not told. */
  readonly cachedInputTokens?: number;
  /** True where the provider told no usage and the numbers are a tokenizer's estimate. */
  readonly estimated: boolean;
}

/** An answer with what it took. */
export interface ChatResponse {
  /** The answer, without reasoning. May be empty. */
  readonly text: string;
  /** What the model reasoned before, where the provider tells it. */
  readonly reasoning?: string;
  /** `length`: cut off at maxTokens. */
  readonly finishReason: 'stop' | 'length';
  readonly usage: Usage;
  /** Dispatch to last token in ms, our own queueing and retries' waiting excluded. */
  readonly serviceMs: number;
  /** Dispatch to first token in ms; `null` when the answer did not stream. */
  readonly firstTokenMs: number | null;
  /** Price of the call in US dollars; `null` when the model has no price. */
  readonly usd: number | null;
  /** The provider's own name for the weights that answered (`system_fingerprint`, …), if told. */
  readonly fingerprint?: string;
}

/**
 * Why a call brought no answer. `infrastructure` (outage, rate limit, time-out, broken stream) and
 * `aborted` say nothing about the config; `refused`, `context-overflow` are its own doing; `rejected`
 * (bad request, unknown model, wrong key) needs a person.
 */
export type FailureCause = 'infrastructure' | 'aborted' | 'refused' | 'context-overflow' | 'rejected';

/** Why a call brought no answer, and whether trying again may help. */
export interface CallFailure {
  readonly cause: FailureCause;
  /** Stable and short: `rate-limited`, `timeout`, `server-error`, `connection`, `content-filter`, … */
  readonly code: string;
  /** For people; never holds a key. */
  readonly message: string;
  readonly retryable: boolean;
  /** What the server asked us to wait, in ms. */
  readonly retryAfterMs?: number;
  /** Of HTTP, where there was a response. */
  readonly status?: number;
  /** As the server names the request. */
  readonly requestId?: string;
  /** What the server said of its limits. */
  readonly rateLimit?: RateLimitInfo;
  /** What the failed call nevertheless cost, where known. */
  readonly usage?: Usage;
  /** US dollars; `null` where the model has no price. */
  readonly usd?: number | null;
  readonly serviceMs: number;
}

/** What a server says of the limits of a key (see rate-limit-headers.ts). What it does not say is absent. */
export interface RateLimitInfo {
  readonly requests?: QuotaLeft;
  /** Input and output together. */
  readonly tokens?: QuotaLeft;
  /** Which of the two a refused call broke. */
  readonly exhausted?: 'requests' | 'tokens';
}

export interface QuotaLeft {
  readonly perMinute?: number;
  /** Share of the quota that is left, 0..1. */
  readonly left?: number;
}

/** What a call came to: a response or a failure. */
export type ChatOutcome =
  | {
      readonly kind: 'answered';
      readonly response: ChatResponse;
      /** True when the answer was had before and nothing was paid for it now. */
      readonly cached?: boolean;
      /** What the server said of its limits. Not part of the answer: nobody keeps it with one. */
      readonly rateLimit?: RateLimitInfo;
    }
  | { readonly kind: 'failed'; readonly failure: CallFailure };

/** A source of answers. Expected failures are values; only bugs throw. */
export interface ChatModel {
  complete(request: ChatRequest, options?: CallOptions): Promise<ChatOutcome>;
  /**
   * What an equal request must also share to be the same call: the provider's version of the model
   * (for `sim/`, its version and seed). Part of the call key.
   */
  revision(model: string): string;
  /** Keys that the model's provider may go by, each with its own limits. @defaultValue 1 */
  keys?(model: string): number;
  /** Whether calls beside each other at its provider slow each other down. @defaultValue false */
  slowsUnderLoad?(model: string): boolean;
  /** Runs that go by one of those keys at present, this one included: each gets an equal share. @defaultValue 1 */
  sharers?(model: string, key: number): number;
  /** Shown to models on a virtual clock when a run goes on: the calls of earlier processes, oldest first. */
  past?(calls: readonly EarlierCall[]): void;
  /** Told when what a try came to is where nothing takes it away: whoever kept the outcome may let go of it. */
  settled?(request: ChatRequest, attempt: number, outcome: ChatOutcome): void;
}

/** A call that an earlier process made; times in ms before now. */
export interface EarlierCall {
  /** Its call key (see call-key.ts). */
  readonly key: string;
  readonly startedMsAgo: number;
  /** Absent: it is in flight, and will be asked again. */
  readonly endedMsAgo?: number;
  /** Input and output together; absent where it brought no answer. */
  readonly tokens?: number;
}

/** What is known of a model before calling it. Unknown is `null`. */
export interface ModelCard {
  /** `provider/model`. */
  readonly name: string;
  readonly contextTokens: number | null;
  readonly price: ModelPrice | null;
  /** Time to first token (ms) and tokens per second, measured or published. */
  readonly speed: { readonly firstTokenMs: number; readonly tokensPerSecond: number } | null;
  readonly simulated: boolean;
  readonly description?: string;
}

/** US dollars per million tokens. */
export interface ModelPrice {
  readonly inputPerMillion: number;
  readonly outputPerMillion: number;
  /** Of input that the provider had in its prompt cache; where unknown it counts in full. */
  readonly cachedInputPerMillion?: number;
}

/**
 * What usage costs; `null` where the price is unknown. Cached input tokens are part of the input tokens,
 * reasoning tokens of the output tokens.
 */
export function priceOf(
  price: ModelPrice | null,
  usage: Pick<Usage, 'inputTokens' | 'outputTokens' | 'cachedInputTokens'>,
): number | null {
  if (price === null) return null;
  const { inputPerMillion, outputPerMillion, cachedInputPerMillion = inputPerMillion } = price;
  const cached = Math.min(usage.cachedInputTokens ?? 0, usage.inputTokens);
  const input = (usage.inputTokens - cached) * inputPerMillion + cached * cachedInputPerMillion;
  return (input + usage.outputTokens * outputPerMillion) / 1e6;
}
