import { between } from '../shipped-task.ts';
import type { QuestionKind } from './question-kind.ts';

const occasions = [
  {
    name: 'a seventh birthday',
    who: 'children',
    game: 'a treasure hunt with six clues, musical statues and a quiet table with crayons',
    food: 'pizza strips, cut fruit and one cake; no nuts',
  },
  {
    name: "a colleague's farewell",
    who: 'colleagues',
    game: 'a short round in which everybody tells one story, then a card that all have signed',
    food: 'finger food that can be eaten standing, two of three kinds without meat',
  },
  {
    name: 'a housewarming',
    who: 'neighbours and friends',
    game: 'a wall map on which guests mark where they come from; music low enough to talk',
    food: 'one big pot (chilli, one with and one without meat), bread and a tray of vegetables',
  },
  {
    name: "my grandmother's 80th birthday",
    who: 'relatives from four to eighty',
    game: 'photographs of her life to be put in order, one song, no speeches over three minutes',
    food: 'coffee and three cakes, later soup; chairs with backs for everyone',
  },
] as const;
const places = [
  {
    name: 'our flat, which holds them only standing',
    plan: 'Clear one room, put food and drinks into different rooms so that people move, and warn the neighbours.',
  },
  {
    name: 'a park, where it might rain',
    plan: 'Reserve a shelter or borrow two pavilions; decide by noon the day before, and tell everyone the fallback address in the invitation.',
  },
  {
    name: 'a rented room without a kitchen',
    plan: 'Only food that is cold or comes in an insulated box; bring extension leads, bin bags, a kettle and a first-aid kit.',
  },
] as const;

export const partyPlan: QuestionKind = {
  name: 'party-plan',
  make: (rng) => {
    const [occasion, place] = [rng.pick(occasions), rng.pick(places)];
    const [guests, days] = [between(rng, 8, 30), between(rng, 6, 21)];
    const money = guests * between(rng, 7, 15);
    return {
      question: `I am organising ${occasion.name} for ${guests} ${occasion.who} in ${place.name}. It is in ${days} days and may cost ${money} euros. What do I have to do, in which order?`,
      reference: [
        `Today: fix the hours (start and end), invite all ${guests} with a date to answer by, and ask about allergies.`,
        `In the next ${Math.ceil(days / 2)} days: settle the place. ${place.plan}`,
        `Food: ${occasion.food}. Reckon with ${guests} portions plus a tenth and 0.7 litres of drinks a head, more when it is warm.`,
        `What happens: ${occasion.game}. Leave half of the time free.`,
        `Money: about ${Math.round(money * 0.55)} euros for food and drinks, ${Math.round(money * 0.25)} for the place and decoration, ${Math.round(money * 0.1)} for small things, and ${money - Math.round(money * 0.55) - Math.round(money * 0.25) - Math.round(money * 0.1)} kept back.`,
        'The day before: shop, cool, prepare what keeps. On the day: two helpers, one for the door and one for the food, so that you can be with your guests.',
      ].join('\n'),
    };
  },
};
