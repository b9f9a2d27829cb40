import { RE2JS } from 're2js';
import { z } from 'zod';
import type { Grade } from '../../domain/grade.ts';
import type { Instance } from '../../domain/task.ts';
import { finalText } from '../extraction/final-text.ts';
import { isText } from '../gold-form.ts';
import { textGrader } from '../grader-kind.ts';
import { goldAs, scored, unscored } from './define.ts';

const regexOptions = z.strictObject({
  name: z.literal('regex'),
  /** RE2 syntax, which is matched in linear time (no back-references, no look-around). Default: the gold answer. */
  pattern: z.string().optional(),
  flags: z
    .string()
    .regex(/^[ims]*$/, 'flags out of i (any case), m (^ and $ at lines), s (. matches line ends)')
    .default(''),
});
type RegexOptions = z.infer<typeof regexOptions>;

/** Longest text that is matched; RE2's time is linear but not free. */
const longestMatched = 200_000;

function gradeRegex(answer: string, instance: Instance, options: RegexOptions): Grade {
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

export const regexGrader = textGrader('regex', {
  options: regexOptions,
  judge: gradeRegex,
  needsGold: (spec) => spec.pattern === undefined,
  fault: ({ pattern, flags }) => {
    const compiled = pattern === undefined ? undefined : compileRegex(pattern, flags);
    if (compiled === undefined || 'value' in compiled) return undefined;
    return { path: 'pattern', problem: `a regular expression in RE2 syntax (${compiled.problem})` };
  },
  scores: 'pass-or-fail',
  gold: { answer: 'text', expected: 'a regular expression', fits: isText, asAnswer: 'none' },
});
