import { closest, distance } from 'fastest-levenshtein';

/**
 * The candidate a misspelt word was probably meant to be, or `undefined` when none is near: at most
 * a third of the word's letters (and at least one) may differ, case aside. A candidate of which the
 * word is the beginning (three letters or more) counts as near.
 */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  if (word === '' || candidates.length === 0) return undefined;
  const lower = word.toLowerCase();
  const byLower = new Map(candidates.map((candidate) => [candidate.toLowerCase(), candidate]));
  const nearest = closest(lower, [...byLower.keys()]);
  if (distance(lower, nearest) <= Math.max(1, Math.floor(lower.length / 3))) return byLower.get(nearest);
  if (lower.length < 3) return undefined;
  return candidates.find((candidate) => candidate.toLowerCase().startsWith(lower));
}
