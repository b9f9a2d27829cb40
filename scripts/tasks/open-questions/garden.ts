import { between, listed, sample } from '../shipped-task.ts';
import type { QuestionKind } from './question-kind.ts';

const sites = [
  {
    name: 'a balcony facing south, on the fourth floor',
    plants: ['tomatoes', 'peppers', 'rosemary', 'strawberries'],
    care: 'Pots of 10 litres and more, water in the evening and again in the morning on hot days, and wind protection.',
  },
  {
    name: 'a balcony facing north',
    plants: ['parsley', 'chives', 'lettuce', 'mint'],
    care: 'Little water is needed, but feed every third week; mint gets a pot of its own or it takes over.',
  },
  {
    name: 'a shady back yard with clay soil',
    plants: ['rhubarb', 'ferns', 'hostas', 'wild garlic'],
    care: 'Dig in compost and coarse sand first, since roots rot in wet clay.',
  },
  {
    name: 'a sunny bed with sandy soil',
    plants: ['carrots', 'lavender', 'thyme', 'radishes'],
    care: 'Mulch, and water rarely but deeply; sand holds no food, so add compost each spring.',
  },
] as const;
const wishes = [
  {
    text: 'I want something to harvest soon',
    plan: 'Begin with what is ready in weeks (salad leaves, radishes, herbs bought as plants) while the slow ones grow.',
  },
  {
    text: 'bees should like it',
    plan: 'Let a third of the herbs flower, and leave out everything with double blossoms.',
  },
  {
    text: 'I am away two weeks in summer',
    plan: 'Pots with a water tank, mulch, and a neighbour who may keep what ripens.',
  },
] as const;

export const gardenPlan: QuestionKind = {
  name: 'garden-plan',
  make: (rng) => {
    const [site, wish] = [rng.pick(sites), rng.pick(wishes)];
    const [money, minutes] = [between(rng, 4, 15) * 10, rng.pick([10, 15, 20, 30])];
    const month = rng.pick(['March', 'April', 'May']);
    const plants = sample(rng, site.plants, 3);
    return {
      question: `It is ${month} and I have ${site.name}, ${money} euros and ${minutes} minutes a day. I have never grown anything, and ${wish.text}. What should I plant, and how do I start?`,
      reference: [
        `Plant ${listed(plants)}: they forgive a beginner and suit the place. Three kinds are enough for a first year.`,
        `${month === 'May' ? 'Frosts are over in most places, so' : 'Wait for the last frost with anything tender;'} buy young plants instead of seed for all but the quickest kinds.`,
        site.care,
        wish.plan,
        `Money: half of the ${money} euros for soil and pots or compost, a third for plants, the rest for a can and feed.`,
        `Your ${minutes} minutes: touch the soil and water if the top two centimetres are dry, look under a few leaves for pests, and once a week tie up, cut back and harvest.`,
      ].join('\n'),
    };
  },
};
