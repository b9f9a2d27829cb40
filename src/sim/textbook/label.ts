import { remembered } from '../../core/remembered.ts';
import { createRng } from '../../core/rng.ts';
import { abilityOf } from '../ability.ts';
import { spoken } from '../spoken.ts';
import type { Situation } from '../subject.ts';
import { slips, works } from './constants.ts';
import { type LearnSkill, workNoise } from './question-skill.ts';
import type { Chapter, KnownQuestion } from './textbook.ts';
import { valueLearner } from './value-learner.ts';
import { formLevel, wrapPlain } from './wrapping.ts';

/** How answers of one kind are read from gold, and written. */
interface LabelForm {
  /** The right answer; `null` where the question has none of this kind. */
  truthOf(question: KnownQuestion): string | null;
  /** All answers that the task knows of. */
  labelsOf(question: KnownQuestion): readonly string[];
  /** An answer as it is written, in the form that was asked for. */
  present(situation: Situation, label: string): string;
  /** What a reviewer calls a wrong answer. */
  complaint(label: string): string;
}

/** Questions whose answer is one of those that the task knows of. */
export function labelLearner({ truthOf, labelsOf, present, complaint }: LabelForm): LearnSkill {
  const work = works.label;
  return valueLearner({
    name: 'label',
    work,
    truthOf,
    read: (text, question) => readLabel(text, labelsOf(question)),
    slip: (situation, question, truth) => confusion(situation, question, truth, labelsOf(question)),
    present: (situation, _, label) => {
      const level = formLevel(abilityOf(situation, work.specialty), situation.request.bareAnswer);
      const keepsForm = level + workNoise(situation, work)('form') > 0;
      return { form: 'plain', body: present(situation, keepsForm ? label : loose(label)) };
    },
    complaint,
  });
}

/** Questions whose answer is one of the labels listed in the task. */
export const learnLabel = labelLearner({
  truthOf: ({ instance }) => labelOf(instance.gold),
  labelsOf,
  present,
  complaint: (label) => `the label ${label} is wrong for this message`,
});

/** A label outside the list, as a careless reader of it would write. */
function loose(label: string): string {
  return `${label.replaceAll(/[_-]+/g, ' ')} or something else`;
}

function present(situation: Situation, label: string): string {
  const rng = situation.rng.derive('label form');
  const shown = rng.next() < 0.15 ? `**${label}**` : label;
  if (situation.request.bareAnswer) return rng.next() < 0.9 ? shown : `Label: ${shown}`;
  return wrapPlain(situation, rng.next() < 0.5 ? shown : `Label: ${shown}`, prose);
}

const prose = {
  openings: ['I read the message for what the writer wants to have done.', 'Here is how I would route it.'],
  closings: ['The wording leaves little room for another reading.', 'Let me know if the list changes.'],
};

/** Labels of a task: those that its grader lists, else all that are ever right. */
function labelsOf({ chapter }: KnownQuestion): readonly string[] {
  return remembered(labelsOfChapter, chapter, () => {
    const golds = chapter.golds.flatMap((gold) => labelOf(gold) ?? []);
    return [...new Set([...chapter.labels, ...golds])].sort();
  });
}

const labelsOfChapter = new WeakMap<Chapter, readonly string[]>();

function labelOf(gold: unknown): string | null {
  return typeof gold === 'string' && gold.trim() !== '' ? gold : null;
}

/** The label that a text gives: on a line of its own, behind "label:", else the one mentioned last. */
function readLabel(text: string, labels: readonly string[]): string | null {
  const plain = spoken(text).replaceAll(/[*`"']/g, '');
  const lines = plain.split('\n').map((line) =>
    line
      .replace(/^\s*\w+:\s*/, '')
      .trim()
      .replace(/\.$/, ''),
  );
  const byForm = new Map(labels.map((label) => [label.toLowerCase(), label]));
  for (const line of lines.toReversed()) {
    const label = byForm.get(line.toLowerCase());
    if (label !== undefined) return label;
  }
  const mentioned = labels
    .map((label) => ({ label, at: plain.toLowerCase().lastIndexOf(label.toLowerCase()) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => b.at - a.at || b.label.length - a.label.length);
  return mentioned[0]?.label ?? null;
}

/** A wrong label: mostly the neighbours that everybody confuses with the right one. */
function confusion(
  situation: Situation,
  question: KnownQuestion,
  truth: string,
  labels: readonly string[],
): string {
  const rng = situation.rng.derive('confusion');
  const others = labels.filter((label) => label !== truth);
  if (others.length === 0) return truth;
  const kind = rng.next();
  if (kind < slips.label.anybody) {
    const [first = truth, ...rest] = neighbours(question, truth, others);
    return rest.length === 0 || rng.next() < slips.first ? first : rng.pick(rest.slice(0, 2));
  }
  if (kind < slips.label.anybody + slips.label.own) {
    return createRng(`confusion/${situation.lasting(situation.question, 'confusion')}`).pick(others);
  }
  return rng.pick(others);
}

/** Other labels, those first that share words with the right one or with the message. */
function neighbours(question: KnownQuestion, truth: string, others: readonly string[]): string[] {
  const words = (text: string): string[] =>
    (text.toLowerCase().match(/[a-z]{3,}/g) ?? []).map((word) => word.slice(0, 5));
  const near = new Set(words(truth));
  const said = new Set(words(question.instance.input));
  const draw = createRng(`textbook/${question.name}/neighbours`);
  return others
    .map((label) => {
      const closeness = words(label).reduce(
        (sum, word) => sum + (near.has(word) ? 1 : 0) + (said.has(word) ? 0.7 : 0),
        0,
      );
      return { label, closeness: closeness + draw.derive(label).next() };
    })
    .sort((a, b) => b.closeness - a.closeness || (a.label < b.label ? -1 : 1))
    .map(({ label }) => label);
}
