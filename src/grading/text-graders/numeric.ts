import { z } from 'zod';
import { quantile } from '../../core/statistics.ts';
import { scored, unscored } from '../../domain/grade.ts';
import { extractNumber, parseNumber } from '../extraction/number.ts';
import type { Quantity } from '../extraction/quantity.ts';
import { isCode } from '../gold-form.ts';
import { textGrader } from '../grader-kind.ts';
import { oneOrMore, statementOption } from './define.ts';

const numericOptions = z.strictObject({
  name: z.literal('numeric'),
  /** Largest absolute difference that counts as right. Default: 1e-6, but no more than a thousandth of the gold. */
  tolerance: z.number().min(0).optional(),
  /** Largest difference relative to the gold number that counts as right. */
  relativeTolerance: z.number().min(0).default(1e-9),
  statement: statementOption,
});

const defaultTolerance = 1e-6;

function isSameNumber(given: Quantity, wanted: Quantity, options: z.infer<typeof numericOptions>): boolean {
  const { tolerance, relativeTolerance } = options;
  const near = (value: number, target: number): boolean => {
    const size = Math.abs(target);
    // Golds of 1e-7 are told apart too.
    const absolute = tolerance ?? (size === 0 ? defaultTolerance : Math.min(defaultTolerance, size / 1000));
    return Math.abs(value - target) <= Math.max(absolute, relativeTolerance * size);
  };
  return (
    near(given.value, wanted.value) ||
    (given.restated !== undefined && isSameNumber(given.restated, wanted, options)) ||
    (given.percent && !wanted.percent && near(given.value / 100, wanted.value)) ||
    (wanted.percent && !given.percent && near(given.value, wanted.value / 100)) ||
    (given.unscaled !== undefined && near(given.unscaled, wanted.value)) ||
    (wanted.unscaled !== undefined && near(given.value, wanted.unscaled))
  );
}

const numberText =
  /^\s*[-+−]?\s*[$€£¥]?\s*(\d[\d,'_]*(\.\d+)?|\.\d+)(\s*\/\s*\d+)?\s*(e[-+]?\d+)?\s*%?\s*([\p{L}°²³]{1,12})?\s*$/iu;
/** LaTeX as data sets of mathematics write numbers, in plain notation: fractions, units, signs of money. */
const withoutLatex = (value: string): string =>
  value
    .trim()
    .replace(/^\$([^$]*)\$$/, '$1')
    .replaceAll(/\\[dt]?frac\s*\{\s*(-?[\d.]+)\s*\}\s*\{\s*([\d.]+)\s*\}/g, '$1/$2')
    .replaceAll(/\\[dt]?frac\s*(\d)\s*(\d)/g, '$1/$2')
    .replaceAll(/\\(?:text|mathrm|mbox)\s*\{([^{}]*)\}/g, '$1')
    .replaceAll(/\\[!,;: ]|\^\{?\\circ\}?/g, '')
    .replaceAll(/\\([$%])/g, '$1');
const isNumber = (value: unknown): boolean =>
  (typeof value === 'number' && Number.isFinite(value)) ||
  (typeof value === 'string' && numberText.test(withoutLatex(value)));

/** From more decimals on golds are as they were computed, and not rounded. */
const mostRounded = 6;

/** Decimals that all golds but a tenth keep to; 0 where nothing tells that they are rounded. */
function usualDecimals(golds: readonly unknown[]): number {
  const counts = golds.map((gold) => /\d*\.(\d+)\s*%?\s*$/.exec(String(gold))?.[1]?.length ?? 0);
  const usual = Math.round(quantile(counts, 0.9) ?? 0);
  return usual > mostRounded ? 0 : usual;
}

/**
 * Gold: a number, or text that holds one (`1,234`, `3/4`, `72 km`), or a list of accepted ones. A percentage
 * also counts as its hundredth, a number of millions also without its unit.
 */
export const numericGrader = textGrader('numeric', {
  options: numericOptions,
  golds: oneOrMore(z.union([z.number(), z.string()])),
  judge: (answer, golds, options, { id }) => {
    const accepted = golds.map((each): Quantity | null =>
      typeof each === 'number' ? { value: each, percent: false } : parseNumber(each),
    );
    if (accepted.includes(null)) return unscored(`the gold answer of instance ${id} holds no number`);
    const given = extractNumber(answer, options.statement);
    if (given === null) return scored(0, 'No number was found in the answer; it should end with one.');
    const isRight = accepted.some((wanted) => wanted !== null && isSameNumber(given, wanted, options));
    return isRight ? scored(1) : scored(0, `The number ${given.value}${given.percent ? '%' : ''} is wrong.`);
  },
  scores: 'pass-or-fail',
  learned: 'number',
  gold: {
    answer: 'number',
    expected: 'a number',
    fits: (gold) => isNumber(gold) || (Array.isArray(gold) && gold.length > 0 && gold.every(isNumber)),
    prompt: (golds) => {
      const decimals = usualDecimals(golds.flat());
      const rounded =
        decimals === 0 ? '' : ` Round N to ${decimals === 1 ? '1 decimal' : `${decimals} decimals`}.`;
      return `{{input}}\n\nEnd with a line of the form "The answer is N."${rounded}`;
    },
    doubt: (instances) =>
      instances.some(({ gold }) => isCode(gold))
        ? 'some gold answers have leading zeros or very many digits: numeric takes 123 for 0123, exact does not'
        : undefined,
  },
});
