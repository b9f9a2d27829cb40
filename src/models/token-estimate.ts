import type { ChatMessage, Usage } from './chat-model.ts';
import { countTokens } from './token-counter.ts';

/** Tokens a chat template spends on a message's frame, and on opening the answer (OpenAI's cookbook). */
const tokensPerMessage = 3;
const tokensPerAnswer = 3;

/** Input tokens of a request by our own count. */
export function estimateInput(messages: readonly ChatMessage[]): number {
  return messages.reduce(
    (sum, { content }) => sum + tokensPerMessage + countTokens(content),
    tokensPerAnswer,
  );
}

/** Usage by our own count; other models' own counts differ by some 10 to 20%. */
export function estimateUsage(
  messages: readonly ChatMessage[],
  answer: { readonly text: string; readonly reasoning?: string | undefined },
): Usage {
  const reasoningTokens = answer.reasoning === undefined ? 0 : countTokens(answer.reasoning);
  const outputTokens = countTokens(answer.text) + reasoningTokens;
  return estimatedUsage(estimateInput(messages), outputTokens, reasoningTokens);
}

export function estimatedUsage(inputTokens: number, outputTokens: number, reasoningTokens: number): Usage {
  const reasoning = reasoningTokens > 0 ? { reasoningTokens } : {};
  return { inputTokens, outputTokens, ...reasoning, estimated: true };
}
