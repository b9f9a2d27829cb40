import type { Rng } from '../../../src/core/rng.ts';
import type { Instance } from '../../../src/domain/task.ts';
import { between, capitalized, filled, type GeneratedTask, numberedId, taskRng } from '../shipped-task.ts';
import { type Ending, type Scenario, scenarios } from './scenarios.ts';

const ticketsPerScenario = 16;
const products = [
  'headset',
  'smart watch',
  'thermostat',
  'projector',
  'e-bike',
  'camera',
  'dishwasher',
  'label printer',
  'air purifier',
  'weather station',
] as const;
const days = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  '2 May',
  '14 June',
  '30 August',
  '11 November',
] as const;
const customers = [
  'Ana',
  'Bogdan',
  'Chiara',
  'Demba',
  'Eszter',
  'Farid',
  'Greta',
  'Hiro',
  'Ilse',
  'Joao',
] as const;
const agents = ['Kim', 'Leila', 'Mats', 'Nadia', 'Owen', 'Paula'] as const;
const chatter = [
  ['Thank you for waiting, I am reading your file.', 'Take your time.'],
  ['Sorry for the delay, the system is slow today.', 'No problem, mine too.'],
  ['Before we start: is this still your mail address?', 'Yes, it is.'],
] as const;

/** Threads between a customer and an agent with a reference summary each. */
export const ticketSummary: GeneratedTask = {
  name: 'ticket-summary',
  generate: () =>
    scenarios.flatMap((scenario) =>
      Array.from({ length: ticketsPerScenario }, (_, index): Instance => {
        const id = numberedId(scenario.name, index);
        const rng = taskRng('ticket-summary').derive(id);
        return { id, ...threadOf(scenario, index, rng), label: scenario.name };
      }),
    ),
};

function threadOf(scenario: Scenario, index: number, rng: Rng): Pick<Instance, 'input' | 'gold'> {
  const customer = rng.pick(customers);
  const agent = rng.pick(agents);
  const slots = {
    agent,
    product: rng.pick(products),
    day: rng.pick(days),
    order: `#${between(rng, 10_000, 99_999)}`,
    price: `${between(rng, 9, 180)} euros`,
    number: String(between(rng, 3, 9)),
    minor: String(between(rng, 1, 9)),
    card: String(between(rng, 1000, 9999)),
  };
  const middles = rng.shuffle(scenario.middles).slice(0, rng.next() < 0.6 ? 2 : 1);
  // Every ending in turn, so that no scenario has a usual one.
  const ending = scenario.endings[index % scenario.endings.length] as Ending;
  const smallTalk = rng.next() < 0.5 ? rng.pick(chatter) : [];
  const turns = [
    rng.pick(scenario.reports),
    ...smallTalk,
    ...middles.flatMap(({ turns }) => turns),
    ...ending.turns,
  ];
  // After the customer's report the agent and the customer take turns.
  const lines = turns.map(
    (turn, at) => `${at % 2 === 0 ? customer : `${agent} (support)`}: ${filled(turn, slots)}`,
  );
  const summary = [
    `${customer} reports that ${scenario.reportSummary}.`,
    ...middles.map((middle) => middle.summary),
    capitalized(ending.summary),
  ];
  return { input: lines.join('\n'), gold: summary.map((sentence) => filled(sentence, slots)).join(' ') };
}
