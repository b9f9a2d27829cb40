import { finalText, jsonAnswerField } from './final-text.ts';

/** Text for comparison: Unicode-normalised, lower case, spaces joined, wrapping marks and final stop gone. */
export function normalizeText(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/\s+/g, ' ')
    .replace(/^[\s"'`*_([{]{1,20}/, '')
    .replace(/[\s"'`*_)\]}.!]{1,20}$/, '');
}

/** A label for comparison: as text, with hyphens, underscores and spaces alike. */
export function normalizeLabel(text: string): string {
  return normalizeText(text)
    .replaceAll(/[\s_-]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
}

/**
 * The label that an answer gives: a JSON field, what follows "label:" or "intent:", the only line. When
 * the labels are known, also the one label that the text mentions. `null` when there is none.
 */
export function extractLabel(answer: string, labels?: readonly string[]): string | null {
  const text = finalText(answer);
  const known =
    labels === undefined ? undefined : new Map(labels.map((label) => [normalizeLabel(label), label]));
  for (const candidate of candidatesOf(text)) {
    const normalized = normalizeLabel(candidate.slice(0, 500));
    if (known === undefined ? normalized !== '' : known.has(normalized))
      return known?.get(normalized) ?? normalized;
  }
  return known === undefined ? null : onlyMentioned(text, known);
}

function* candidatesOf(text: string): Generator<string> {
  const field = jsonAnswerField(text, ['label', 'intent', 'category', 'class', 'answer', 'sentiment']);
  if (field !== undefined) yield field;
  const named =
    /(?:^|\n)[\s*_]{0,6}(?:label|intent|category|class|sentiment|answer)[\s*_]{0,4}:[\s*_]{0,4}([^\n]{1,300})/gi;
  let last: string | undefined;
  for (const match of text.matchAll(named)) last = match[1];
  if (last !== undefined) yield last;
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  yield lines.at(-1) ?? '';
  yield lines[0] ?? '';
}

/** The longest label mentioned as whole words, if no other is that is not a part of it. */
function onlyMentioned(text: string, known: ReadonlyMap<string, string>): string | null {
  const haystack = `_${text.toLowerCase().replaceAll(/[^\p{L}\d]+/gu, '_')}_`;
  const mentioned = [...known.keys()].filter((label) => haystack.includes(`_${label}_`));
  const longest = mentioned.sort((a, b) => b.length - a.length)[0];
  if (longest === undefined || mentioned.some((label) => !`_${longest}_`.includes(`_${label}_`))) return null;
  return known.get(longest) ?? null;
}
