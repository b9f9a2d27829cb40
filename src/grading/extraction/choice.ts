import { afterAnswerPhrase, boxedContent, finalText, jsonAnswerField } from './final-text.ts';

/** Letters a multiple-choice answer may use: A to J. */
const letter = '[A-J]';
/** A letter in one of the ways that a reply to "which one?" is written, at the text's start. */
const leading = new RegExp(
  `^[\\s*_\`"'(\\[{]{0,8}(?:\\\\text\\{|(?:option|choice|letter)\\s{1,3})?[\\s*_\`"'(\\[{]{0,4}(${letter}|[a-j](?=[).\\]]))(?![\\p{L}\\d'’])`,
  'u',
);

/**
 * The letter (A to J) that a multiple-choice answer picks: from `\boxed{}`, a JSON field, "the answer is
 * (B)", a lone letter on the last or first line, `B) …` as first line, else the last letter in brackets
 * or bold. `null` when there is none.
 */
export function extractChoice(answer: string): string | null {
  const text = finalText(answer);
  for (const place of [boxedContent(text), jsonAnswerField(text), afterAnswerPhrase(text)]) {
    const found = place === undefined ? undefined : leadingLetter(place);
    if (found !== undefined) return found;
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return loneLetter(lines.at(-1)) ?? loneLetter(lines[0]) ?? startingLetter(lines) ?? markedLetter(text);
}

function leadingLetter(text: string): string | undefined {
  const match = leading.exec(text.slice(0, 100));
  if (match?.[1] === undefined) return undefined;
  // "the answer is A good one" and "I": an article or a pronoun, not a pick.
  const rest = text.slice(match[0].length, match[0].length + 30);
  if (/^[AI]$/.test(match[1]) && match[0].trim().length === 1 && /^\s+[a-z]/.test(rest)) return undefined;
  return match[1].toUpperCase();
}

function loneLetter(line: string | undefined): string | null {
  if (line === undefined || line.length > 60) return null;
  const match =
    /^[\s*_`"'([{]*(?:(?:option|choice|answer)\s*:?\s*)?[*_`"'([{]*([A-Ja-j])[\s*_`"')\]}.:]*$/i.exec(line);
  return match?.[1]?.toUpperCase() ?? null;
}

/** `B) because …` or `(B) …` or `B. …` as the start of a short reply; a list of options is none. */
function startingLetter(lines: readonly string[]): string | null {
  const starts = lines.flatMap((line) => /^[\s*_`]{0,6}\(?([A-J])[).:]/.exec(line.slice(0, 20))?.[1] ?? []);
  return starts.length === 1 ? (starts[0] as string) : null;
}

function markedLetter(text: string): string | null {
  let found: string | null = null;
  for (const match of text.matchAll(/(?:\*\*|\(|\b[Oo]ption |\b[Cc]hoice )\(?([A-J])(?:\)|\*\*|\b)/g)) {
    found = match[1] as string;
  }
  return found;
}
