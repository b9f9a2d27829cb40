import { RE2JS } from 're2js';
import { z } from 'zod';
import { messageOf } from '../../core/errors.ts';
import { own } from '../../core/records.ts';
import { scored, unscored } from '../../domain/grade.ts';
import { finalText } from '../extraction/final-text.ts';
import { isText } from '../gold-form.ts';
import { textGrader } from '../grader-kind.ts';
import type { ValueOrProblem } from './define.ts';

/** Longest text that is matched; RE2's time is linear but not free. */
const longestMatched = 200_000;

const flagBits = { i: RE2JS.CASE_INSENSITIVE, m: RE2JS.MULTILINE, s: RE2JS.DOTALL } as const;

export function compileRegex(pattern: string, flags: string): ValueOrProblem<RE2JS> {
  const bits = [...flags].reduce((sum, flag) => sum | (own(flagBits, flag) ?? 0), 0);
  try {
    return { value: RE2JS.compile(pattern, bits) };
  } catch (error) {
    return { problem: `not a regular expression in RE2 syntax: ${messageOf(error)}` };
  }
}

export const regexGrader = textGrader('regex', {
  options: z.strictObject({
    name: z.literal('regex'),
    /** RE2 syntax, which is matched in linear time (no back-references, no look-around). Default: the gold answer. */
    pattern: z.string().optional(),
    flags: z
      .string()
      .regex(/^[ims]*$/, 'flags out of i (any case), m (^ and $ at lines), s (. matches line ends)')
      .default(''),
  }),
  golds: z.string(),
  inPlaceOfGold: 'pattern',
  judge: (answer, pattern, { flags }, { id }) => {
    const compiled = compileRegex(pattern, flags);
    if ('problem' in compiled) return unscored(`instance ${id}: ${compiled.problem}`);
    const matches = compiled.value.matcher(finalText(answer).slice(-longestMatched)).find();
    return matches ? scored(1) : scored(0, 'The answer does not have the expected form.');
  },
  fault: ({ pattern, flags }) => {
    const compiled = pattern === undefined ? undefined : compileRegex(pattern, flags);
    if (compiled === undefined || 'value' in compiled) return undefined;
    return { path: 'pattern', problem: `a regular expression in RE2 syntax (${compiled.problem})` };
  },
  scores: 'pass-or-fail',
  learned: 'short',
  gold: { answer: 'text', expected: 'a regular expression', fits: isText, asAnswer: 'none' },
});
