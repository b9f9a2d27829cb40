export const dateForm = 'YYYY-MM-DD';

/** Fewest values that show a form, and the longest of which it is one. */
const fewest = 3;
const longest = 20;

/**
 * How values look that are all built alike, for prompts: `YYYY-MM-DD`, `99:99 (9 for each digit)`. It tells none of
 * them; empty where they have no form in common.
 */
export function commonForm(values: readonly unknown[]): string {
  const texts = [...new Set(values.map((value) => String(value).trim()))];
  if (texts.length < fewest) return '';
  if (texts.every((text) => /^\d{4}-\d\d-\d\d$/.test(text))) return dateForm;
  const [mask = '', ...others] = new Set(texts.map(maskOf));
  // A word is no form, and neither is a number.
  if (others.length > 0 || mask.length > longest || !/9/.test(mask) || /^-?9(\.9+)?$/.test(mask)) return '';
  return `${mask} (${/A/.test(mask) ? 'A for each letter, ' : ''}9 for each digit)`;
}

function maskOf(text: string): string {
  return text.replaceAll(/\p{L}/gu, 'A').replaceAll(/\d/g, '9');
}
