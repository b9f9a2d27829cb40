import { RE2JS } from 're2js';
import { z } from 'zod';
import type { Grade } from '../../domain/grade.ts';
import type { Instance } from '../../domain/task.ts';
import { extractChoice, extractNumber, extractText, normalizeText, parseNumber } from '../extract.ts';
import { finalText } from '../extraction/final-text.ts';
import type { FoundNumber } from '../extraction/number.ts';
import { goldAs, quoted, scored, statementOption, unscored } from './define.ts';

const oneOrMore = z.union([z.string(), z.array(z.string()).min(1)]);

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

export const exactOptions = z.strictObject({
  name: z.literal('exact'),
  /** Compare the whole answer letter by letter instead of what it states, after normalising. */
  verbatim: z.boolean().default(false),
  statement: statementOption,
});

/** Gold: the answer, or a list of accepted answers. */
export function gradeExact(answer: string, instance: Instance, options: z.infer<typeof exactOptions>): Grade {
  const gold = goldAs(instance, oneOrMore);
  if ('problem' in gold) return unscored(gold.problem);
  const whole = finalText(answer);
  const stated = options.verbatim ? whole : extractText(answer, options.statement);
  const form = options.verbatim ? (text: string) => text : normalizeText;
  // A gold answer may itself look like a statement ("Answer: yes").
  const given = new Set([whole, stated].map(form));
  if (listOf(gold.value).some((accepted) => given.has(form(accepted.trim())))) return scored(1);
  return scored(0, `The answer ${quoted(form(stated))} is not the expected text.`);
}

export const choiceOptions = z.strictObject({ name: z.literal('choice'), statement: statementOption });

/** Gold: a letter. */
export function gradeChoice(
  answer: string,
  instance: Instance,
  options: z.infer<typeof choiceOptions>,
): Grade {
  const gold = goldAs(instance, z.string().regex(/^\s*\(?[A-Za-z]\)?\s*$/, 'a letter from A to Z'));
  if ('problem' in gold) return unscored(gold.problem);
  const given = extractChoice(answer, options.statement);
  if (given === null) return scored(0, 'No choice was found in the answer; it should end with one letter.');
  const wanted = gold.value.replaceAll(/[\s()]/g, '').toUpperCase();
  return given === wanted ? scored(1) : scored(0, `Choice ${given} is wrong.`);
}

export const numericOptions = z.strictObject({
  name: z.literal('numeric'),
  /** Largest absolute difference that counts as right. Default: 1e-6, but no more than a thousandth of the gold. */
  tolerance: z.number().min(0).optional(),
  /** Largest difference relative to the gold number that counts as right. */
  relativeTolerance: z.number().min(0).default(1e-9),
  statement: statementOption,
});

const defaultTolerance = 1e-6;
const numberOrText = z.union([z.number(), z.string()]);

/**
 * Gold: a number, or text that holds one (`1,234`, `3/4`, `72 km`), or a list of accepted ones. A percentage
 * also counts as its hundredth, a number of millions also without its unit.
 */
export function gradeNumeric(
  answer: string,
  instance: Instance,
  options: z.infer<typeof numericOptions>,
): Grade {
  const gold = goldAs(instance, z.union([numberOrText, z.array(numberOrText).min(1)]));
  if ('problem' in gold) return unscored(gold.problem);
  const accepted = (Array.isArray(gold.value) ? gold.value : [gold.value]).map((each): FoundNumber | null =>
    typeof each === 'number' ? { value: each, percent: false } : parseNumber(each),
  );
  if (accepted.includes(null)) return unscored(`the gold answer of instance ${instance.id} holds no number`);
  const given = extractNumber(answer, options.statement);
  if (given === null) return scored(0, 'No number was found in the answer; it should end with one.');
  const isRight = accepted.some((wanted) => wanted !== null && isSameNumber(given, wanted, options));
  return isRight ? scored(1) : scored(0, `The number ${given.value}${given.percent ? '%' : ''} is wrong.`);
}

