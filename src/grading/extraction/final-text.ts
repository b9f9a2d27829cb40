import { splitThinking } from '../../core/thinking.ts';
import { cleanText } from './clean.ts';

/** UTF-16 units of an answer's text that are read, from its end, where what counts stands. */
export const longestRead = 200_000;
/** UTF-16 units, from the end, in which thinking is looked for before that. */
const longestWithThinking = 1_000_000;

/**
 * The text of an answer as every reader but those of code takes it: thinking out, trimmed, of a gigantic
 * one the end.
 */
export function finalText(answer: string): string {
  return splitThinking(cleanText(answer.slice(-longestWithThinking)))
    .answer.trim()
    .slice(-longestRead);
}
