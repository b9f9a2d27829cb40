import type { MoaConfig, SimpleStage } from '../domain/moa-config.ts';
import { callsOf, roundsOf, simpleRecordOf } from '../domain/stages/simple-stages.ts';
import type { PlannedCall } from '../domain/stages/stage-record.ts';
import { innerStages, passesOf } from '../domain/stages/stages.ts';
import { defaultMaxTokens } from '../models/call-key.ts';
import { type ModelCard, priceOf } from '../models/chat-model.ts';
import type { ChatAsk } from './chat-request.ts';

/** Bytes of UTF-8 that a token of an earlier answer is taken to have where it is read again. */
const bytesPerToken = 4;
/** What wraps one earlier answer, and what instructions of our own come to, in bytes. */
const wrapping = 200;
const ownInstructions = 1000;

/**
 * The most that a config can cost for a question, in US dollars: every call at its token limit, every earlier
 * answer read at its full length, every loop to its end. `null` where a model has no price. Should a call come
 * to more even so, it asks the accounts again before it is sent (see allowance.ts).
 */
export function worstUsdOf(
  config: MoaConfig,
  ask: Pick<ChatAsk, 'question' | 'earlier' | 'instructions'>,
  card: (model: string) => ModelCard | undefined,
): number | null {
  const said = [ask.question, ask.instructions, ...ask.earlier.map(({ content }) => content)];
  const asked = said.reduce((sum, text) => sum + Buffer.byteLength(text) + 32, ownInstructions);
  let usd = 0;
  let longest = 0;
  for (const { stage, candidates } of steps(config)) {
    const calls = callsOf(stage, candidates).flat();
    for (const call of calls) {
      const references = Math.max(call.reads, candidates) * (longest * bytesPerToken + wrapping);
      const one = worstOfCall(call, asked + references, card);
      if (one === null) return null;
      // Of a route's agents any may be chosen: a share of each is rounded up.
      usd += Math.ceil(call.samples) * one;
    }
    longest = Math.max(longest, ...calls.map(({ agent }) => agent.maxTokens ?? defaultMaxTokens));
  }
  return usd;
}

/** The stages as they run one after another, with the candidates that each can find. */
function* steps(config: MoaConfig): Generator<{ stage: SimpleStage; candidates: number }> {
  let candidates = 0;
  for (const outer of config.stages) {
    for (let pass = 0; pass < passesOf(outer).times; pass++) {
      for (const stage of innerStages(outer)) {
        for (let round = 0; round < roundsOf(stage); round++) {
          yield { stage, candidates };
          candidates = simpleRecordOf(stage).after(stage, candidates);
        }
      }
    }
  }
}

function worstOfCall(
  { agent }: PlannedCall,
  told: number,
  card: (model: string) => ModelCard | undefined,
): number | null {
  const { price = null, contextTokens = null } = card(agent.model) ?? {};
  const bytes = told + Buffer.byteLength(agent.prompt);
  const inputTokens = contextTokens === null ? bytes : Math.min(bytes, contextTokens);
  return priceOf(price, { inputTokens, outputTokens: agent.maxTokens ?? defaultMaxTokens });
}
