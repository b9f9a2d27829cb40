import { z } from 'zod';
import type { Grade } from '../../domain/grade.ts';
import type { Instance } from '../../domain/task.ts';
import { finalText } from '../extraction/final-text.ts';
import { isTextOrList, plainAnswer } from '../gold-form.ts';
import { textGrader } from '../grader-kind.ts';
import { goldAs, listOf, oneOrMore, scored, unscored } from './define.ts';

const containsOptions = z.strictObject({
  name: z.literal('contains'),
  /** Whether all of the gold texts must occur or one is enough. */
  mode: z.enum(['all', 'any']).default('all'),
  caseSensitive: z.boolean().default(false),
});

/** Gold: a text, or a list of texts, to occur in the answer. Scores the share found (`all`) or 0/1 (`any`). */
function gradeContains(answer: string, instance: Instance, options: z.infer<typeof containsOptions>): Grade {
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

export const containsGrader = textGrader('contains', {
  options: containsOptions,
  judge: gradeContains,
  scores: 'pass-or-fail',
  gold: {
    answer: 'text',
    expected: 'a text, or a list of texts',
    fits: isTextOrList,
    asAnswer: (gold, { mode }) =>
      mode !== 'any' && isTextOrList(gold) ? [gold].flat().join('\n') : plainAnswer(gold),
  },
});
