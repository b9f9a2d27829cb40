import { closest, distance } from 'fastest-levenshtein';

/**
 * The candidate a misspelt word was probably meant to be, or `undefined` when none is near: at most
 * a third of the word's letters (and at least one, or two neighbours that changed places) may differ, case aside. A candidate of which the
 * word is the beginning (three letters or more) counts as near, and so does the only one of which it is
 * a word (`text` of `ticket text`). Numbers with and without leading zeros are the same (`task-3`, `task-0003`).
 */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  if (word === '' || candidates.length === 0) return undefined;
  const lower = word.toLowerCase();
  const byLower = new Map(candidates.map((candidate) => [candidate.toLowerCase(), candidate]));
  const sameNumbers = candidates.find((candidate) => withoutZeros(candidate) === withoutZeros(word));
  if (sameNumbers !== undefined && !byLower.has(lower)) return sameNumbers;
  const swapped = [...byLower.keys()].find((candidate) => isSwapped(lower, candidate));
  if (swapped !== undefined && !byLower.has(lower)) return byLower.get(swapped);
  const nearest = closest(lower, [...byLower.keys()]);
  if (distance(lower, nearest) <= Math.max(1, Math.floor(lower.length / 3))) return byLower.get(nearest);
  if (lower.length < 3) return undefined;
  const longer = candidates.find((candidate) => candidate.toLowerCase().startsWith(lower));
  if (longer !== undefined) return longer;
  const [only, ...others] = candidates.filter((candidate) =>
    candidate
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .includes(lower),
  );
  return others.length === 0 ? only : undefined;
}

/** Whether two neighbouring letters that change places make one of the other. */
function isSwapped(word: string, candidate: string): boolean {
  const at = [...word].findIndex((letter, index) => letter !== candidate[index]);
  const swapped = `${word.slice(0, at)}${word[at + 1] ?? ''}${word[at] ?? ''}${word.slice(at + 2)}`;
  return at >= 0 && swapped === candidate;
}

function withoutZeros(text: string): string {
  return text.toLowerCase().replaceAll(/(?<!\d)0+(?=\d)/g, '');
}
