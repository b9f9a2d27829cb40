import { defined } from '../core/defined.ts';
import type { Trace } from '../moa/types.ts';
import type { Running, ServedAnswer } from './service.ts';

/** What every answer and every piece of one begins with. */
export interface Header {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

/** `chat.completion`, OpenAI's shape in full. */
export function completionBody(header: Header, running: Running, answer: ServedAnswer): object {
  const message = { role: 'assistant', content: answer.text, refusal: null, annotations: [] };
  return {
    ...{ id: header.id, object: 'chat.completion', created: header.created, model: header.model },
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(answer) }],
    usage: usageBody(answer.trace),
    service_tier: 'default',
    system_fingerprint: running.decision.member.id,
    mixtune: mixtuneBody(running, answer),
  };
}

export function chunkBody(header: Header, rest: object): object {
  return {
    id: header.id,
    object: 'chat.completion.chunk',
    created: header.created,
    model: header.model,
    ...rest,
  };
}

export function finishReason({ truncated }: Pick<ServedAnswer, 'truncated'>): 'stop' | 'length' {
  return truncated ? 'length' : 'stop';
}

/** Summed over all calls; what inner stages wrote counts as reasoning, like a model's own. */
export function usageBody({ calls, inputTokens, outputTokens }: Trace): object {
  const known = calls.filter(({ usage, cached }) => usage !== null && !cached);
  const last = known.at(-1)?.usage;
  const final = last == null ? 0 : Math.max(0, last.outputTokens - (last.reasoningTokens ?? 0));
  const cachedTokens = known.reduce((sum, { usage }) => sum + (usage?.cachedInputTokens ?? 0), 0);
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: Math.max(0, outputTokens - final),
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** Dollars as clients read them: without the last digits of a sum in binary, as in 0.0000015800000000000001. */
export function shownUsd(usd: number | null): number | null {
  return usd === null ? null : Number(usd.toPrecision(12));
}

/** Which config answered, why that one, and what it took. */
export function mixtuneBody(
  { id, question, isPrompted, overrides, decision, relaxed }: Running,
  { trace, late }: ServedAnswer,
): object {
  const { member, why } = decision;
  return {
    config: member.id,
    run: member.source.name,
    decision: id,
    why,
    prompt: isPrompted ? 'task' : 'none',
    ...(relaxed ? { relaxed } : {}),
    ...(Object.keys(overrides).length > 0 ? { overridden: Object.keys(overrides).map(snakeCased) } : {}),
    spent: { usd: shownUsd(trace.usd), calls: trace.calls.length, latency_ms: Math.round(trace.latencyMs) },
    degraded: degradedBody(trace),
    ...(late ? { deadline: true } : {}),
    simulated: member.source.simulated,
    ...(member.source.knows?.(question) === false ? { made_up: true } : {}),
  };
}

/** A setting as a request names it. */
const snakeCased = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Notes name models and providers' words; they never hold a key. */
function degradedBody({ degraded }: Trace): object[] {
  return degraded.map(({ stage, agent, code, note }) => ({
    stage,
    ...defined({ agent }),
    code,
    note,
  }));
}
