import { numberAt } from '../core/element-at.ts';
import { hashText } from '../search/surrogate/hash-text.ts';

/** What a question looks like: small numbers, the first of which is 1. */
export type QuestionFeatures = readonly number[];

const hashedWords = 32;
/** Numbers that tell of a question. */
export const featureCount = 6 + hashedWords;
/** Of a long question the beginning tells what it is about. */
const longest = 4_000;

/**
 * A question in a few numbers that are cheap to get: length, digits, code, script, whether it asks, and its words of
 * three letters and more, once each, hashed with signs into 32 sums of unit length. Equal texts give equal numbers
 * everywhere.
 */
export function questionFeatures(question: string): QuestionFeatures {
  const text = question.slice(0, longest);
  const length = Math.max(1, text.length);
  const shareOf = (pattern: RegExp): number => (text.match(pattern)?.length ?? 0) / length;
  const words = text.toLowerCase().match(/[\p{L}]{3,}/gu) ?? [];
  return [
    1,
    Math.tanh(Math.log(length / 150) / 2),
    Math.min(1, 5 * shareOf(/\p{N}/gu)),
    Math.min(1, 15 * shareOf(/[{}()[\];=<>`_]/g)),
    Math.min(1, 2 * shareOf(/[^\p{ASCII}]/gu)),
    text.includes('?') ? 1 : 0,
    ...hashed(new Set(words)),
  ];
}

function hashed(words: ReadonlySet<string>): number[] {
  const sums = new Array<number>(hashedWords).fill(0);
  for (const word of words) {
    const hash = hashText(word);
    const at = hash % hashedWords;
    sums[at] = numberAt(sums, at) + ((hash >>> 16) % 2 === 0 ? 1 : -1);
  }
  const norm = Math.hypot(...sums);
  return norm === 0 ? sums : sums.map((sum) => sum / norm);
}
