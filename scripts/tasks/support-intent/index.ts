import type { Rng } from '../../../src/core/rng.ts';
import type { Instance } from '../../../src/domain/task.ts';
import { between, filled, type GeneratedTask, numberedId, taskRng } from '../shipped-task.ts';
import { messagesByIntent } from './messages.ts';

export const intents: readonly string[] = Object.keys(messagesByIntent);

const products = [
  'coffee grinder',
  'desk lamp',
  'rain jacket',
  'air fryer',
  'bike helmet',
  'robot vacuum',
  'wireless keyboard',
  'water filter',
  'baby monitor',
  'electric toothbrush',
  'camping stove',
  'smart scale',
  'hair dryer',
  'bluetooth speaker',
] as const;
const days = [
  'Monday',
  'Tuesday',
  'last Friday',
  'the 3rd',
  'the 17th',
  '9 May',
  'Saturday',
  '21 October',
] as const;
const cities = ['Leeds', 'Graz', 'Porto', 'Utrecht', 'Ghent', 'Malmö', 'Cork', 'Turin'] as const;

const openings = [
  'Hi, ',
  'Hello there. ',
  'Good morning, ',
  'Hey ',
  'To whom it may concern: ',
  'ok so ',
] as const;
const asides = [
  'I have been a customer for six years and this is a first.',
  'Sent from the train, sorry for being brief.',
  'My cat says hello, she likes your boxes.',
  'The last colleague I wrote to was very kind, by the way.',
  'I also wrote you about an invoice last month, that one is settled.',
  'Please do not offer me a voucher.',
] as const;
const closings = [
  ' Thanks!',
  ' Thank you in advance.',
  ' Regards, {name}',
  ' cheers',
  ' Please answer today.',
  ' ???',
] as const;
const names = ['Ines', 'Mr Okafor', 'J. Lindqvist', 'Pavel', 'Mrs Amato', 'Wei'] as const;

/** Messages to a shop with the intent that they have to be routed by. */
export const supportIntent: GeneratedTask = {
  name: 'support-intent',
  generate: () =>
    intents.flatMap((intent) =>
      (messagesByIntent[intent] ?? []).map((message, index): Instance => {
        const id = numberedId(intent.replaceAll('_', '-'), index);
        return {
          id,
          input: written(message, taskRng('support-intent').derive(id)),
          gold: intent,
          label: intent,
        };
      }),
    ),
};

function written(message: string, rng: Rng): string {
  const slots = {
    order: rng.pick([
      `#${between(rng, 100_000, 999_999)}`,
      `A-${between(rng, 1000, 9999)}-${between(rng, 10, 99)}`,
    ]),
    product: rng.pick(products),
    day: rng.pick(days),
    days: String(between(rng, 6, 14)),
    weeks: String(between(rng, 2, 5)),
    amount: rng.pick([
      `${between(rng, 12, 240)} euros`,
      `$${between(rng, 12, 240)}.90`,
      `£${between(rng, 12, 240)}`,
    ]),
    city: rng.pick(cities),
    code: `E${between(rng, 10, 99)}`,
    name: rng.pick(names),
  };
  const tone = rng.derive('tone');
  const opening = tone.next() < 0.35 ? tone.pick(openings) : '';
  const aside = tone.next() < 0.25 ? tone.pick(asides) : '';
  const closing = tone.next() < 0.35 ? tone.pick(closings) : '';
  const before = aside !== '' && tone.next() < 0.5;
  const whole = `${opening}${before ? `${aside} ` : ''}${message}${!before && aside !== '' ? ` ${aside}` : ''}${closing}`;
  return asTyped(filled(whole, slots), rng.derive('typing'));
}

/** Some people type in a hurry. */
function asTyped(text: string, rng: Rng): string {
  const manner = rng.next();
  if (manner < 0.6) return text;
  const careless = text.split(' ').map((word) => (rng.next() < 0.13 ? mistyped(word, rng) : word));
  const typed = careless.join(' ');
  if (manner < 0.8) return typed;
  return manner < 0.95 ? typed.toLowerCase().replaceAll("'", '') : typed.toUpperCase();
}

/** Two letters swapped or one left out; words with digits stay readable. */
function mistyped(word: string, rng: Rng): string {
  if (!/^[a-z]{5,}$/.test(word)) return word;
  const at = between(rng, 1, word.length - 3);
  const [head, one, two, tail] = [
    word.slice(0, at),
    word.charAt(at),
    word.charAt(at + 1),
    word.slice(at + 2),
  ];
  return rng.next() < 0.5 ? head + two + one + tail : head + two + tail;
}
