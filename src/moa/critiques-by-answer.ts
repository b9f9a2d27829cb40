import type { Pool } from './pool.ts';

/**
 * The critics' comments taken apart by answer, in the order of the answers: what stands behind an answer's number in
 * square brackets (`[2] Strengths: …`) up to the next number. Empty lines and rules (`---`) are left out. `undefined`
 * where there are no comments or one of them has no part for some answer: then they are shown as a whole.
 */
export function critiquesByAnswer({ candidates, critiques }: Pool): readonly string[] | undefined {
  if (critiques.length === 0) return undefined;
  const parts = critiques.map(partsOf);
  const each = candidates.map(({ number }) => parts.map((part) => part.get(number)));
  if (each.some((own) => own.some((part) => part === undefined || part === ''))) return undefined;
  return each.map((own) => own.join('\n'));
}

/** By number; where a number comes twice, its first part. */
function partsOf(comment: string): ReadonlyMap<number, string> {
  const text = comment.replaceAll('\n\n\n\n', '\n\n').replaceAll('\n\n', '\n').replaceAll('---', '');
  const [, ...pieces] = text.split(/\[(\d+)\]/);
  const parts = new Map<number, string>();
  for (let at = 0; at + 1 < pieces.length; at += 2) {
    const number = Number(pieces[at]);
    if (!parts.has(number)) parts.set(number, (pieces[at + 1] ?? '').trim());
  }
  return parts;
}
