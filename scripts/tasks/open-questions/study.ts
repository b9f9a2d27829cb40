import { between } from '../shipped-task.ts';
import type { QuestionKind } from './question-kind.ts';

const subjects = [
  {
    name: 'a written exam in statistics',
    parts: ['describing data', 'probability', 'estimation', 'tests', 'regression'],
    drill: 'old exam problems by hand',
  },
  {
    name: 'the theory test for a driving licence',
    parts: ['signs', 'right of way', 'distances and speeds', 'vehicle checks'],
    drill: 'blocks of 30 official questions against the clock',
  },
  {
    name: 'an oral exam in Spanish (level B1)',
    parts: ['describing pictures', 'past tenses', 'opinions and reasons', 'role plays'],
    drill: 'talking aloud for ten minutes and listening to the recording',
  },
  {
    name: 'a school exam in organic chemistry',
    parts: ['naming', 'functional groups', 'reaction types', 'mechanisms', 'analysis'],
    drill: 'drawing mechanisms from memory',
  },
  {
    name: 'a certificate in bookkeeping',
    parts: ['double entry', 'VAT', 'depreciation', 'year-end closing'],
    drill: 'booking whole sample months',
  },
] as const;
const troubles = [
  {
    text: 'I put things off until the evening before',
    help: 'Fix the hour in the calendar and start with five minutes of the easiest task; tell someone what you will have done by Friday.',
  },
  {
    text: 'I forget what I learned after a few days',
    help: 'Test yourself without the book after one, three and seven days; what fails goes on a card.',
  },
  {
    text: 'I panic in exams',
    help: 'Practise under exam conditions twice, with the clock running, and begin each paper with the task you are surest of.',
  },
] as const;

export const studyPlan: QuestionKind = {
  name: 'study-plan',
  make: (rng) => {
    const subject = rng.pick(subjects);
    const trouble = rng.pick(troubles);
    const [weeks, hours] = [between(rng, 2, 6), between(rng, 4, 10)];
    const learning = weeks - 1;
    const plan = Array.from({ length: learning }, (_, week) => {
      const parts = subject.parts.filter(
        (_part, index) => Math.floor((index * learning) / subject.parts.length) === week,
      );
      const topic = parts.length === 0 ? 'what went worst so far' : parts.join(' and ');
      return `Week ${week + 1}: ${topic}. ${Math.ceil(hours * 0.6)} hours of new matter, the rest is ${subject.drill}.`;
    });
    return {
      question: `I have ${weeks} weeks until ${subject.name} and ${hours} hours a week beside my job. My trouble: ${trouble.text}. How should I prepare, week by week?`,
      reference: [
        `Start with one old paper or sample, unprepared, to see where the points are lost; spend the ${weeks * hours} hours there.`,
        ...plan,
        `Week ${weeks}: nothing new. Two full trials on separate days, the mistakes of both worked through, and the last evening off.`,
        trouble.help,
        `If a week is lost, drop the hardest fifth of a topic rather than the repetition.`,
      ].join('\n'),
    };
  },
};
