import { isRecord } from '../../core/records.ts';
import { createRng, type Rng } from '../../core/rng.ts';
import { abilityOf } from '../ability.ts';
import type { Situation, SubjectAnswer } from '../subject.ts';
import { judging, works } from './constants.ts';
import { asSentence, type Fact, factsOf, rephrase, tells, topicOf } from './facts.ts';
import { difficultyOf, type LearnSkill } from './question-skill.ts';
import { type ToldPoint, tellingSkill } from './telling.ts';
import type { KnownQuestion } from './textbook.ts';

/** Open questions, whose answers a judge compares with a reference answer. */
export const learnEssay: LearnSkill = (question) => {
  const reference = referenceOf(question.instance.gold);
  if (reference === null) return null;
  const facts = factsOf(reference);
  if (facts.length === 0) return null;
  const points = [...facts.map((fact) => factPoint(fact, question, facts.length)), ...extrasFor(question)];
  return tellingSkill(works.essay, question, points, compose);
};

/** Something that a good answer says. */
interface EssayPoint extends ToldPoint {
  say(ability: number, rng: Rng): string;
}

function factPoint(fact: Fact, question: KnownQuestion, count: number): EssayPoint {
  return {
    name: fact.name,
    worth: 1 / count,
    difficulty: difficultyOf(question, fact.name, works.essay),
    complaint: `it is missing "${topicOf(fact)}"`,
    shownBy: (_, stems) => tells(stems, fact),
    say: (ability, rng) => asSentence(rephrase(fact, ability, rng)),
  };
}

/** Pieces of general advice that fit this question, beyond what the reference says. */
function extrasFor(question: KnownQuestion): EssayPoint[] {
  const apt = createRng(`textbook/${question.name}/extras`).shuffle(advice).slice(0, aptPieces);
  return apt.map((text, index) => ({
    name: `extra ${index + 1}`,
    worth: judging.extra,
    // A piece of advice that nobody asked for comes to mind later than what was asked.
    difficulty: difficultyOf(question, `extra ${index}`, works.essay) + extraDifficulty,
    complaint: 'it could give more practical advice',
    isVague: true,
    shownBy: (shown) => shown.includes(text),
    say: () => text,
  }));
}

const aptPieces = 4;
const extraDifficulty = 0.45;

const advice = [
  'Keep about a tenth of the budget in reserve for what you cannot foresee.',
  'Decide first what you can do without, since that settles most of the rest.',
  'Write the deadline of each step next to it, and who takes care of it.',
  'Have a second option ready in case the first falls through.',
  'Check opening hours and conditions a few days ahead, because they change.',
  'Start with the step that takes longest to arrange.',
  'Leave some time free on purpose; full plans break at the first delay.',
  'Ask everyone involved early what matters most to them.',
  'Try the riskiest part on a small scale before you commit to it.',
  'Note how you will tell that it worked, and when you will look.',
] as const;

function compose(situation: Situation, told: readonly EssayPoint[]): SubjectAnswer {
  const rng = situation.rng.derive('essay');
  const ability = abilityOf(situation, 'language');
  const sentences = told.map((point) => point.say(ability, rng.derive(point.name)));
  const { persona, request } = situation;
  const count = request.bareAnswer ? 0 : Math.floor(persona.verbosity * (0.5 + rng.next()) * 0.6);
  const padding = rng.shuffle(paddings).slice(0, count);
  const half = Math.ceil(padding.length / 2);
  const structured =
    /\b(bullets?|list|headings?|steps?|day by day|structure)\b/i.test(request.system) || rng.next() < 0.4;
  const body = structured ? sentences.map((sentence) => `- ${sentence}`).join('\n') : sentences.join(' ');
  const parts = [padding.slice(0, half).join(' '), body, padding.slice(half).join(' ')];
  const text = parts.filter((part) => part !== '').join('\n\n');
  return {
    form: 'plain',
    body: text === '' ? 'It depends on what you prefer; I would think it over and then decide.' : text,
    thoughts: thinking,
  };
}

const thinking = [
  'The question leaves several things open.',
  'What does the person really need to decide?',
  'I should cover every constraint that was named.',
  'Let me think about the order of the steps.',
  'What would go wrong first?',
];

const paddings = [
  'That is a good question, and there are several ways to look at it.',
  'There is no single right answer, but some things hold in most cases.',
  'Of course, much depends on your own taste and circumstances.',
  'It is worth taking a moment to think about what you really want.',
  'Many people have been in the same place, so you are not alone.',
  'I hope this gives you a useful starting point.',
  'Let me know if you would like me to go into any of these in more depth.',
  'With a little preparation it should all come together nicely.',
];

/** The reference answer's text, from the forms in which a task may keep it. */
function referenceOf(gold: unknown): string | null {
  if (typeof gold === 'string') return gold.trim() === '' ? null : gold;
  if (Array.isArray(gold))
    return gold.every((each) => typeof each === 'string') ? referenceOf(gold.join('\n')) : null;
  if (!isRecord(gold)) return null;
  for (const key of ['reference', 'answer', 'points']) {
    const text = gold[key] === undefined ? null : referenceOf(gold[key]);
    if (text !== null) return text;
  }
  return null;
}
