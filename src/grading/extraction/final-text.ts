import { splitThinking } from '../../core/thinking.ts';
import { cleanText } from './clean.ts';

/** UTF-16 units of an answer's text that are read, from its end, where what counts stands. */
const longestRead = 200_000;
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

/**
 * The value of an `answer`-like key when the answer is a JSON object, also one whose strings hold raw
 * line ends or that is cut off or fenced, as small models write it. Key names are tried in order.
 */
export function jsonAnswerField(text: string, keys: readonly string[] = answerKeys): string | undefined {
  for (const key of keys) {
    const quoted = `"${key}"`;
    const at = text.toLowerCase().lastIndexOf(quoted);
    if (at < 0) continue;
    const rest = text.slice(at + quoted.length, at + quoted.length + 2_000);
    const match = /^\s{0,20}:\s{0,20}(?:"((?:[^"\\]|\\.)*)"|([^",}\n][^,}\n]*))/.exec(rest);
    const value = match === null ? undefined : (match[1] ?? match[2]);
    if (value !== undefined && value.trim() !== '') return value.trim();
  }
  return undefined;
}

const answerKeys = ['answer', 'final_answer', 'result', 'label', 'choice'] as const;

/** The last `\boxed{…}` of a LaTeX answer, braces inside it balanced. */
export function boxedContent(text: string): string | undefined {
  const marker = '\\boxed{';
  const at = text.lastIndexOf(marker);
  if (at < 0) return undefined;
  let depth = 1;
  const start = at + marker.length;
  for (let index = start; index < text.length; index++) {
    if (text[index] === '{') depth++;
    else if (text[index] === '}' && --depth === 0) return text.slice(start, index);
  }
  return undefined;
}

/** What follows the last "the answer is", "final answer:", "answer:" up to the line's end. */
export function afterAnswerPhrase(text: string): string | undefined {
  const phrase =
    /\b(?:final\s{1,4}answer|answer)(?:\s{1,4}(?:is|was|would\s+be|equals)\b|\s{0,4}[*_]{0,3}\s{0,4}[:=])\s{0,4}[*_]{0,3}:?/gi;
  let end: number | undefined;
  for (const match of text.matchAll(phrase)) end = match.index + match[0].length;
  if (end === undefined) return undefined;
  const rest = text.slice(end, end + 1_000).trimStart();
  const line = rest.split('\n', 1)[0] ?? '';
  return line.trim() === '' ? undefined : line.trim();
}
