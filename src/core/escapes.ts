/**
 * Ways to write a character as more than itself, as servers do when they quote: percent encoding (also of
 * percent encoding), escapes of JSON and of programs, HTML entities. Quantifiers are bounded: time is linear.
 */
const escapes =
  /%(?:25){0,8}[0-9a-f]{2}|\\{1,8}(?:u[0-9a-f]{4}|u\{[0-9a-f]{1,6}\}|x[0-9a-f]{2}|\/)|&#x[0-9a-f]{1,8};|&#[0-9]{1,8};|&[a-z]{2,8};/gi;
/** The beginning of one, at the end of a text. */
const openEscape =
  /(?:%(?:25){0,8}[0-9a-f]?|\\{1,8}(?:u[0-9a-f]{0,3}|u\{[0-9a-f]{0,6}|x[0-9a-f]?)?|&(?:#(?:x[0-9a-f]{0,8}|[0-9]{0,8})?|[a-z]{0,8})?)$/i;
const longestEscape = 32;
const hasEscape = /[%\\&]/;

/** What HTML calls the characters that keys are made of, beside letters and digits. */
const entities: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", percnt: '%', num: '#', excl: '!', dollar: '$' },
  ...{ period: '.', lowbar: '_', hyphen: '-', dash: '-', sol: '/', bsol: '\\', plus: '+', equals: '=' },
  ...{ colon: ':', semi: ';', comma: ',', commat: '@', ast: '*', tilde: '~', lpar: '(', rpar: ')' },
};

/** A text with one layer of escapes taken off, and where in the source each of its characters stood. */
export interface Unescaped {
  readonly text: string;
  /** Start of each character, and at the end the source's length; absent: where they stand. */
  readonly starts?: readonly number[];
}

/** `undefined` where there is nothing to take off. */
export function unescapeOnce({ text, starts }: Unescaped): Unescaped | undefined {
  if (!hasEscape.test(text)) return undefined;
  let out = '';
  let from = 0;
  const sources: number[] = [];
  const sourceOf = (index: number): number => (starts === undefined ? index : (starts[index] ?? 0));
  const take = (to: number): void => {
    out += text.slice(from, to);
    for (let index = from; index < to; index++) sources.push(sourceOf(index));
  };
  for (const match of text.matchAll(escapes)) {
    const [whole] = match;
    const character = characterOf(whole);
    if (character === undefined) continue;
    take(match.index);
    out += character;
    sources.push(sourceOf(match.index));
    from = match.index + whole.length;
  }
  if (from === 0 && sources.length === 0) return undefined;
  take(text.length);
  sources.push(sourceOf(text.length));
  return { text: out, starts: sources };
}

/** Where an escape begins that the text breaks off in; its length where none does. */
export function openEscapeAt(text: string): number {
  const tail = text.slice(-longestEscape);
  const at = tail.search(openEscape);
  return at < 0 ? text.length : text.length - tail.length + at;
}

/** One UTF-16 unit, so that positions can be told; `undefined` for what is no such escape. */
function characterOf(written: string): string | undefined {
  if (written.startsWith('%')) return String.fromCharCode(Number.parseInt(written.slice(-2), 16));
  if (written.endsWith('/')) return '/';
  if (written.startsWith('&') && !written.startsWith('&#'))
    return entities[written.slice(1, -1).toLowerCase()];
  const digits = /(?:u\{?|&#x|x)([0-9a-f]+)[};]?$/i.exec(written)?.[1];
  const code = digits === undefined ? Number(written.slice(2, -1)) : Number.parseInt(digits, 16);
  return code <= 0xffff ? String.fromCharCode(code) : undefined;
}
