import type { Clock } from '../../src/core/clock.ts';
import type {
  CallFailure,
  CallOptions,
  ChatModel,
  ChatOutcome,
  ChatRequest,
  ChatResponse,
  FailureCause,
} from '../../src/models/chat-model.ts';

/** What the script answers to a request: text, an answer with details, or a failure. */
export type Reply = string | (Partial<ChatResponse> & { readonly cached?: boolean }) | ScriptedFailure;

interface ScriptedFailure {
  readonly fails: FailureCause;
  readonly code?: string;
  readonly usage?: CallFailure['usage'];
  readonly usd?: number | null;
  readonly serviceMs?: number;
}

export interface SeenCall {
  readonly request: ChatRequest;
  readonly options: CallOptions;
}

export interface ScriptOptions {
  /** Where answers take time: each waits its `serviceMs` on this clock. */
  readonly clock?: Clock;
  /** Streams answers in pieces of so many characters; default: the whole at once. */
  readonly pieceLength?: number;
}

/** A ChatModel that answers by a function of the request and keeps what it was asked. */
export class ScriptedModel implements ChatModel {
  readonly seen: SeenCall[] = [];
  readonly #script: (request: ChatRequest, index: number) => Reply;
  readonly #options: ScriptOptions;

  constructor(script: (request: ChatRequest, index: number) => Reply, options: ScriptOptions = {}) {
    this.#script = script;
    this.#options = options;
  }

  revision(model: string): string {
    return `scripted/${model}`;
  }

  get requests(): ChatRequest[] {
    return this.seen.map(({ request }) => request);
  }

  async complete(request: ChatRequest, options: CallOptions = {}): Promise<ChatOutcome> {
    const index = this.seen.length;
    this.seen.push({ request, options });
    const outcome = outcomeOf(this.#script(request, index));
    const serviceMs = outcome.kind === 'answered' ? outcome.response.serviceMs : outcome.failure.serviceMs;
    await this.#options.clock?.sleep(serviceMs);
    if (options.signal?.aborted) return outcomeOf({ fails: 'aborted' });
    if (outcome.kind === 'answered') this.#stream(outcome.response.text, options);
    return outcome;
  }

  #stream(text: string, { onDelta }: CallOptions): void {
    const length = this.#options.pieceLength ?? Math.max(1, text.length);
    for (let start = 0; start < text.length; start += length) onDelta?.(text.slice(start, start + length));
  }
}

function outcomeOf(reply: Reply): ChatOutcome {
  if (typeof reply === 'string') return outcomeOf({ text: reply });
  if ('fails' in reply) {
    const { fails, code = fails, usage, usd, serviceMs = 100 } = reply;
    const failure: CallFailure = {
      cause: fails,
      code,
      message: `scripted ${fails}`,
      retryable: false,
      serviceMs,
      ...(usage === undefined ? {} : { usage }),
      ...(usd === undefined ? {} : { usd }),
    };
    return { kind: 'failed', failure };
  }
  const { cached, ...rest } = reply;
  const response: ChatResponse = {
    text: 'answer',
    finishReason: 'stop',
    usage: { inputTokens: 10, outputTokens: 5, estimated: false },
    serviceMs: 100,
    firstTokenMs: 10,
    usd: 0.001,
    ...rest,
  };
  return { kind: 'answered', response, ...(cached === undefined ? {} : { cached }) };
}
