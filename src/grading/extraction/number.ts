import { finalText } from './final-text.ts';
import { lastQuantityIn, type Quantity, quantityOf } from './quantity.ts';
import { finalStatements, type StatementOrder, withoutRunOn } from './statements.ts';
import { withoutVerification } from './verification.ts';

/**
 * The number that an answer gives as its result: from its final statements, else a first line or an ending
 * formula that is a number alone, else the last number of the text. `null` when there is none, and when the
 * statement holds several (`12 or 15`) or an expression without a value (`3x + 1`).
 */
export function extractNumber(answer: string, order: StatementOrder = 'last'): Quantity | null {
  const text = finalText(answer);
  for (const { kind, text: said, isAtEnd } of finalStatements(text, order)) {
    if (kind === 'weak' && !isAtEnd) continue;
    const found =
      kind === 'wrapped' && said.includes('\n')
        ? inProse(said)
        : quantityOf(withoutVerification(said), kind === 'wrapped' ? 'wrapped' : 'said');
    if (found !== 'none') return found === 'unclear' ? null : found;
    // A named result without a number says that there is none; a number of the reasoning is not the answer.
    if (kind === 'wrapped') return null;
  }
  const found = inProse(withoutRunOn(text));
  return found === 'none' || found === 'unclear' ? null : found;
}

/** A whole text as one number (a gold answer, a vote), or `null`. */
export function parseNumber(text: string): Quantity | null {
  const found = quantityOf(text, 'wrapped');
  return found === 'none' || found === 'unclear' ? null : found;
}

/** A number's shortest text, equal for equal values: what votes compare. */
export function canonicalNumber(number: Quantity): string {
  return String(Number(number.value.toPrecision(12)) + 0);
}

/** UTF-16 units, from the end, in which prose is searched for numbers. */
const longestProse = 20_000;

function inProse(whole: string): Quantity | 'none' | 'unclear' {
  const text = withoutVerification(whole);
  return firstLineAlone(text) ?? endingFormula(text) ?? lastQuantityIn(text.slice(-longestProse));
}

/** `15`, then an empty line or a list of steps: the answer came first. */
function firstLineAlone(text: string): Quantity | undefined {
  const end = text.indexOf('\n');
  const first = text.slice(0, end < 0 ? 0 : end).trim();
  if (
    first === '' ||
    first.length > 40 ||
    !/^[*_`$(\\]{0,6}[-+−]?[$€£¥₹]?[\d.]+(?:[\d,./]*\d)?\s?%?[*_`$)\\.]{0,6}$/.test(first)
  )
    return undefined;
  const last = text.slice(text.lastIndexOf('\n') + 1);
  if (last.includes('=') || /^[\s*_`$]*[-+−]?[$€£¥]?[\d.,]+[\s*_`$.]*$/.test(last)) return undefined;
  const found = quantityOf(first, 'wrapped');
  return typeof found === 'string' ? undefined : found;
}

/** `So we get $2\sqrt{3}$.`: a formula that ends the text is read whole. */
function endingFormula(text: string): Quantity | 'unclear' | undefined {
  const formula =
    /(?:\$\$?([^$\n]{1,200})\$\$?|\\\(([^\n]{1,200}?)\\\)|\\\[([^[\]]{1,200})\\\])[\s.*_]{0,6}$/.exec(
      text.slice(-300),
    );
  const content = formula?.[1] ?? formula?.[2] ?? formula?.[3];
  if (content === undefined) return undefined;
  const found = quantityOf(content, 'wrapped');
  return found === 'none' ? undefined : found;
}
