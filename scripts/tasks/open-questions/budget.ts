import { between } from '../shipped-task.ts';
import type { QuestionKind } from './question-kind.ts';

const goals = [
  {
    name: 'a used car',
    months: [8, 18],
    first:
      'Look at the cost of running it as well: insurance, tax and repairs easily take 150 euros a month.',
  },
  {
    name: 'an emergency fund',
    months: [6, 14],
    first: 'Keep it apart from the everyday account, where it can be reached within a day.',
  },
  {
    name: 'a trip to see my sister in Canada',
    months: [5, 12],
    first: 'Watch the fares now, since booking half a year ahead may save a third.',
  },
  {
    name: 'a course that I need for a better job',
    months: [6, 12],
    first: 'Ask the employer and the job agency for a share before paying it all yourself.',
  },
] as const;
const situations = [
  { text: 'I live alone in a rented flat', cut: 'subscriptions, food delivery and the phone contract' },
  {
    text: 'I have two children at school',
    cut: 'insurance that overlaps, clothes bought new, and the second car if there is one',
  },
  {
    text: 'I share a flat with two others',
    cut: 'eating out, impulse orders, and split bills that nobody checks',
  },
] as const;

export const budgetPlan: QuestionKind = {
  name: 'budget-plan',
  make: (rng) => {
    const [goal, situation] = [rng.pick(goals), rng.pick(situations)];
    const months = between(rng, goal.months[0], goal.months[1]);
    const income = between(rng, 16, 34) * 100;
    const rent = Math.round((income * between(rng, 28, 40)) / 1000) * 10;
    const left = income - rent;
    const monthly = Math.max(60, Math.round((left * between(rng, 8, 18)) / 1000) * 10);
    const debt = rng.next() < 0.4;
    const target = monthly * months;
    return {
      question: `I earn ${income} euros a month after tax and pay ${rent} for rent and heating. ${situation.text}. In ${months} months I want ${target} euros for ${goal.name}${debt ? ', and my current account is 800 euros in the red at 12% interest' : ''}. How do I get there?`,
      reference: [
        `The sum: ${target} / ${months} = ${monthly} euros a month. After rent you have ${left}, so that is ${Math.round((100 * monthly) / left)}% of it: ${monthly / left > 0.15 ? 'tight, but it can be done' : 'it can be done without much pain'}.`,
        debt
          ? `First pay off the 800 euros: at 12% it costs about 8 euros a month and no savings account earns that. It takes ${Math.ceil(800 / monthly)} months of the same amount, so either move the date by as much or save ${Math.ceil((target + 800) / months)} a month.`
          : 'You have no expensive debt, so all of it can go to the goal.',
        `Have ${monthly} euros moved to a savings account on payday, not at the end of the month.`,
        `Where to find it: write down every expense for four weeks, then look at ${situation.cut} first. One cut of 50 euros a month that lasts is worth more than five that do not.`,
        goal.first,
        'Look at it again after three months; if you are more than a month behind, lower the sum or move the date on purpose.',
      ].join('\n'),
    };
  },
};
