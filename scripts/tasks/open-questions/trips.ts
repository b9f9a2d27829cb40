import { between, listed } from '../shipped-task.ts';
import type { QuestionKind } from './question-kind.ts';

interface City {
  readonly name: string;
  /** Halves of days, each in one part of the city; the flat ones do not ask for much walking uphill. */
  readonly outings: readonly { readonly text: string; readonly indoors: boolean; readonly easy: boolean }[];
  readonly eat: string;
  readonly transport: string;
}

const cities: readonly City[] = [
  {
    name: 'Lisbon',
    outings: [
      { text: 'Belém: the monastery, then the riverside as far as the tower', indoors: false, easy: true },
      {
        text: 'Alfama: the lanes up to the castle and the viewpoints on the way back',
        indoors: false,
        easy: false,
      },
      { text: 'the tile museum, with lunch in its courtyard', indoors: true, easy: true },
      {
        text: 'Chiado and Bairro Alto: book shops, cafés and the ruined convent',
        indoors: false,
        easy: false,
      },
      { text: 'the aquarium in the Parque das Nações', indoors: true, easy: true },
      { text: 'the Gulbenkian collection and its garden', indoors: true, easy: true },
    ],
    eat: 'Eat grilled fish away from the main squares, and have a custard tart while it is warm.',
    transport: 'A rechargeable card covers metro, trams and lifts; take tram 28 early or not at all.',
  },
  {
    name: 'Vienna',
    outings: [
      {
        text: 'the old town: the cathedral, the lanes behind it and the Hofburg courtyards',
        indoors: false,
        easy: true,
      },
      { text: 'the Kunsthistorisches Museum, with a rest under its dome', indoors: true, easy: true },
      {
        text: 'Schönbrunn: the park first, up to the Gloriette, then the rooms',
        indoors: false,
        easy: false,
      },
      { text: 'the Naschmarkt and the Secession next to it', indoors: false, easy: true },
      { text: 'the Belvedere galleries', indoors: true, easy: true },
      { text: 'the vineyards above Grinzing, back down on foot', indoors: false, easy: false },
    ],
    eat: 'Sit long in one coffee house instead of shortly in three, and book dinner in a Beisl.',
    transport:
      'Trams are enough: a ticket for the whole stay is cheaper than single ones from the second day on.',
  },
  {
    name: 'Edinburgh',
    outings: [
      { text: 'the castle, then down the Royal Mile with its closes', indoors: false, easy: false },
      { text: 'the National Museum and the streets around Grassmarket', indoors: true, easy: true },
      { text: "Arthur's Seat by the gentle side, with the palace afterwards", indoors: false, easy: false },
      { text: 'Dean Village and the Water of Leith to Stockbridge', indoors: false, easy: true },
      { text: 'the Botanic Garden with its glasshouses', indoors: true, easy: true },
      { text: 'the portrait gallery and the New Town crescents', indoors: true, easy: true },
    ],
    eat: 'Book dinner in Leith, and have soup and a scone for lunch.',
    transport:
      'The centre is small enough to walk; buses take contactless cards and stop charging at a daily cap.',
  },
  {
    name: 'Kyoto',
    outings: [
      {
        text: 'Fushimi Inari away from the busiest hours, up to the first viewpoint at least',
        indoors: false,
        easy: false,
      },
      { text: 'Arashiyama: bamboo, the river and one quiet temple garden', indoors: false, easy: true },
      { text: 'the national museum and Sanjusangendo opposite', indoors: true, easy: true },
      { text: 'Kiyomizu and the slopes of Higashiyama down to Gion', indoors: false, easy: false },
      { text: 'Nishiki market and the covered arcades next to it', indoors: true, easy: true },
      { text: 'Nijo castle with its singing floors', indoors: true, easy: true },
    ],
    eat: 'Take lunch sets, which cost half of dinner, and reserve one good evening meal.',
    transport: 'Use trains and the two metro lines rather than the full buses; an IC card pays for all.',
  },
  {
    name: 'Mexico City',
    outings: [
      { text: 'the anthropology museum, no more than three rooms of it', indoors: true, easy: true },
      {
        text: 'the Zócalo, the great temple and the murals in the palace nearby',
        indoors: false,
        easy: true,
      },
      {
        text: 'Coyoacán: the square, the market and the blue house with booked tickets',
        indoors: true,
        easy: true,
      },
      { text: 'Teotihuacán by bus, with hat and water', indoors: false, easy: false },
      { text: 'Roma and Condesa: parks, bakeries and book shops on foot', indoors: false, easy: true },
      { text: 'Chapultepec, up to the castle and down through the park', indoors: false, easy: false },
    ],
    eat: 'Eat where there is a queue of office workers, and leave the evenings light because of the altitude.',
    transport: 'Ride the metro outside rush hours and take registered cars after dark.',
  },
];

const companies = [
  { text: 'two friends in their thirties', easy: false },
  { text: 'a couple with a nine-year-old', easy: false },
  { text: 'my parents, both over seventy, who cannot climb much', easy: true },
  { text: 'myself, with a knee that dislikes stairs', easy: true },
] as const;

export const tripPlan: QuestionKind = {
  name: 'trip-plan',
  make: (rng) => {
    const city = rng.pick(cities);
    const company = rng.pick(companies);
    const days = between(rng, 2, 3);
    const rain = rng.next() < 0.4;
    const budget = between(rng, 4, 12) * 10;
    const fitting = city.outings.filter(({ easy, indoors }) => (!company.easy || easy) && (!rain || indoors));
    const spare = city.outings.filter(
      (outing) => !fitting.includes(outing) && (!company.easy || outing.easy),
    );
    const chosen = [...rng.shuffle(fitting), ...rng.shuffle(spare)].slice(0, days * 2);
    const lines = Array.from({ length: days }, (_, day) => {
      const [first, second] = [chosen[2 * day], chosen[2 * day + 1]];
      if (first === undefined)
        return `Day ${day + 1}: kept free, for whatever you liked best and want to see again.`;
      const afternoon =
        second === undefined ? 'nothing fixed: a café, a park, an early evening' : second.text;
      return `Day ${day + 1}: in the morning ${first.text}. In the afternoon ${afternoon}.`;
    });
    const weather = rain ? ' Rain is forecast for the whole stay.' : '';
    return {
      question: `Plan ${days} days in ${city.name} for ${company.text}. We do not rent a car, and each of us can spend about ${budget} euros a day on food, tickets and transport.${weather} Say what to do in the mornings and afternoons, and why it fits.`,
      reference: [
        `One part of the city per half day, so that little time goes on travelling${company.easy ? ', and nothing with long climbs' : ''}${rain ? ', mostly under a roof because of the rain' : ''}.`,
        ...lines,
        city.eat,
        city.transport,
        `With ${budget} euros a day: about ${Math.round(budget * 0.5)} for food, ${Math.round(budget * 0.3)} for tickets and ${Math.round(budget * 0.1)} for transport, which leaves ${budget - Math.round(budget * 0.5) - Math.round(budget * 0.3) - Math.round(budget * 0.1)} in reserve. Book ${listed(chosen.slice(0, 1).map(({ text }) => `the visit that needs it most (${text.split(/[:,]/)[0]})`))} beforehand.`,
      ].join('\n'),
    };
  },
};
