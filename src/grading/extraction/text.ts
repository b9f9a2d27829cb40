import { finalText, longestRead } from './final-text.ts';
import { finalStatements, type StatementOrder } from './statements.ts';

/**
 * Text for comparison: Unicode-normalised, lower case, spaces joined, typographic quotes plain; wrapping marks,
 * the final stop and a leading English article gone.
 */
export function normalizeText(text: string): string {
  return (
    text
      .normalize('NFKC')
      // One ligature may become eighteen letters.
      .slice(-longestRead)
      .toLowerCase()
      .replaceAll(/[‘’‛′`´]/g, "'")
      .replaceAll(/[“”„‟″«»]/g, '"')
      .replaceAll(/\s+/g, ' ')
      .replace(/^[\s"'*_([{$]{1,20}/, '')
      .replace(/[\s"'*_)\]}$.!,;:]{1,20}$/, '')
      .replace(/^(?:the|an?) (?=\S)/, '')
  );
}

/** The answer as text: what its final statement says, else all of it; of `not Lyon but Paris` what is not denied. */
export function extractText(answer: string, order: StatementOrder = 'last'): string {
  return affirmedText(statedText(answer, order));
}

/** What the final statement says, else all of the answer. */
export function statedText(answer: string, order: StatementOrder = 'last'): string {
  const text = finalText(answer);
  const stated = finalStatements(text, order).find(({ kind, isAtEnd }) => kind !== 'weak' || isAtEnd);
  return stated === undefined ? text : withoutLatex(stated.text);
}

/** Without LaTeX's marks around words. */
function withoutLatex(said: string): string {
  return said
    .replaceAll(/\\(?:text|math)[a-z]{0,6}\s?\{([^{}]{0,500})\}/g, '$1')
    .replace(/^\\\((.*)\\\)[.]?$/s, '$1')
    .trim();
}

/** `not Lyon but Paris`, `Paris, not Lyon`: what is not denied. Of texts longer than names all. */
function affirmedText(said: string): string {
  if (said.length > 200 || said.includes('\n')) return said;
  return said
    .replace(
      /^[*_\s]{0,6}(?:not\s(?!only\b)[^,;]{1,80}?[,;]?\s(?:but(?:\srather)?(?!\salso\b)|rather)|nicht\s[^,;]{1,80}?,?\ssondern|no\s[^,;]{1,80}?,?\ssino|non\s[^,;]{1,80}?,?\sma)\s+(?=\S)/iu,
      '',
    )
    .replace(
      /(?<=\S)(?:[,;]\s(?:and\s)?(?:not|nicht|und\snicht|et\snon)|,?\s(?:rather\sthan|instead\sof))\s[^,;]{1,80}$/iu,
      '',
    );
}
