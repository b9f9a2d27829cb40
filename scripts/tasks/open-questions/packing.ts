import { between } from '../shipped-task.ts';
import type { QuestionKind } from './question-kind.ts';

const journeys = [
  {
    name: 'a hut-to-hut walk in the Alps in September',
    wear: 'three layers, rain jacket and trousers, hat and thin gloves',
    special: 'hut sleeping bag, worn-in boots, blister plasters, cash, map on paper',
    trap: 'New boots and cotton shirts are what people regret.',
  },
  {
    name: 'a work conference in Chicago in January',
    wear: 'one coat that stops wind, two outfits that mix, indoor shoes beside lined boots',
    special: 'plug adapter, business cards, slides on a stick and online',
    trap: 'Halls are overheated while streets are icy: layers beat one thick sweater.',
  },
  {
    name: 'a sailing week in Croatia in June',
    wear: 'light long sleeves against sun, wind jacket, shoes with pale soles',
    special: 'soft bag (hard cases fit no locker), sun cream, seasickness tablets, string for glasses',
    trap: 'Half of what people bring never leaves the bag; water takes the room that clothes should not.',
  },
  {
    name: 'a train journey through Sweden in midsummer',
    wear: 'clothes for 10 to 25 degrees, rain jacket',
    special:
      'sleep mask, earplugs, insect repellent, refillable bottle, booked seats on the phone and on paper',
    trap: 'It does not get dark: without a mask the nights are short.',
  },
  {
    name: 'a stay with a host family in Morocco in April',
    wear: 'loose clothes that cover shoulders and knees, a shawl, closed shoes',
    special: 'a gift from home, small change, tissues, a phrase card',
    trap: 'Evenings are cool, which nobody expects.',
  },
] as const;
const limits = [
  {
    text: 'only cabin luggage of 8 kg',
    advice: 'Wear the heaviest things on the way, count grams for shoes first, and take refills of 100 ml.',
  },
  {
    text: 'a rucksack that I must carry for hours',
    advice: 'Keep it under a fifth of your weight, with heavy things close to the back.',
  },
  {
    text: 'a suitcase, but no washing on the way',
    advice: 'Pack by outfits per day, with one spare, and roll them in the order of use.',
  },
] as const;

export const packingList: QuestionKind = {
  name: 'packing-list',
  make: (rng) => {
    const [journey, limit] = [rng.pick(journeys), rng.pick(limits)];
    const days = between(rng, 4, 12);
    const sets = limit.text.startsWith('a suitcase') ? days : Math.min(days, 4);
    return {
      question: `What should I pack for ${journey.name}? I am away for ${days} days with ${limit.text}. Tell me what to leave at home, too.`,
      reference: [
        `Clothes: ${journey.wear}. Underwear and socks for ${sets} days${sets < days ? ', washed by hand in between' : ''}.`,
        `For this journey: ${journey.special}.`,
        'Always: papers and a copy of them, medicine in the hand luggage, charger and power bank, toothbrush, a light bag for laundry.',
        limit.advice,
        `Leave at home: "just in case" clothes, more than one book on paper, full-size bottles, jewellery. ${journey.trap}`,
      ].join('\n'),
    };
  },
};
