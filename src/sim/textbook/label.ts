import { createRng } from '../../core/rng.ts';
import { abilityOf } from '../ability.ts';
import type { Situation, SubjectAnswer } from '../subject.ts';
import { chooseValue, commentsIn, weightsOf } from './choose-value.ts';
import { slips, works } from './constants.ts';
import { difficultyOf, type LearnSkill, levelAt, spoken, workNoise } from './question-skill.ts';
import type { Chapter, KnownQuestion } from './textbook.ts';
import { formLevel, wrapPlain } from './wrapping.ts';

/** How answers of one kind are read from gold, and written. */
export interface LabelForm {
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
export function labelLearner(form: LabelForm): LearnSkill {
  return (question) => {
    const truth = form.truthOf(question);
    if (truth === null) return null;
    const labels = form.labelsOf(question);
    const work = works.label;
    const difficulty = difficultyOf(question, 'label', work);
    return {
      work,
      inspect: (text) => {
        const label = readLabel(text, labels);
        if (label === null) return null;
        const right = label === truth;
        const complaint = form.complaint(label);
        return [
          { name: 'label', right, worth: 1, difficulty, complaint, praise: `the label ${label} is right` },
        ];
      },
      write: (situation) => answer(situation, question, { truth, labels, difficulty, form }),
    };
  };
}

/** Questions whose answer is one of the labels listed in the task. */
export const learnLabel: LearnSkill = labelLearner({
  truthOf: ({ instance }) => labelOf(instance.gold),
  labelsOf,
  present,
  complaint: (label) => `the label ${label} is wrong for this message`,
});

interface LabelQuestion {
  readonly truth: string;
  readonly labels: readonly string[];
  readonly difficulty: number;
  readonly form: LabelForm;
}

function answer(
  situation: Situation,
  question: KnownQuestion,
  { truth, labels, difficulty, form }: LabelQuestion,
): SubjectAnswer {
  const { request } = situation;
  const work = works.label;
  const noise = workNoise(situation, work);
  const right = levelAt(situation, work, question) - difficulty + noise('label') > 0;
  const own = right ? truth : confusion(situation, question, truth, labels);
  const weights = weightsOf(request.candidates);
  const shown = request.candidates.map((text, index) => ({
    value: readLabel(text, labels),
    weight: weights[index] ?? 0,
  }));
  const label = chooseValue(situation, work, { name: 'label', truth, difficulty, own }, shown, (value) =>
    commentsIn(request.critiques, [value]),
  );
  const keepsForm = formLevel(abilityOf(situation, work.specialty), request.bareAnswer) + noise('form') > 0;
  return { form: 'plain', body: form.present(situation, keepsForm ? label : loose(label)) };
}

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
  const known = labelsOfChapter.get(chapter);
  if (known !== undefined) return known;
  const golds = chapter.golds.flatMap((gold) => labelOf(gold) ?? []);
  const labels = [...new Set([...chapter.labels, ...golds])].sort();
  labelsOfChapter.set(chapter, labels);
  return labels;
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
