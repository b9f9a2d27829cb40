import type { ChatMessage, Usage } from './chat-model.ts';

/** Tokens a chat template spends on a message's frame, and on opening the answer (OpenAI's cookbook). */
const tokensPerMessage = 3;
const tokensPerAnswer = 3;

let tokenizer: Promise<(text: string) => number> | undefined;

/** Loaded on first use: its tables take some 150 ms and most providers report usage themselves. */
function loadTokenizer(): Promise<(text: string) => number> {
  tokenizer ??= import('gpt-tokenizer').then(({ countTokens }) => {
    // Text that looks like a control token (`<|endoftext|>`) is text here, not an error.
    const asText = { disallowedSpecial: new Set<string>() };
    return (text) => countTokens(text, asText);
  });
  return tokenizer;
}

/** Tokens by the o200k tokenizer; other models' own counts differ by some 10 to 20%. */
export async function estimateUsage(
  messages: readonly ChatMessage[],
  answer: { readonly text: string; readonly reasoning?: string | undefined },
): Promise<Usage> {
  const count = await loadTokenizer();
  const inputTokens = messages.reduce(
    (sum, message) => sum + tokensPerMessage + count(message.content),
    tokensPerAnswer,
  );
  const reasoningTokens = answer.reasoning === undefined ? 0 : count(answer.reasoning);
  return {
    inputTokens,
    outputTokens: count(answer.text) + reasoningTokens,
    ...(reasoningTokens > 0 ? { reasoningTokens } : {}),
    estimated: true,
  };
}
