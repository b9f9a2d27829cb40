import type { Clock } from '../../src/core/clock.ts';
import type {
  CallFailure,
  CallOptions,
  ChatModel,
  ChatOutcome,
  ChatRequest,
  ChatResponse,
} from '../../src/models/chat-model.ts';

/** What the model does on one call: answers a text, or fails, perhaps after having streamed something. */
export type Step =
  | { readonly text: string; readonly pieces?: readonly string[]; readonly response?: Partial<ChatResponse> }
  | { readonly failure: Partial<CallFailure>; readonly streamedBefore?: string };

export interface ScriptedOptions {
  readonly clock: Clock;
  /** How long each call takes, in ms of the clock. */
  readonly latencyMs?: number | ((request: ChatRequest) => number);
  /** What happens on the n-th call (from 0). */
  readonly script?: (request: ChatRequest, call: number) => Step;
}

export interface ScriptedModel extends ChatModel {
  readonly calls: { readonly request: ChatRequest; readonly options: CallOptions; readonly at: number }[];
  /** The most calls there ever were in flight. */
  readonly mostRunning: () => number;
}

/** A model that does as told and writes down what it was asked. */
export function createScriptedModel({
  clock,
  latencyMs = 10,
  script = echo,
}: ScriptedOptions): ScriptedModel {
  const calls: { request: ChatRequest; options: CallOptions; at: number }[] = [];
  let running = 0;
  let most = 0;
  const serve = async (request: ChatRequest, options: CallOptions): Promise<ChatOutcome> => {
    const step = script(request, calls.length);
    const at = clock.now();
    calls.push({ request, options, at });
    const takes = typeof latencyMs === 'number' ? latencyMs : latencyMs(request);
    const first = 'text' in step ? (step.pieces ?? halves(step.text)) : [step.streamedBefore ?? ''];
    try {
      await clock.sleep(takes / 2, options.signal);
      for (const piece of first) if (piece !== '') options.onDelta?.(piece);
      await clock.sleep(takes / 2, options.signal);
    } catch {
      return failed({ cause: 'aborted', code: 'aborted', retryable: false, serviceMs: clock.now() - at });
    }
    const serviceMs = clock.now() - at;
    if ('failure' in step) return failed({ serviceMs, ...step.failure });
    return {
      kind: 'answered',
      response: {
        text: step.text,
        finishReason: 'stop',
        usage: { inputTokens: 7, outputTokens: 3, estimated: false },
        serviceMs,
        firstTokenMs: takes / 2,
        usd: 0.001,
        ...step.response,
      },
    };
  };
  return {
    calls,
    mostRunning: () => most,
    revision: (model) => `scripted:${model}`,
    async complete(request, options = {}) {
      most = Math.max(most, ++running);
      try {
        return await serve(request, options);
      } finally {
        running--;
      }
    },
  };
}

export function failed(failure: Partial<CallFailure>): ChatOutcome {
  return {
    kind: 'failed',
    failure: {
      cause: 'infrastructure',
      code: 'server-error',
      message: 'scripted',
      retryable: true,
      serviceMs: 0,
      ...failure,
    },
  };
}

function echo(request: ChatRequest): Step {
  const { messages, sample } = request;
  return { text: `echo ${messages.at(-1)?.content} #${sample.repeat}.${sample.index}` };
}

function halves(text: string): string[] {
  const middle = Math.floor(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
}

/** A request, told apart by its text where it matters. */
export function ask(text = 'hello', changes: Partial<ChatRequest> = {}): ChatRequest {
  return {
    model: 'test/model',
    messages: [{ role: 'user', content: text }],
    sample: { repeat: 0, index: 0 },
    ...changes,
  };
}
