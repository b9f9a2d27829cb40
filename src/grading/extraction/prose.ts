/** Lists, quotes, tables, headings, rules, bold text, display mathematics, tags around an answer, fences. */
const markup =
  /^(?:[-+*•–—]\s|>|\||\d{1,3}[.)]\s|[-=*_]{3,}$|#{1,6}\s|\*\*|__\p{L}|\$\$|\\[[\]()]|<\/?[A-Za-z][\w-]{0,30}>|\[\/?[A-Z_]{2,20}\]|`{3}|~{3})/u;
/** What is left of a fence whose marks were lost. */
const languageTag = /^(?:python ?3?|py|copy code)$/i;
const keywords = new Set(
  'and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass print raise return try while with yield true false none'.split(
    ' ',
  ),
);
/** A name that is assigned to, called, indexed or has an attribute. */
const codeStart = /^[\w.]+\s{0,4}(?:[-+*/%|&^@]?=|\(|\[|\.\w)/;

/**
 * Whether a line beside code that is no Python statement is a sentence or Markdown. In doubt it is broken
 * code: what is cut away from a program must never be a part of it, or its stump would be graded.
 */
export function looksLikeProse(line: string): boolean {
  const text = line.slice(0, 300).trim();
  if (markup.test(text) || languageTag.test(text)) return true;
  if (codeStart.test(text) || !/\p{L}/u.test(text)) return false;
  const words = text.split(/\s+/).filter((word) => /^[^\w\s]*[\p{L}'’`-]+[^\w\s]*$/u.test(word));
  const first = (words[0] ?? '').replaceAll(/[^\p{L}]/gu, '');
  const isSentence = /[.!?…]["'”’)*]*$/.test(text);
  if (keywords.has(first.toLowerCase()) && text.startsWith(first)) {
    const isLower = first === first.toLowerCase();
    return isSentence ? words.length >= 3 : !isLower && words.length >= 3;
  }
  // Letters without case, as in Chinese, and those of other alphabets are no code.
  if (/[^\p{ASCII}\p{Lu}\p{Ll}]/u.test(text.replaceAll(/[^\p{L}]/gu, ''))) return true;
  return words.length >= 1 && (isSentence || /^[^\p{L}\w]*\p{Lu}/u.test(text));
}
