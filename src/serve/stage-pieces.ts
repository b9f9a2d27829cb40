import { defined } from '../core/defined.ts';
import type { MoaEvent } from '../moa/types.ts';
import { chunkChoice } from '../models/openai/chat-api.ts';
import type { RequestBounds } from './bounds.ts';
import { shownUsd } from './completion.ts';

/**
 * What a stream shows of a config at work: an ordinary piece of an answer without text, whose further key
 * `mixtune` clients that do not know it pass over. With `full`, what inner stages write also travels as
 * reasoning, which chat programs show apart from the answer.
 */
export function stagePiece(event: MoaEvent, view: NonNullable<RequestBounds['stages']>): object | undefined {
  if (view === 'none') return undefined;
  switch (event.kind) {
    case 'stage-started': {
      const { stage, stageKind, round, agents } = event;
      return {
        choices: [chunkChoice({})],
        mixtune: { event: 'stage', stage, kind: stageKind, round, agents },
      };
    }
    case 'agent-finished': {
      const { call, text } = event;
      const { stage, agent, model, outcome, usage, usd, serviceMs, failure } = call;
      const delta = view === 'full' && text !== '' ? { reasoning_content: `[${agent}] ${text}\n\n` } : {};
      const told = {
        ...{
          event: 'agent',
          stage,
          agent,
          model,
          outcome,
          usd: shownUsd(usd),
          latency_ms: Math.round(serviceMs),
        },
        tokens: usage === null ? null : usage.inputTokens + usage.outputTokens,
        ...defined({ failure: failure && { code: failure.code, message: failure.message } }),
      };
      return { choices: [chunkChoice(delta)], mixtune: told };
    }
    case 'stage-finished': {
      const { stage, candidates } = event;
      return { choices: [chunkChoice({})], mixtune: { event: 'stage-end', stage, candidates } };
    }
    default:
      return undefined;
  }
}