function isSameNumber(
  given: FoundNumber,
  wanted: FoundNumber,
  { tolerance, relativeTolerance }: z.infer<typeof numericOptions>,
): boolean {
  const near = (value: number, target: number): boolean => {
    const size = Math.abs(target);
    // Golds of 1e-7 are told apart too.
    const absolute = tolerance ?? (size === 0 ? defaultTolerance : Math.min(defaultTolerance, size / 1000));
    return Math.abs(value - target) <= Math.max(absolute, relativeTolerance * size);
  };
  return (
    near(given.value, wanted.value) ||
    (given.percent && !wanted.percent && near(given.value / 100, wanted.value)) ||
    (wanted.percent && !given.percent && near(given.value, wanted.value / 100)) ||
    (given.unscaled !== undefined && near(given.unscaled, wanted.value)) ||
    (wanted.unscaled !== undefined && near(given.value, wanted.unscaled))
  );
}

export const containsOptions = z.strictObject({
  name: z.literal('contains'),
  /** Whether all of the gold texts must occur or one is enough. */
  mode: z.enum(['all', 'any']).default('all'),
  caseSensitive: z.boolean().default(false),
});

/** Gold: a text, or a list of texts, to occur in the answer. Scores the share found (`all`) or 0/1 (`any`). */
export function gradeContains(
  answer: string,
  instance: Instance,
  options: z.infer<typeof containsOptions>,
): Grade {
  const gold = goldAs(instance, oneOrMore);
  if ('problem' in gold) return unscored(gold.problem);
  const form = (text: string): string => {
    const spaced = text.normalize('NFKC').replaceAll(/\s+/g, ' ').trim();
    return options.caseSensitive ? spaced : spaced.toLowerCase();
  };
  const text = form(finalText(answer));
  const wanted = listOf(gold.value);
  const found = wanted.filter((part) => text.includes(form(part))).length;
  const value = options.mode === 'any' ? Math.min(1, found) : found / wanted.length;
  if (value === 1) return scored(1);
  return scored(value, `The answer holds ${found} of ${wanted.length} expected pieces.`);
}

export const regexOptions = z.strictObject({
  name: z.literal('regex'),
  /** RE2 syntax, which is matched in linear time (no back-references, no look-around). Default: the gold answer. */
  pattern: z.string().optional(),
  flags: z
    .string()
    .regex(/^[ims]*$/, 'flags out of i (any case), m (^ and $ at lines), s (. matches line ends)')
    .default(''),
});
export type RegexOptions = z.infer<typeof regexOptions>;

/** Longest text that is matched; RE2's time is linear but not free. */
const longestMatched = 200_000;

export function gradeRegex(answer: string, instance: Instance, options: RegexOptions): Grade {
  const gold = options.pattern === undefined ? goldAs(instance, z.string()) : { value: options.pattern };
  if ('problem' in gold) return unscored(gold.problem);
  const compiled = compileRegex(gold.value, options.flags);
  if ('problem' in compiled) return unscored(`instance ${instance.id}: ${compiled.problem}`);
  const matches = compiled.value.matcher(finalText(answer).slice(-longestMatched)).find();
  return matches ? scored(1) : scored(0, 'The answer does not have the expected form.');
}

const flagBits = { i: RE2JS.CASE_INSENSITIVE, m: RE2JS.MULTILINE, s: RE2JS.DOTALL } as const;

export function compileRegex(
  pattern: string,
  flags: string,
): { readonly value: RE2JS } | { readonly problem: string } {
  const bits = [...flags].reduce((sum, flag) => sum | flagBits[flag as keyof typeof flagBits], 0);
  try {
    return { value: RE2JS.compile(pattern, bits) };
  } catch (error) {
    return {
      problem: `not a regular expression in RE2 syntax: ${error instanceof Error ? error.message : error}`,
    };
  }
}
