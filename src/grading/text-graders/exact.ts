import { z } from 'zod';
import type { Grade } from '../../domain/grade.ts';
import type { Instance } from '../../domain/task.ts';
import { extractText, normalizeText } from '../extract.ts';
import { finalText } from '../extraction/final-text.ts';
import { statedText } from '../extraction/text.ts';
import { isTextOrList } from '../gold-form.ts';
import { textGrader } from '../grader-kind.ts';
import { goldAs, listOf, oneOrMore, quoted, scored, statementOption, unscored } from './define.ts';

const exactOptions = z.strictObject({
  name: z.literal('exact'),
  /** Compare the whole answer letter by letter instead of what it states, after normalising. */
  verbatim: z.boolean().default(false),
  statement: statementOption,
});

/** Gold: the answer, or a list of accepted answers. */
function gradeExact(answer: string, instance: Instance, options: z.infer<typeof exactOptions>): Grade {
  const gold = goldAs(instance, oneOrMore);
  if ('problem' in gold) return unscored(gold.problem);
  const whole = finalText(answer);
  const stated = options.verbatim ? whole : extractText(answer, options.statement);
  const form = options.verbatim ? (text: string) => text : normalizeText;
  // A gold answer may itself look like a statement ("Answer: yes") or hold a denial ("not bad, but good").
  const literal = options.verbatim ? whole : statedText(answer, options.statement);
  const given = new Set([whole, literal, stated].map(form));
  if (listOf(gold.value).some((accepted) => given.has(form(accepted.trim())))) return scored(1);
  return scored(0, `The answer ${quoted(form(stated))} is not the expected text.`);
}

export const exactGrader = textGrader('exact', {
  options: exactOptions,
  judge: gradeExact,
  scores: 'pass-or-fail',
  gold: {
    answer: 'text',
    expected: 'a text, or a list of accepted texts',
    fits: isTextOrList,
    toGold: (gold) => (typeof gold === 'number' ? String(gold) : gold),
    prompt: () =>
      '{{input}}\n\nAnswer with the answer alone, in as few words as it takes: no sentence, no explanation.',
  },
});
