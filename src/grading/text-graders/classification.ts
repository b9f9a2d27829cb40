import { z } from 'zod';
import type { Grade } from '../../domain/grade.ts';
import type { Instance } from '../../domain/task.ts';
import { extractLabel, normalizeLabel } from '../extract.ts';
import { isText, labelsOf } from '../gold-form.ts';
import type { Grader } from '../grader.ts';
import { textGrader } from '../grader-kind.ts';
import { goldAs, quoted, scored, statementOption, unscored } from './define.ts';

const classificationOptions = z.strictObject({
  name: z.literal('classification'),
  /** All labels. With them a label may be found inside a sentence, and others are told as unknown. */
  labels: z.array(z.string().min(1)).min(2).optional(),
  statement: statementOption,
});
type ClassificationOptions = z.infer<typeof classificationOptions>;

const goldLabel = z.string().min(1);

/** Gold: the label. Scores 1 or 0 (accuracy); the task's score is macro-F1, see {@link macroF1}. */
function gradeClassification(answer: string, instance: Instance, options: ClassificationOptions): Grade {
  const gold = goldAs(instance, goldLabel);
  if ('problem' in gold) return unscored(gold.problem);
  const given = extractLabel(answer, options.labels, options.statement);
  if (given === null) {
    const stray = options.labels === undefined ? null : extractLabel(answer);
    if (stray === null) return scored(0, 'No label was found in the answer.');
    return scored(0, `${quoted(stray)} is not one of the labels.`);
  }
  if (normalizeLabel(given) === normalizeLabel(gold.value)) return scored(1);
  return scored(0, `The label ${quoted(given)} is wrong.`);
}

/**
 * Macro-averaged F1 over the labels that occur as gold. An answer without a known label is a miss of its
 * gold label; a known label that is never gold costs nothing beyond that miss. Unscored pairs are left
 * out; `null` when none is scored.
 */
function createMacroF1(options: ClassificationOptions): NonNullable<Grader['aggregate']> {
  return (graded) => {
    const pairs = graded.flatMap(({ instance, answer, grade }) => {
      const gold = goldAs(instance, goldLabel);
      if (grade.kind === 'unscored' || 'problem' in gold) return [];
      const given = extractLabel(answer, options.labels, options.statement);
      return [{ gold: normalizeLabel(gold.value), given: given === null ? null : normalizeLabel(given) }];
    });
    return macroF1(pairs);
  };
}

export function macroF1(
  pairs: readonly { readonly gold: string; readonly given: string | null }[],
): number | null {
  const labels = [...new Set(pairs.map((pair) => pair.gold))];
  if (labels.length === 0) return null;
  const scores = labels.map((label) => {
    const right = pairs.filter((pair) => pair.gold === label && pair.given === label).length;
    const isGold = pairs.filter((pair) => pair.gold === label).length;
    const isGiven = pairs.filter((pair) => pair.given === label).length;
    return (2 * right) / (isGold + isGiven);
  });
  return scores.reduce((sum, score) => sum + score, 0) / labels.length;
}

/** Most labels listed in a prompt made up here. */
const mostListed = 200;

export const classificationGrader = textGrader('classification', {
  options: classificationOptions,
  judge: gradeClassification,
  aggregate: createMacroF1,
  scores: 'pass-or-fail',
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
