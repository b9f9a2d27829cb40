import { oneLine } from '../../core/one-line.ts';
import { isRecord } from '../../core/records.ts';
import { abilityOf } from '../ability.ts';
import type { Situation, SubjectAnswer } from '../subject.ts';
import { wording, works } from './constants.ts';
import { asSentence, type Fact, factsOf, rephrase, tells, topicOf } from './facts.ts';
import { difficultyOf, guidanceOf, type LearnSkill } from './question-skill.ts';
import { tellingSkill } from './telling.ts';
import type { KnownQuestion } from './textbook.ts';

/** Questions whose answer is a short text compared with a reference summary. */
export const learnSummary: LearnSkill = (question) => {
  const reference = textOf(question.instance.gold);
  if (reference === null) return null;
  const work = works.summary;
  const facts = factsOf(reference);
  if (facts.length === 0) return null;
  const points = facts.map((fact) => ({
    ...fact,
    worth: 1 / facts.length,
    difficulty: difficultyOf(question, fact.name, work),
    complaint: `it omits "${topicOf(fact)}"`,
    shownBy: (_: string, stems: ReadonlySet<string>) => tells(stems, fact),
  }));
  return tellingSkill(work, question, points, (situation, told) => compose(situation, question, told));
};

function textOf(gold: unknown): string | null {
  const value = Array.isArray(gold) ? gold[0] : gold;
  const text: unknown = isRecord(value) && 'summary' in value ? value.summary : value;
  return typeof text === 'string' && text.trim() !== '' ? text : null;
}

function compose(situation: Situation, question: KnownQuestion, told: readonly Fact[]): SubjectAnswer {
  const rng = situation.rng.derive('summary');
  const ability = abilityOf(situation, 'language');
  const sentences = told.map((fact) => asSentence(rephrase(fact, ability, rng.derive(fact.name))));
  const guidance = guidanceOf(situation, question);
  const brief =
    situation.request.bareAnswer || /\b(one|two|1|2|single|short|brief|concise|few)\b/i.test(guidance);
  const wanted = situation.persona.verbosity * wording.padding * (brief ? wording.briefShare : 1);
  const count = Math.floor(wanted * (0.5 + rng.next()) + rng.next());
  const padding = rng.shuffle(paddings).slice(0, count);
  // Weak readers retell the ticket instead of summing it up.
  const retold = rng.next() < 0.35 - 0.3 * ability ? [firstSentence(question.instance.input)] : [];
  const text = [...retold, ...sentences, ...padding].join(' ');
  return { form: 'plain', body: text === '' ? firstSentence(question.instance.input) : text };
}

function firstSentence(input: string): string {
  const plain = oneLine(input);
  return asSentence(/^.{20,220}?[.!?](?=\s|$)/.exec(plain)?.[0] ?? plain.slice(0, 160));
}

const paddings = [
  'Overall, the matter should be looked at soon.',
  'The tone of the ticket is clear, and the next steps follow from it.',
  'An agent should get back to the customer.',
  'More information may be needed before this can be closed.',
  'This summary covers the main points of the ticket.',
  'The customer would be glad of an answer.',
];
