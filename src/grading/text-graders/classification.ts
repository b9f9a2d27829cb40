import { z } from 'zod';
import { mean } from '../../core/statistics.ts';
import { scored } from '../../domain/grade.ts';
import { extractLabel, normalizeLabel } from '../extraction/label.ts';
import { isText, labelsOf } from '../gold-form.ts';
import { textGrader } from '../grader-kind.ts';
import { quoted, statementOption } from './define.ts';

/**
 * Macro-averaged F1 over the labels that occur as gold. An answer without a known label is a miss of its
 * gold label; a known label that is never gold costs nothing beyond that miss. `null` of no pairs.
 */
export function macroF1(
  pairs: readonly { readonly gold: string; readonly given: string | null }[],
): number | null {
  const labels = [...new Set(pairs.map((pair) => pair.gold))];
  const scores = labels.map((label) => {
    const right = pairs.filter((pair) => pair.gold === label && pair.given === label).length;
    const isGold = pairs.filter((pair) => pair.gold === label).length;
    const isGiven = pairs.filter((pair) => pair.given === label).length;
    return (2 * right) / (isGold + isGiven);
  });
  return mean(scores);
}

/** Most labels listed in a prompt made up here. */
const mostListed = 200;

/** Scores 1 or 0, so that a config's score is its accuracy; `task check` and `score` tell {@link macroF1}, too. */
export const classificationGrader = textGrader('classification', {
  options: z.strictObject({
    name: z.literal('classification'),
    /** All labels. With them a label may be found inside a sentence, and others are told as unknown. */
    labels: z.array(z.string().min(1)).min(2).optional(),
    statement: statementOption,
  }),
  golds: z.string().min(1),
  judge: (answer, gold, { labels, statement }) => {
    const given = extractLabel(answer, labels, statement);
    if (given === null) {
      const stray = labels === undefined ? null : extractLabel(answer);
      if (stray === null) return scored(0, 'No label was found in the answer.');
      return scored(0, `${quoted(stray)} is not one of the labels.`);
    }
    if (normalizeLabel(given) === normalizeLabel(gold)) return scored(1);
    return scored(0, `The label ${quoted(given)} is wrong.`);
  },
  aggregate: {
    name: 'macro-F1',
    of: (graded, { labels, statement }) =>
      macroF1(
        graded.map(({ answer, gold }) => {
          const given = extractLabel(answer, labels, statement);
          return { gold: normalizeLabel(gold), given: given === null ? null : normalizeLabel(given) };
        }),
      ),
  },
  scores: 'pass-or-fail',
  learned: 'label',
  gold: {
    answer: 'label',
    expected: 'a label',
    isClass: true,
    toGold: String,
    doubt: (instances) =>
      instances.every(({ gold }) => /^-?\d+$/.test(String(gold)))
        ? 'the labels are numbers, and nothing tells a model what they mean: say so in the prompt'
        : undefined,
    fits: (gold) =>
      isText(gold) || typeof gold === 'boolean' || (typeof gold === 'number' && Number.isFinite(gold)),
    prompt: (golds) => {
      const labels = labelsOf(golds);
      if (labels.every((label) => /^(yes|no|true|false)$/i.test(label))) {
        return `{{input}}\n\nAnswer with one word only: ${labels.join(' or ')}.`;
      }
      return `Which label fits this text? Answer with one of the labels only.\n\nLabels: ${labels.slice(0, mostListed).join(', ')}\n\nText:\n{{input}}`;
    },
    options: (golds) => {
      const labels = labelsOf(golds);
      return labels.length >= 2 ? { labels } : {};
    },
  },
});
