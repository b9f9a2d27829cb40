import { between } from '../shipped-task.ts';
import { binomial, countOf, lowestTermsSum, range, sum } from './arithmetic.ts';
import type { Template } from './template.ts';

const asFraction = 'is m/n, where m and n are positive integers with no common factor. Find m + n.';

/** Ways to reach each total with dice of six sides. */
function diceTotals(dice: number): ReadonlyMap<number, number> {
  let ways = new Map([[0, 1]]);
  for (let die = 0; die < dice; die++) {
    const next = new Map<number, number>();
    for (const [total, count] of ways) {
      for (const face of range(1, 6)) next.set(total + face, (next.get(total + face) ?? 0) + count);
    }
    ways = next;
  }
  return ways;
}

export const probability: readonly Template[] = [
  {
    name: 'dice-total',
    difficulty: 'easy',
    make: (rng) => {
      const dice = between(rng, 3, 4);
      const total = between(rng, dice + 3, 6 * dice - 3);
      return {
        question: `${dice} fair six-sided dice are rolled. The probability that the numbers add up to ${total} ${asFraction}`,
        answer: lowestTermsSum(diceTotals(dice).get(total) ?? 0, 6 ** dice),
        check: () => {
          const digits = (n: number): number[] => range(0, dice - 1).map((at) => Math.floor(n / 6 ** at) % 6);
          const hits = countOf(0, 6 ** dice - 1, (n) => sum(digits(n)) + dice === total);
          return lowestTermsSum(hits, 6 ** dice);
        },
      };
    },
  },
  {
    name: 'balls-without-replacement',
    difficulty: 'easy',
    make: (rng) => {
      const [red, blue, drawn] = [between(rng, 4, 8), between(rng, 4, 8), between(rng, 3, 4)];
      const wanted = between(rng, 1, drawn - 1);
      return {
        question: `A bag holds ${red} red and ${blue} blue balls. ${drawn} balls are drawn at random without putting any back. The probability that exactly ${wanted} of them ${wanted === 1 ? 'is' : 'are'} red ${asFraction}`,
        answer: lowestTermsSum(
          binomial(red, wanted) * binomial(blue, drawn - wanted),
          binomial(red + blue, drawn),
        ),
        check: () => {
          const count = red + blue;
          const ones = (bits: number): number => bits.toString(2).split('1').length - 1;
          const inRed = 2 ** red - 1;
          let [hits, all] = [0, 0];
          for (const bits of range(0, 2 ** count - 1)) {
            if (ones(bits) !== drawn) continue;
            all++;
            if (ones(bits & inRed) === wanted) hits++;
          }
          return lowestTermsSum(hits, all);
        },
      };
    },
  },
  {
    name: 'product-divisible',
    difficulty: 'medium',
    make: (rng) => {
      const [limit, prime] = [between(rng, 15, 60), rng.pick([3, 5, 7])];
      const free = limit - Math.floor(limit / prime);
      return {
        question: `Two integers from 1 to ${limit} are picked at random, one after the other; the same integer may be picked twice. The probability that their product is divisible by ${prime} ${asFraction}`,
        answer: lowestTermsSum(limit * limit - free * free, limit * limit),
        check: () => {
          const hits = sum(range(1, limit).map((a) => countOf(1, limit, (b) => (a * b) % prime === 0)));
          return lowestTermsSum(hits, limit * limit);
        },
      };
    },
  },
  {
    name: 'first-success-wins',
    difficulty: 'medium',
    make: (rng) => {
      const [p, n] = [between(rng, 1, 4), between(rng, 5, 9)];
      const [q, k] = [between(rng, 1, 4), between(rng, 5, 9)];
      const [first, second] = rng.pick([
        ['Ana', 'Boris'],
        ['Chen', 'Dara'],
        ['Emil', 'Farah'],
      ] as const);
      // P = p/n / (1 - (1 - p/n)(1 - q/k))
      const numerator = p * k;
      const denominator = n * k - (n - p) * (k - q);
      return {
        question: `${first} and ${second} take turns throwing at a basket, ${first} first, until one of them scores and wins. ${first} scores with probability ${p}/${n} at each throw and ${second} with probability ${q}/${k}. The probability that ${first} wins ${asFraction}`,
        answer: lowestTermsSum(numerator, denominator),
        check: () => {
          let [chance, reached] = [0, 1];
          for (let turn = 0; turn < 400; turn++) {
            chance += reached * (p / n);
            reached *= (1 - p / n) * (1 - q / k);
          }
          const bottom =
            range(1, denominator).find((d) => Math.abs(chance * d - Math.round(chance * d)) < 1e-9) ?? 0;
          return Math.round(chance * bottom) + bottom;
        },
      };
    },
  },
  {
    name: 'increasing-draws',
    difficulty: 'hard',
    make: (rng) => {
      const [cards, drawn] = [between(rng, 6, 12), 3];
      const limit = between(rng, 4, cards - 1);
      const triples = binomial(limit, drawn);
      return {
        question: `Cards numbered 1 to ${cards} are shuffled and three are laid out in a row. The probability that the numbers increase from left to right and the last one is at most ${limit} ${asFraction}`,
        answer: lowestTermsSum(triples, cards * (cards - 1) * (cards - 2)),
        check: () => {
          let [hits, all] = [0, 0];
          for (const a of range(1, cards)) {
            for (const b of range(1, cards)) {
              for (const c of range(1, cards)) {
                if (a === b || b === c || a === c) continue;
                all++;
                if (a < b && b < c && c <= limit) hits++;
              }
            }
          }
          return lowestTermsSum(hits, all);
        },
      };
    },
  },
];
