import { afterAnswerPhrase, boxedContent, finalText, jsonAnswerField } from './final-text.ts';

/** A number found in text. */
export interface FoundNumber {
  readonly value: number;
  /** The number was followed by a percent sign. */
  readonly percent: boolean;
}

const latexFraction = String.raw`\\[dt]?frac\s?\{\s?(-?\d[\d.]{0,30})\s?\}\s?\{\s?(-?\d[\d.]{0,30})\s?\}`;
const digits = String.raw`(?:\d{1,3}(?:[,'’\u202f\u00a0_]\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+`;
/** Alternatives from the longest form down: LaTeX fraction, mixed number, fraction, number with exponent. */
const numberPattern = new RegExp(
  `(?<sign>[-−–]\\s?)?[$€£¥]?\\s?(?:(?<whole>\\d{1,9})?\\s?${latexFraction}` +
    `|(?<mixed>\\d{1,9})\\s(?<mixedTop>\\d{1,9})\\/(?<mixedBottom>\\d{1,9})(?![\\d/])` +
    `|(?<top>${digits})\\s?\\/\\s?(?<bottom>\\d{1,12}(?:\\.\\d{1,9})?)(?![\\d/])` +
    `|(?<plain>${digits})(?:\\s?(?:[x×*]|\\\\times)\\s?10\\s?\\^\\s?\\{?(?<power>[-−]?\\d{1,3})\\}?|[eE](?<exponent>[-+]?\\d{1,3})(?![\\w]))?)` +
    `(?<percent>\\s?\\\\?%)?`,
  'gu',
);

/**
 * The number that an answer gives as its result: from `\boxed{}`, after `####`, in a JSON `answer` field,
 * after "the answer is", else the last number in the text. Thousands separators, currency signs, units,
 * fractions, mixed numbers, LaTeX and scientific notation are understood. `null` when there is none.
 */
export function extractNumber(answer: string): FoundNumber | null {
  const text = finalText(answer);
  // A named result without a number says that there is none; a number of the reasoning is not the answer.
  const named = boxedContent(text) ?? jsonAnswerField(text);
  if (named !== undefined) return resultOf(named) ?? null;
  const marked = text.lastIndexOf('####');
  const afterMark = marked < 0 ? undefined : numbersIn(text.slice(marked + 4, marked + 200))[0];
  const afterPhrase = resultOf(afterAnswerPhrase(text) ?? '');
  return afterMark ?? afterPhrase ?? numbersIn(text).at(-1) ?? null;
}

/** A whole text as one number (a gold answer, a vote), or `null`. */
export function parseNumber(text: string): FoundNumber | null {
  return resultOf(text) ?? null;
}

/** All numbers in a text, in order. */
export function numbersIn(text: string): FoundNumber[] {
  const plain = unwrapped(text);
  const found: FoundNumber[] = [];
  for (const match of plain.matchAll(numberPattern)) {
    const value = signedValue(match, plain);
    if (Number.isFinite(value)) found.push({ value, percent: match.groups?.percent !== undefined });
  }
  return found;
}

/** A number's shortest text, equal for equal values: what votes compare. */
export function canonicalNumber(number: FoundNumber): string {
  return String(Number(number.value.toPrecision(12)) + 0);
}

/** In `3 * 4 = 12` the result is what follows the last equals sign; else the first number counts. */
function resultOf(text: string): FoundNumber | undefined {
  const equals = text.lastIndexOf('=');
  const after = equals < 0 ? undefined : numbersIn(text.slice(equals + 1))[0];
  return after ?? numbersIn(text)[0];
}

/** LaTeX spacing and wrappers gone: `\text{…}`, `\$`, `\,`, `{,}`; bold marks too. */
function unwrapped(text: string): string {
  return text
    .replaceAll(/\\(?:text|mathrm|mathbf)\s?\{([^{}]{0,200})\}/g, ' $1 ')
    .replaceAll(/\\[,!;: ]|\{,\}/g, (space) =>
      space === '{,}' || space === '\\,' || space === '\\!' ? ',' : ' ',
    )
    .replaceAll('\\$', '$')
    .replaceAll('**', '');
}

function signedValue(match: RegExpExecArray, text: string): number {
  const groups = match.groups ?? {};
  // `3-4` is a difference or a range, `A-1` a name: the hyphen is a sign only after a space or an operator.
  const isSign = groups.sign !== undefined && !/[\p{L}\d)]/u.test(text[match.index - 1] ?? ' ');
  return (isSign ? -1 : 1) * magnitude(match, groups);
}

function magnitude(match: RegExpExecArray, groups: Record<string, string | undefined>): number {
  const [, , , top, bottom] = match;
  if (groups.plain !== undefined) {
    const power = groups.power?.replace('−', '-') ?? groups.exponent ?? '0';
    return toNumber(groups.plain) * 10 ** Number(power);
  }
  if (groups.mixed !== undefined) {
    return Number(groups.mixed) + Number(groups.mixedTop) / Number(groups.mixedBottom);
  }
  if (groups.top !== undefined) return toNumber(groups.top) / Number(groups.bottom);
  return Number(groups.whole ?? '0') + Number(top) / Number(bottom);
}

function toNumber(text: string): number {
  return Number(text.replaceAll(/[,'’\u202f\u00a0_]/g, ''));
}
