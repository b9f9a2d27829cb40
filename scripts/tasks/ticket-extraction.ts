import type { Rng } from '../../src/core/rng.ts';
import type { Instance } from '../../src/domain/task.ts';
import { between, filled, type GeneratedTask, numberedId, taskRng } from './shipped-task.ts';

/**
 * Tickets whose facts are to be taken out. Braces hold facts that count; `{other_…}` are distractors of
 * the same kind, which the text itself marks as not meant.
 */
const tickets: readonly string[] = [
  'Hello, my order {order_id} from {date} has not arrived. I paid {amount} for the {product}. You can reach me at {email}. {name}, {city}',
  'Subject: {product}\n\nThe {product} from order {order_id} is broken. (Not {other_order_id}, that one came in good shape.) Please write to {email}.\n{name}',
  'hi its {name} again, u sent the {product} to my old flat. i live in {city} now!! order nr {order_id}, write me on {email} not on {other_email}',
  'To the billing team: on {date} my card was charged {amount} for order {order_id}. The price on your page was {other_amount}. Please explain. {name} ({email})',
  'Dear all,\n\nI would like to return one {product}. Bought on {date} in your shop in {city} and paid in cash, {amount}. I have no order number since it was over the counter.\n\n{name}\n{phone}',
  'Call note: customer {name} phoned from {phone}. Wants to know when order {order_id} ({product}) ships. Promised to call back. No mail address given.',
  'I am moving from {other_city} to {city} on {date}. Please send order {order_id} to the new place. Questions: {email}',
  'Where is my refund of {amount}? You told me on {date} it was on the way. Order {order_id}. Regards {name}',
  'Web form\nname: {name}\nmail: {email}\nproduct: {product}\nmessage: does it come with a charger? I saw it for {amount} in your {city} shop.',
  'Following up on my ticket of {date}. The replacement {product} has the same fault as the first one. If you need me: {phone}. The order is still {order_id}, the number {other_order_id} on your slip is wrong.',
  'I ordered a {product} and a gift card. The gift card over {amount} never came, the rest is fine. Mail it to {email}, please, order {order_id}.',
  'Chat transcript\nbot: How can I help?\nvisitor: my {product} makes noise\nbot: When did you buy it?\nvisitor: {date}\nbot: Your mail address?\nvisitor: {email}\nbot: Thank you. And your city?\nvisitor: {city}',
  'Please cancel order {order_id} and book {amount} back to my card. I asked for that by phone already, my number is {phone}. {name}, {city}',
  'Forwarded by the {city} branch: Mr or Ms {name} left a {product} for repair on {date}. Estimate {amount}, customer agreed. Contact {phone} or {email}.',
];

const ticketsPerTemplate = 10;
const products = [
  'espresso machine',
  'standing desk',
  'noise-cancelling headset',
  'garden hose reel',
  'trail running shoes',
  'e-reader',
  'bread maker',
  'folding bike',
  'office chair',
  'thermal camera',
  'drone battery',
  'rice cooker',
] as const;
const cities = [
  'Lisbon',
  'Aarhus',
  'Kraków',
  'Bristol',
  'Lyon',
  'Tampere',
  'Bologna',
  'Bergen',
  'Zürich',
] as const;
const firstNames = [
  'Amara',
  'Jonas',
  'Lucía',
  'Tomasz',
  'Priya',
  'Hugo',
  'Noor',
  'Elif',
  'Marek',
  'Sofia',
] as const;
const lastNames = [
  'Bright',
  'Hansen',
  'Moreau',
  'Nowak',
  'Rao',
  'Costa',
  'Demir',
  'Virtanen',
  'Okoye',
  'Berg',
] as const;
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

