import { between } from '../shipped-task.ts';
import type { QuestionKind } from './question-kind.ts';

const households = [
  { text: 'a studio', boxes: 20, hands: 'three friends and a van for half a day' },
  { text: 'two rooms and a piano', boxes: 40, hands: 'movers for the piano alone, friends for the rest' },
  {
    text: 'a family flat with four rooms',
    boxes: 85,
    hands: 'a moving firm; get three offers with a fixed price',
  },
] as const;
const snags = [
  {
    text: 'my lease overlaps by only two days',
    advice:
      'Have the new place ready (power, internet, key tests) before those days, and use the first for moving and the second for cleaning and handing over.',
  },
  {
    text: 'there is no lift in either house',
    advice:
      'Fill boxes to 15 kg at most, books in small ones, and plan one more helper per floor from the third on.',
  },
  {
    text: 'we move with a cat that hates change',
    advice:
      'Give the cat a closed room with its things on both ends of the day, move it last, and keep it indoors for three weeks.',
  },
  {
    text: 'the new flat is in another country',
    advice:
      'Start with papers: registration, health insurance, customs list, deregistration. Originals travel with you, not in the van.',
  },
] as const;

export const movingPlan: QuestionKind = {
  name: 'moving-plan',
  make: (rng) => {
    const [household, snag] = [rng.pick(households), rng.pick(snags)];
    const [weeks, distance] = [between(rng, 3, 10), between(rng, 2, 90) * 10];
    const money = household.boxes * between(rng, 12, 30);
    return {
      question: `We move from ${household.text} to a place ${distance} km away in ${weeks} weeks, with ${money} euros for it, and ${snag.text}. Make me a plan with dates counted from today.`,
      reference: [
        `Now (week 1 of ${weeks}): give notice where needed, fix the day, and book ${household.hands}.${distance > 200 ? ` Over ${distance} km a rented van is paid by the kilometre: compare it with a shared load.` : ''}`,
        `Until week ${Math.max(2, weeks - 2)}: sort out, one room a weekend. What was not used for a year does not move. Order about ${household.boxes} boxes.`,
        `Two weeks before: change the address at bank, insurance, employer, post; order power and internet; ask both towns for a no-parking zone.`,
        'Last week: pack by room and write room and content on two sides; one suitcase for the first two nights, tools and lamps in the last box.',
        `The day: photographs of meters and of the empty flat, someone at each end, food and water for the helpers. ${snag.advice}`,
        `Money: keep ${Math.round(money * 0.15)} of the ${money} euros back for surprises, and keep receipts, as some of it may be tax-deductible.`,
      ].join('\n'),
    };
  },
};
