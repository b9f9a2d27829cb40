import { defined } from '../../core/defined.ts';
import type { ChatRequest, Usage } from '../chat-model.ts';
import { estimatedUsage, estimateInput } from '../token-estimate.ts';
import type { ToldUsage } from './told-usage.ts';

/** What usage is checked against: what was sent and what came. */
export interface Evidence {
  readonly request: ChatRequest;
  /** Own count of all that was generated and seen. */
  readonly output: number;
  readonly reasoning: number;
}

export interface CheckedUsage {
  readonly usage: Usage;
  /** Why what the server told is not believed. */
  readonly disbelieved?: string;
  /** The server seems to have cut the prompt: what it told, and what was sent, in tokens. */
  readonly cut?: { readonly told: number; readonly sent: number };
}

/** Another tokenizer never makes fewer tokens of a text than this part of our count of it. */
export const leastShare = 1 / 2;
/** Counts differ by so many tokens without meaning anything. */
const slack = { input: 64, output: 8 };
/** Templates and system prompts of the server's own may add so many tokens to a prompt. */
const hiddenPrompt = 1024;
/** No server keeps less than this of a prompt that it cuts. */
const leastKept = 256;
/** A server may think beyond the limit, but not by so many times. */
const beyondLimit = 4;
/** Longest answer of any model, where the call names no limit. */
const longestAnswer = 2_000_000;

/**
 * Usage as it counts. What a server tells is believed as far as it can be true: a token has at least a byte of
 * the prompt, at most a few characters, and no answer has many more than were asked for. What is not believed
 * is replaced by our own count, and by the limit where the server may have thought unseen up to it.
 */
export function checkUsage(told: ToldUsage | 'impossible' | undefined, evidence: Evidence): CheckedUsage {
  const { request, output: seen, reasoning } = evidence;
  const sent = estimateInput(request.messages);
  const own = estimatedUsage(sent, seen, reasoning);
  if (told === undefined) return { usage: own };
  if (told === 'impossible') return { usage: own, disbelieved: 'numbers that are no counts' };
  // Zeros stand for "not counted".
  if (told.input === 0 || (seen > 0 && told.output === 0)) return { usage: own };
  const input = checkInput(told, request, sent);
  const output = checkOutput(told, request.maxTokens, seen);
  const reasoningTold = output.wrong === undefined ? told.reasoning : own.reasoningTokens;
  const usage: Usage = {
    inputTokens: input.tokens,
    outputTokens: output.tokens,
    ...defined({
      reasoningTokens: partOf(output.tokens, reasoningTold),
      cachedInputTokens: partOf(input.tokens, input.wrong === undefined ? told.cached : undefined),
    }),
    estimated: input.wrong !== undefined || output.wrong !== undefined,
  };
  const wrong = [input.wrong, output.wrong].filter((text) => text !== undefined).join(' and ');
  return {
    usage,
    ...(wrong === '' ? {} : { disbelieved: wrong }),
    ...(input.wrong === undefined && told.input < leastShare * sent - slack.input
      ? { cut: { told: told.input, sent } }
      : {}),
  };
}

interface Checked {
  readonly tokens: number;
  readonly wrong?: string;
}

function checkInput(told: ToldUsage, { messages }: ChatRequest, sent: number): Checked {
  const bytes = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content) + 16, hiddenPrompt);
  const wrong = { tokens: sent, wrong: `${told.input} tokens for a prompt of about ${sent}` };
  if (told.input > bytes) return wrong;
  return told.input < leastShare * sent - slack.input && told.input < leastKept
    ? wrong
    : { tokens: told.input };
}

function checkOutput(told: ToldUsage, limit: number | undefined, seen: number): Checked {
  if (told.output < leastShare * seen - slack.output) {
    return { tokens: seen, wrong: `${told.output} tokens for an answer of about ${seen}` };
  }
  const most = limit ?? longestAnswer;
  if (told.output <= most + slack.output) return { tokens: told.output };
  const hidden = limit !== undefined && told.output <= beyondLimit * limit;
  return {
    tokens: Math.max(seen, hidden ? limit : 0),
    wrong: `${told.output} tokens for an answer of about ${seen}${limit === undefined ? '' : ` with max_tokens ${limit}`}`,
  };
}

/** A part of a count, which cannot be more than the whole. */
function partOf(whole: number, part: number | undefined): number | undefined {
  return part === undefined ? undefined : Math.min(part, whole);
}