/** Support tickets with the facts that they state, as a flat JSON object. */
export const ticketExtraction: GeneratedTask = {
  name: 'ticket-extraction',
  generate: () =>
    tickets.flatMap((template, kind) =>
      Array.from({ length: ticketsPerTemplate }, (_, index): Instance => {
        const id = numberedId(`ticket-${String.fromCharCode(97 + kind)}`, index);
        return {
          ...ticketOf(template, taskRng('ticket-extraction').derive(id)),
          id,
          label: `kind-${kind + 1}`,
        };
      }),
    ),
};

interface Fact {
  /** As the ticket writes it. */
  readonly written: string;
  /** As the answer has to give it. */
  readonly gold: string;
}

function ticketOf(template: string, rng: Rng): Pick<Instance, 'input' | 'gold'> {
  const facts = factsOf(rng);
  const texts = Object.fromEntries(Object.entries(facts).map(([slot, fact]) => [slot, fact.written]));
  const wanted = Object.entries(facts).filter(
    ([slot]) => !slot.startsWith('other_') && template.includes(`{${slot}}`),
  );
  return {
    input: filled(template, texts),
    gold: Object.fromEntries(wanted.map(([slot, fact]) => [slot, fact.gold])),
  };
}

function factsOf(rng: Rng): Readonly<Record<string, Fact>> {
  const name = `${rng.pick(firstNames)} ${rng.pick(lastNames)}`;
  const [city = '', otherCity = ''] = rng.shuffle(cities);
  const [style, otherStyle] = [rng.integer(3), rng.integer(3)];
  const mail = (stem: string): string =>
    `${stem
      .toLowerCase()
      .normalize('NFD')
      .replaceAll(/[^a-z]+/g, '.')}`;
  const address = `${mail(name)}@${rng.pick(['example.com', 'post.example', 'mail.example.org'])}`;
  return {
    name: same(name),
    city: same(city),
    other_city: same(otherCity),
    product: same(rng.pick(products)),
    email: same(address),
    other_email: same(`${rng.pick(['info', 'office', 'old'])}.${between(rng, 10, 99)}@example.net`),
    order_id: same(orderNumber(rng, style)),
    other_order_id: same(orderNumber(rng, otherStyle)),
    phone: same(`0${between(rng, 20, 99)} ${between(rng, 100, 999)} ${between(rng, 1000, 9999)}`),
    date: dateOf(rng),
    amount: amountOf(rng, between(rng, 15, 480)),
    other_amount: amountOf(rng, between(rng, 500, 900)),
  };
}

function same(text: string): Fact {
  return { written: text, gold: text };
}

function orderNumber(rng: Rng, style: number): string {
  if (style === 0) return String(between(rng, 1_000_000, 9_999_999));
  return style === 1
    ? `ORD-${between(rng, 10_000, 99_999)}`
    : `${rng.pick(['AX', 'KD', 'TR'])}${between(rng, 1000, 9999)}/24`;
}

/** Written in one of several ways, none of them ambiguous; wanted as YYYY-MM-DD. */
function dateOf(rng: Rng): Fact {
  const [year, month, day] = [between(rng, 2023, 2025), between(rng, 1, 12), between(rng, 1, 28)];
  const name = months[month - 1] ?? '';
  const two = (n: number): string => String(n).padStart(2, '0');
  const gold = `${year}-${two(month)}-${two(day)}`;
  const written = rng.pick([
    gold,
    `${day} ${name} ${year}`,
    `${name} ${day}, ${year}`,
    `${day} ${name.slice(0, 3)} ${year}`,
  ]);
  return { written, gold };
}

/** Wanted as a plain number; cents never end in 0, so that 49.90 and 49.9 cannot be confused. */
function amountOf(rng: Rng, whole: number): Fact {
  const gold = rng.next() < 0.4 ? String(whole) : `${whole}.${rng.pick(['95', '99', '49', '25'])}`;
  const written = rng.pick([`${gold} euros`, `€${gold}`, `EUR ${gold}`, `$${gold}`, `${gold} pounds`]);
  return { written, gold };
}
