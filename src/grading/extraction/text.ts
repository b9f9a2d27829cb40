import { finalText } from './final-text.ts';
import { finalStatements, type StatementOrder } from './statements.ts';

/**
 * Text for comparison: Unicode-normalised, lower case, spaces joined, typographic quotes plain; wrapping marks,
 * the final stop and a leading English article gone.
 */
export function normalizeText(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[‘’‛′`´]/g, "'")
    .replaceAll(/[“”„‟″«»]/g, '"')
    .replaceAll(/\s+/g, ' ')
    .replace(/^[\s"'*_([{$]{1,20}/, '')
    .replace(/[\s"'*_)\]}$.!,;:]{1,20}$/, '')
    .replace(/^(?:the|an?) (?=\S)/, '');
}

/** The answer as text: what its final statement says, else all of it. */
export function extractText(answer: string, order: StatementOrder = 'last'): string {
  const text = finalText(answer);
  const stated = finalStatements(text, order).find(({ kind, isAtEnd }) => kind !== 'weak' || isAtEnd);
  return stated === undefined ? text : statedText(stated.text);
}

/** Without LaTeX's marks around words. */
function statedText(said: string): string {
  return said
    .replaceAll(/\\(?:text|math)[a-z]{0,6}\s?\{([^{}]{0,500})\}/g, '$1')
    .replace(/^\\\((.*)\\\)[.]?$/s, '$1')
    .trim();
}
