import { z } from 'zod';
import { oneLine } from '../../core/one-line.ts';
import { scored } from '../../domain/grade.ts';
import { finalText } from '../extraction/final-text.ts';
import { isTextOrList, plainAnswer } from '../gold-form.ts';
import { textGrader } from '../grader-kind.ts';
import { oneOrMore } from './define.ts';

/** Scores the share of the texts that occur in the answer (`all`), or 0 or 1 (`any`). */
export const containsGrader = textGrader('contains', {
  options: z.strictObject({
    name: z.literal('contains'),
    /** Whether all of the gold texts must occur or one is enough. */
    mode: z.enum(['all', 'any']).default('all'),
    caseSensitive: z.boolean().default(false),
  }),
  golds: oneOrMore(z.string()),
  judge: (answer, wanted, { mode, caseSensitive }) => {
    const form = (text: string): string => {
      const spaced = oneLine(text.normalize('NFKC'));
      return caseSensitive ? spaced : spaced.toLowerCase();
    };
    const text = form(finalText(answer));
    const found = wanted.filter((part) => text.includes(form(part))).length;
    const value = mode === 'any' ? Math.min(1, found) : found / wanted.length;
    if (value === 1) return scored(1);
    return scored(value, `The answer holds ${found} of ${wanted.length} expected pieces.`);
  },
  scores: ({ mode }, golds) =>
    mode !== 'any' && golds.some((gold) => Array.isArray(gold) && gold.length > 1)
      ? 'shares'
      : 'pass-or-fail',
  learned: 'short',
  gold: {
    answer: 'text',
    expected: 'a text, or a list of texts',
    fits: isTextOrList,
    asAnswer: (gold, { mode }) =>
      mode !== 'any' && isTextOrList(gold) ? [gold].flat().join('\n') : plainAnswer(gold),
  },
});
