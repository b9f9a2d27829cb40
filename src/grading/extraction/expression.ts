/** How much of arithmetic is read as one number. */
export interface ExpressionOptions {
  /** Also sums and products (`3 + 4`, `2 \cdot 5`), where prose has ranges and lists of numbers. */
  readonly arithmetic: boolean;
  /** Also `5!`, which after a phrase is an exclamation. */
  readonly factorials: boolean;
}

export interface ReadExpression {
  readonly value: number;
  /** Index after it. */
  readonly end: number;
  /** A range or list as likely as a number (`3-4`, `12 / 15 / 18`), or a sum left to the reader (`3 + 4`). */
  readonly doubtful: boolean;
}

const deepest = 30;
const longestFactorial = 170;

/**
 * The constant expression at `start` of a {@link mathText}: a number (grouped in any of the usual ways),
 * fraction, mixed number, power, root or π; with `arithmetic` what is made of them. `undefined`: none there,
 * or one whose value is not finite.
 */
export function readExpression(
  text: string,
  start: number,
  options: ExpressionOptions,
): ReadExpression | undefined {
  const reader = new ExpressionReader(text, start, options);
  const value = options.arithmetic ? reader.sum(0) : reader.product(0);
  if (value === undefined || !Number.isFinite(value)) return undefined;
  return { value, end: reader.at, doubtful: reader.doubtful };
}

class ExpressionReader {
  at: number;
  doubtful = false;
  readonly #text: string;
  readonly #arithmetic: boolean;
  readonly #factorials: boolean;

  constructor(text: string, start: number, { arithmetic, factorials }: ExpressionOptions) {
    this.#text = text;
    this.at = start;
    this.#arithmetic = arithmetic;
    this.#factorials = factorials;
  }

  sum(depth: number): number | undefined {
    let total = this.product(depth);
    while (total !== undefined) {
      const before = this.at;
      const sign = this.#take(/(\s*)([+-])\s*(?=[\d.(\\{π])/uy);
      if (sign === undefined) break;
      const operand = this.product(depth);
      if (operand === undefined) {
        this.at = before;
        break;
      }
      if (sign === '-' || (Number.isInteger(total) && Number.isInteger(operand))) this.doubtful = true;
      total += sign.includes('-') ? -operand : operand;
    }
    return total;
  }

  product(depth: number): number | undefined {
    let value = this.#power(depth);
    let divisions = 0;
    while (value !== undefined) {
      const before = this.at;
      const operator = this.#operator();
      const factor = operator === undefined ? undefined : this.#signedPower(depth);
      if (operator === undefined || factor === undefined) {
        this.at = before;
        break;
      }
      if (operator === '/' && ++divisions > 1) this.doubtful = true;
      value = operator === '/' ? value / factor : value * factor;
    }
    return value;
  }

  /** `*`, `/`, or the product that two neighbours are (`2\sqrt{3}`, `3(4)`). */
  #operator(): '*' | '/' | undefined {
    if (this.#arithmetic) {
      const sign = this.#take(/\s*[*/]\s*(?=[\d.(\\{π-])/uy);
      if (sign !== undefined) return sign.includes('/') ? '/' : '*';
      return this.#take(/(?=\(|\s?(?:\\sqrt|\\frac|π))/uy) === undefined ? undefined : '*';
    }
    if (this.#take(/\s?(?:\*|(?<=[\d\s])[xX])\s?(?=10\s?\^)/uy) !== undefined) return '*';
    if (this.#take(/\s?\/\s?(?=\d{1,12}(?:\.\d{1,9})?(?![\d/]|[.,]\d))/uy) !== undefined) return '/';
    return this.#take(/(?=\s?(?:\\sqrt|π))/uy) === undefined ? undefined : '*';
  }

  #signedPower(depth: number): number | undefined {
    const isNegative = this.#take(/-\s?/uy) !== undefined;
    const value = this.#power(depth);
    return value === undefined || !isNegative ? value : -value;
  }

