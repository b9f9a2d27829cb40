/**
 * Mathematics as people and models write it, in one notation: `*`, `/`, `^{…}`, `\frac{…}{…}`, `\sqrt{…}`, `π`,
 * `=`, digits 0 to 9 with `_` where a space or LaTeX's `\,` grouped them; emphasis, `\text{…}` and spacing gone.
 */
export function mathText(text: string): string {
  const plain = withoutLatexWrappers(withPlainCharacters(text));
  return plain
    .replaceAll(/(?<=[\d)}])\*\*(?=[\d({-])/g, '^')
    .replaceAll(/\*\*|__|`/g, '')
    .replaceAll(/\\(?:cdot|times)(?![a-zA-Z])|[×·⋅∙∗]/g, '*')
    .replaceAll(/\\div(?![a-zA-Z])|÷/g, '/')
    .replaceAll(/\\(?:approx|simeq|equiv)(?![a-zA-Z])|[≈≃≅]/g, '=')
    .replaceAll(/\\pm(?![a-zA-Z])/g, '±')
    .replaceAll(/\\pi(?![a-zA-Z])/g, 'π')
    .replaceAll('√', '\\sqrt')
    .replaceAll(/\^\s?\{?\s?\\circ\s?\}?|\\degree(?:s)?(?![a-zA-Z])|°/g, ' degrees ');
}

/** Digits of every script, fractions and exponents of one character, minus signs: as ASCII has them. */
function withPlainCharacters(text: string): string {
  // Where all is ASCII, as mostly, there is nothing to do.
  if (/^[\0-\x7f]*$/.test(text)) return text;
  return text
    .replaceAll(
      /(?<=[\p{Nd})\]}])[⁰¹²³⁴-⁹⁺⁻]+/gu,
      (raised) => `^{${raised.normalize('NFKC').replace('−', '-')}}`,
    )
    .replaceAll(/(?<=\p{L})[⁰¹²³⁴-⁹⁻]+/gu, '')
    .replaceAll(/(?<=\d)[\u00a0\u202f\u2009\u2007](?=\d{3}(?!\d))/g, '_')
    .replaceAll(
      /[ \u00a0]?([½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒])/g,
      (_, fraction: string) => ` ${fraction.normalize('NFKC')}`,
    )
    .normalize('NFKC')
    .replaceAll('⁄', '/')
    .replaceAll(/(?![0-9])\p{Nd}/gu, asciiDigit)
    .replaceAll('٫', '.')
    .replaceAll('٬', ',')
    .replaceAll('−', '-')
    .replaceAll(/(?<![\p{L}\p{N})\s])[–—](?=\d)|(?<=[\s(=])[–—](?=[\d.$])/gu, '-');
}

const digitValues = new Map<string, string>();

/** Decimal digits stand in blocks of ten, the mathematical ones in five such blocks without a gap. */
function asciiDigit(digit: string): string {
  const known = digitValues.get(digit);
  if (known !== undefined) return known;
  const code = digit.codePointAt(0) ?? 0;
  let value = code >= 0x1d7ce && code <= 0x1d7ff ? (code - 0x1d7ce) % 10 : 0;
  if (code < 0x1d7ce) while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value++;
  digitValues.set(digit, String(value));
  return String(value);
}

const wrapper =
  /\\(?:text(?:bf|it|rm|sf|tt|normal)?|math(?:rm|bf|it|sf|tt|bb)|operatorname|mbox|hbox|emph|underline|boldsymbol|bm|displaystyle|ensuremath)\s?\{([^{}]{0,200})\}/g;

function withoutLatexWrappers(text: string): string {
  if (!text.includes('\\') && !text.includes('{')) return text;
  return text
    .replaceAll(/(?<=\d)(?:\\[,!;: ]|~|\{,\}|\\thinspace)(?=\d{3}(?!\d))/g, '_')
    .replaceAll(/(?<=\d)\{,\}(?=\d)/g, ',')
    .replaceAll('\\$', '$')
    .replaceAll('\\%', '%')
    .replaceAll(
      /\\[,!;: ()[\]]|~|\\(?:left|right|big|Big|bigg|Bigg|displaystyle|textstyle|quad|qquad)(?![a-zA-Z])/g,
      ' ',
    )
    .replaceAll(wrapper, ' $1 ')
    .replaceAll(wrapper, ' $1 ')
    .replaceAll(/\\[dtc]frac(?![a-zA-Z])/g, '\\frac');
}
