import { z } from 'zod';
import { scored } from '../../domain/grade.ts';
import { commonForm } from '../common-form.ts';
import { finalText } from '../extraction/final-text.ts';
import { extractText, normalizeText, statedText } from '../extraction/text.ts';
import { isTextOrList } from '../gold-form.ts';
import { textGrader } from '../grader-kind.ts';
import { oneOrMore, quoted, statementOption } from './define.ts';

export const exactGrader = textGrader('exact', {
  options: z.strictObject({
    name: z.literal('exact'),
    /** Compare the whole answer letter by letter instead of what it states, after normalising. */
    verbatim: z.boolean().default(false),
    statement: statementOption,
  }),
  golds: oneOrMore(z.string()),
  judge: (answer, accepted, { verbatim, statement }) => {
    const whole = finalText(answer);
    const stated = verbatim ? whole : extractText(answer, statement);
    const form = verbatim ? (text: string) => text : normalizeText;
    // A gold answer may itself look like a statement ("Answer: yes") or hold a denial ("not bad, but good").
    const literal = verbatim ? whole : statedText(answer, statement);
    const given = new Set([whole, literal, stated].map(form));
    if (accepted.some((text) => given.has(form(text.trim())))) return scored(1);
    return scored(0, `The answer ${quoted(form(stated))} is not the expected text.`);
  },
  scores: 'pass-or-fail',
  learned: 'short',
  comparesWhole: true,
  gold: {
    answer: 'text',
    expected: 'a text, or a list of accepted texts',
    fits: isTextOrList,
    toGold: (gold) => (typeof gold === 'number' ? String(gold) : gold),
    prompt: (golds) => {
      const form = commonForm(golds.flat());
      const inWhat = form === '' ? 'in as few words as it takes' : `in the form ${form}`;
      return `{{input}}\n\nAnswer with the answer alone, ${inWhat}: no sentence, no explanation.`;
    },
  },
});