  #power(depth: number): number | undefined {
    let value = this.#base(depth);
    if (value === undefined) return undefined;
    if (this.#take(/\s?\^\s?/uy) !== undefined) {
      const exponent = this.#exponent(depth);
      if (exponent === undefined) return undefined;
      value **= exponent;
    }
    if (this.#factorials && Number.isInteger(value) && value >= 0 && this.#take(/!/uy) !== undefined) {
      value = value > longestFactorial ? Number.POSITIVE_INFINITY : factorial(value);
    }
    return value;
  }

  #exponent(depth: number): number | undefined {
    if (/[{(]/.test(this.#text[this.at] ?? '')) return this.#group(depth);
    const sign = this.#take(/[-+]/uy);
    const digits = this.#take(/\d{1,4}(?:\.\d{1,4})?/uy);
    return digits === undefined ? undefined : Number(digits) * (sign === '-' ? -1 : 1);
  }

  #base(depth: number): number | undefined {
    const first = this.#text[this.at] ?? '';
    if (first === '(' || first === '{') return this.#group(depth);
    if (this.#take(/π/uy) !== undefined) return Math.PI;
    if (this.#take(/\\frac\s?/uy) !== undefined) return this.#fraction(depth);
    if (this.#take(/\\sqrt\s?/uy) !== undefined) return this.#root(depth);
    const number = this.#number();
    return number === undefined ? undefined : this.#mixed(number, depth);
  }

  #group(depth: number): number | undefined {
    if (depth >= deepest) return undefined;
    const close = this.#text[this.at] === '{' ? '}' : ')';
    this.at++;
    this.#take(/\s+/uy);
    const isNegative = this.#take(/-\s?/uy) !== undefined;
    let value = this.sum(depth + 1);
    if (value !== undefined && this.#take(/\s?\\over(?![a-zA-Z])\s?/uy) !== undefined) {
      const below = this.sum(depth + 1);
      value = below === undefined ? undefined : value / below;
    }
    this.#take(/\s+/uy);
    if (value === undefined || this.#text[this.at] !== close) return undefined;
    this.at++;
    return isNegative ? -value : value;
  }

  #fraction(depth: number): number | undefined {
    const top = this.#argument(depth);
    this.#take(/\s+/uy);
    const bottom = top === undefined ? undefined : this.#argument(depth);
    return top === undefined || bottom === undefined ? undefined : top / bottom;
  }

  #root(depth: number): number | undefined {
    const index = this.#take(/\[\d{1,2}\]/uy);
    const value = this.#argument(depth) ?? this.#number();
    if (value === undefined) return undefined;
    return index === undefined ? Math.sqrt(value) : value ** (1 / Number(index.slice(1, -1)));
  }

  /** What a LaTeX command takes: a group, or one digit. */
  #argument(depth: number): number | undefined {
    if (/[{(]/.test(this.#text[this.at] ?? '')) return this.#group(depth);
    const digit = this.#take(/\d|π/uy);
    return digit === 'π' ? Math.PI : digit === undefined ? undefined : Number(digit);
  }

  /** `1 1/2` and `3\frac{1}{2}` are sums. */
  #mixed(whole: number, depth: number): number | undefined {
    if (!Number.isInteger(whole)) return whole;
    const simple = this.#take(/[ _]\d{1,9}\s?\/\s?\d{1,9}(?![\d/]|[.,]\d)/uy);
    if (simple !== undefined) {
      const [top, bottom] = simple.slice(1).split('/');
      return whole + Number(top) / Number(bottom);
    }
    const before = this.at;
    if (this.#take(/\s?\\frac\s?(?=[{\d])/uy) === undefined) return whole;
    const part = this.#fraction(depth);
    if (part !== undefined) return whole + part;
    this.at = before;
    return whole;
  }

  #number(): number | undefined {
    const grouped = this.#arithmetic ? this.#take(oneGroup) : undefined;
    if (grouped !== undefined) return Number(withoutGroups(grouped));
    for (const { pattern, digits } of notations) {
      const found = this.#take(pattern);
      if (found !== undefined) return Number(digits(found));
    }
    return undefined;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.at += match[0].length;
    return match[0];
  }
}

interface Notation {
  readonly pattern: RegExp;
  /** The same number as JavaScript writes it. */
  readonly digits: (found: string) => string;
}

const withoutGroups = (found: string): string => found.replaceAll(/[,_'’ ]/g, '');
const withDecimalComma = (found: string): string => found.replaceAll(/[._'’ ]/g, '').replace(',', '.');

/** `15 000`, which in prose is as likely two numbers. */
const oneGroup = /[1-9]\d{0,2} \d{3}(?=\s{0,3}(?:[.;:!)}€$£%]|$|\n)|\s\p{L})/uy;
/** Ways to write a number, the longest first; what only looks like one of them goes to the next. */
const notations: readonly Notation[] = [
  // 1,234,567.89, 1'234'567, 1_234_567
  {
    pattern: /\d{1,3}(?:([,_'’])\d{3})(?:\1\d{3})*(?!\d)(?:\.\d+)?(?:[eE][-+]?\d{1,4}(?!\w))?/uy,
    digits: withoutGroups,
  },
  // 12,34,567
  { pattern: /\d{1,2}(?:,\d{2})+,\d{3}(?!\d)(?:\.\d+)?/uy, digits: withoutGroups },
  // 1.234.567,89
  { pattern: /\d{1,3}(?:\.\d{3})+,\d+(?![\d,])|\d{1,3}(?:\.\d{3}){2,}(?![\d.])/uy, digits: withDecimalComma },
  // 1 234 567,89 and 1 234 567
  { pattern: /[1-9]\d{0,2}(?: \d{3}){2,}(?![\d/])(?:[.,]\d+)?/uy, digits: withDecimalComma },
  { pattern: /[1-9]\d{0,2}(?:_\d{3})+,\d+(?!\d)/uy, digits: withDecimalComma },
  // 3,5, but not 3,5,7
  { pattern: /\d+,(?!\d{3}(?!\d))\d+(?![\d,]|\.\d)|0,\d+(?![\d,])/uy, digits: withDecimalComma },
  { pattern: /(?:\d+(?:\.\d*)?|\.\d+)[eE][-+]?\d{1,4}(?![\w])/uy, digits: (found) => found },
  { pattern: /\d+(?:\.\d+)?|\.\d+/uy, digits: (found) => found },
];

function factorial(value: number): number {
  let product = 1;
  for (let factor = 2; factor <= value; factor++) product *= factor;
  return product;
}
