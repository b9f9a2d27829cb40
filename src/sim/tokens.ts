import type { ChatMessage } from '../models/chat-model.ts';
import { tokenCounting } from './constants.ts';

/** Tokens of a text by the simulated provider's own (exact) count. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / tokenCounting.charactersPerToken);
}

export function countInputTokens(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, message) => sum + countTokens(message.content) + tokenCounting.perMessage, 0);
}

/** The first `tokens` tokens of a text, never ending inside a surrogate pair. */
export function firstTokens(text: string, tokens: number): string {
  const end = tokens * tokenCounting.charactersPerToken;
  if (end >= text.length) return text;
  const unit = text.charCodeAt(end - 1);
  return text.slice(0, unit >= 0xd800 && unit <= 0xdbff ? end - 1 : end);
}
