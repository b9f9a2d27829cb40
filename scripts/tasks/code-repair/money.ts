import { between } from '../shipped-task.ts';
import type { Repair, Value } from './repair.ts';

export const accountBalance: Repair = {
  name: 'account-balance',
  domains: [
    { function: 'final_balance', moves: 'transactions', add: 'deposit', take: 'withdraw', amount: 'amount' },
    { function: 'stock_level', moves: 'movements', add: 'in', take: 'out', amount: 'quantity' },
    { function: 'battery_charge', moves: 'events', add: 'charge', take: 'drain', amount: 'units' },
  ],
  source: `def {function}({moves}, floor):
    balance = 0
    refused = 0
    for move in {moves}:
        kind = move.get("kind")
        size = move.get("{amount}", 0)
        if size <= 0 or kind not in ("{add}", "{take}"):
            continue
        if kind == "{add}":
            balance += size
        elif balance - size >= floor:
            balance -= size
        else:
            refused += 1
    return [balance, refused]
`,
  bugs: [
    { right: 'balance - size >= floor', wrong: 'balance - size > floor' },
    { right: 'if size <= 0 or kind', wrong: 'if kind' },
    { right: 'refused += 1', wrong: 'refused = 1' },
    { right: 'kind not in ("{add}", "{take}")', wrong: 'kind is None' },
    { right: 'move.get("{amount}", 0)', wrong: 'move["{amount}"]' },
  ],
  rules: [
    '{moves} is a list of dicts with the keys "kind" ("{add}" or "{take}") and "{amount}" (a whole number), in the order in which they happen; floor is a whole number.',
    'Start at 0. "{add}" adds the amount, "{take}" takes it away.',
    'A "{take}" that would bring the level below floor is refused as a whole and counted; reaching floor exactly is allowed.',
    'Skip entries of another kind, with no "{amount}", or with one that is not above 0: they change and count nothing.',
    'Return the list [level, number of refused entries].',
  ],
  inputs: (rng, words) => {
    const move = (kind: string, size: number): Value => ({
      kind: words[kind] ?? kind,
      [words.amount ?? '']: size,
    });
    return [
      [[], 0],
      [[move('add', 50), move('take', 50)], 0],
      [[move('take', 10), move('take', 20), move('add', 5)], 0],
      [[move('add', 30), move('take', -5), move('add', 0)], 0],
      [[move('add', 30), move('fee', 5), { kind: words.take ?? '' }], 0],
      [[move('take', 40), move('take', 70), move('take', 1)], -100],
      ...[6, 8, 9].map((count) => [
        Array.from({ length: count }, () => move(rng.pick(['add', 'take', 'take']), between(rng, 1, 60))),
        -between(rng, 0, 30),
      ]),
    ];
  },
  reference: (words, moves: readonly Readonly<Record<string, Value>>[], floor: number): Value => {
    const valid = moves.filter(
      (move) =>
        [words.add, words.take].includes(String(move.kind)) && Number(move[words.amount ?? ''] ?? 0) > 0,
    );
    return valid.reduce<[number, number]>(
      ([level, refused], move) => {
        const next = level + Number(move[words.amount ?? '']) * (move.kind === words.add ? 1 : -1);
        return next < level && next < floor ? [level, refused + 1] : [next, refused];
      },
      [0, 0],
    );
  },
};

export const splitAmount: Repair = {
  name: 'split-amount',
  domains: [
    { function: 'split_bill', total: 'cents', weights: 'shares' },
    { function: 'assign_seats', total: 'seats', weights: 'votes' },
    { function: 'share_prize', total: 'coins', weights: 'points' },
  ],
  source: `def {function}({total}, {weights}):
    whole = sum({weights})
    if whole == 0:
        return [0] * len({weights})
    parts = [{total} * weight // whole for weight in {weights}]
    rests = [{total} * weight % whole for weight in {weights}]
    order = sorted(range(len(parts)), key=lambda index: (-rests[index], index))
    for index in order[:{total} - sum(parts)]:
        parts[index] += 1
    return parts
`,
  bugs: [
    { right: '    if whole == 0:\n        return [0] * len({weights})\n', wrong: '' },
    { right: '(-rests[index], index)', wrong: '(rests[index], index)' },
    { right: '(-rests[index], index)', wrong: '(-rests[index], -index)' },
    { right: 'order[:{total} - sum(parts)]', wrong: 'order[:1]' },
    { right: 'parts[index] += 1', wrong: 'parts[index] += 2' },
    { right: '{total} * weight // whole', wrong: '{total} // whole * weight' },
  ],
  rules: [
    '{total} is a whole number that is at least 0 and {weights} a list of whole numbers that are at least 0.',
    'Divide {total} in proportion to {weights} into whole numbers that add up to {total} exactly.',
    'First everyone gets the proportional part rounded down. What is left is given out one each, to those whose parts lost most by rounding; of equals the earlier in the list comes first.',
    'If the {weights} add up to 0 (or there are none), everyone gets 0.',
  ],
  inputs: (rng) => [
    [10, []],
    [7, [0, 0]],
    [10, [1, 1, 1]],
    [100, [1, 2, 4]],
    [1, [1, 1]],
    [11, [3, 3, 1, 2]],
    [0, [2, 5]],
    ...[3, 4, 5].map((count) => [
      between(rng, 20, 200),
      Array.from({ length: count }, () => between(rng, 0, 30)),
    ]),
  ],
  reference: (_words, total: number, weights: readonly number[]): Value => {
    const whole = weights.reduce((sum, weight) => sum + weight, 0);
    if (whole === 0) return weights.map(() => 0);
    const parts = weights.map((weight) => Math.floor((total * weight) / whole));
    // What each lost by rounding down, times the sum of the weights: a whole number again.
    const lost = weights.map((weight, index) => total * weight - (parts[index] ?? 0) * whole);
    for (let left = total - parts.reduce((sum, part) => sum + part, 0); left > 0; left--) {
      const first = lost.indexOf(Math.max(...lost));
      parts[first] = (parts[first] ?? 0) + 1;
      lost[first] = -1;
    }
    return parts;
  },
};
