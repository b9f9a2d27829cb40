import { between } from '../shipped-task.ts';
import { binomial, countOf, factorial, permutations, range, sum } from './arithmetic.ts';
import type { Template } from './template.ts';

/** Number of monotone lattice paths that keep to allowed points. */
function paths(width: number, height: number, allowed: (x: number, y: number) => boolean): number {
  const ways = new Map<string, number>([['0,0', 1]]);
  for (const x of range(0, width)) {
    for (const y of range(0, height)) {
      if (x + y === 0) continue;
      const total = (ways.get(`${x - 1},${y}`) ?? 0) + (ways.get(`${x},${y - 1}`) ?? 0);
      ways.set(`${x},${y}`, allowed(x, y) ? total : 0);
    }
  }
  return ways.get(`${width},${height}`) ?? 0;
}

/** Arrangements of a word's letters without two vowels side by side, letter by letter. */
function arrangementsApart(letters: string, afterVowel = false): number {
  if (letters === '') return 1;
  return sum(
    [...new Set(letters)].map((letter) => {
      const isVowel = 'AEIOU'.includes(letter);
      return isVowel && afterVowel ? 0 : arrangementsApart(letters.replace(letter, ''), isVowel);
    }),
  );
}

function repetitionFactor(letters: readonly string[]): number {
  return [...new Set(letters)].reduce(
    (product, letter) => product * factorial(letters.filter((other) => other === letter).length),
    1,
  );
}

function derangements(n: number): number {
  return n === 0 ? 1 : n === 1 ? 0 : (n - 1) * (derangements(n - 1) + derangements(n - 2));
}

export const combinatorics: readonly Template[] = [
  {
    name: 'paths-avoiding-a-point',
    difficulty: 'easy',
    make: (rng) => {
      const [width, height] = [between(rng, 5, 9), between(rng, 4, 8)];
      const [x, y] = [between(rng, 1, width - 1), between(rng, 1, height - 1)];
      const through = binomial(x + y, x) * binomial(width + height - x - y, width - x);
      return {
        question: `A robot walks on a grid from (0, 0) to (${width}, ${height}), each step one unit right or one unit up. The point (${x}, ${y}) is closed for repairs. How many routes are left?`,
        answer: binomial(width + height, width) - through,
        check: () => paths(width, height, (px, py) => px !== x || py !== y),
      };
    },
  },
  {
    name: 'committee-with-minimum',
    difficulty: 'easy',
    make: (rng) => {
      const [women, men, size] = [between(rng, 5, 9), between(rng, 5, 9), between(rng, 4, 6)];
      const counts = range(2, size - 1);
      return {
        question: `From ${women} women and ${men} men a committee of ${size} people is chosen that has at least two women and at least one man. In how many ways can this be done?`,
        answer: sum(counts.map((chosen) => binomial(women, chosen) * binomial(men, size - chosen))),
        check: () =>
          binomial(women + men, size) -
          binomial(women, size) -
          binomial(men, size) -
          women * binomial(men, size - 1),
      };
    },
  },
  {
    name: 'vowels-apart',
    difficulty: 'medium',
    make: (rng) => {
      const word = rng.pick([
        'BANANA',
        'COFFEE',
        'LANTERN',
        'TOMATOES',
        'PARALLEL',
        'CABBAGE',
        'DIVISOR',
        'KITCHEN',
        'LETTERS',
        'MINIMUM',
        'PROBLEM',
        'TEXTILES',
        'VERTICES',
      ]);
      const vowels = [...word].filter((letter) => 'AEIOU'.includes(letter));
      const others = [...word].filter((letter) => !'AEIOU'.includes(letter));
      if (vowels.length < 2 || vowels.length > others.length + 1) return undefined;
      const placings = binomial(others.length + 1, vowels.length);
      return {
        question: `In how many different ways can the letters of the word ${word} be arranged so that no two vowels stand side by side?`,
        answer:
          (factorial(others.length) / repetitionFactor(others)) *
          placings *
          (factorial(vowels.length) / repetitionFactor(vowels)),
        check: () => arrangementsApart(word),
      };
    },
  },
  {
    name: 'strings-without-run',
    difficulty: 'medium',
    make: (rng) => {
      const [length, run] = [between(rng, 8, 15), between(rng, 2, 4)];
      const counts = range(0, run - 1).map((n) => 2 ** n);
      for (let n = run; n <= length; n++) counts.push(sum(counts.slice(-run)));
      return {
        question: `How many strings of ${length} letters, each letter A or B, do not contain ${run} A's in a row?`,
        answer: counts[length] ?? -1,
        check: () => countOf(0, 2 ** length - 1, (bits) => !bits.toString(2).includes('1'.repeat(run))),
      };
    },
  },
  {
    name: 'bounded-solutions',
    difficulty: 'hard',
    make: (rng) => {
      const [unknowns, cap] = [between(rng, 3, 5), between(rng, 5, 9)];
      const total = between(rng, cap + 3, Math.floor((unknowns * cap) / 2) + 3);
      const terms = range(0, unknowns).map((over) => {
        const rest = total - over * (cap + 1);
        return rest < 0
          ? 0
          : (-1) ** over * binomial(unknowns, over) * binomial(rest + unknowns - 1, unknowns - 1);
      });
      return {
        question: `${total} identical marbles are put into ${unknowns} different boxes. No box may hold more than ${cap} marbles, and boxes may stay empty. In how many ways is this possible?`,
        answer: sum(terms),
        check: () => {
          let ways: number[] = range(0, total).map((n) => Number(n === 0));
          for (let box = 0; box < unknowns; box++) {
            ways = ways.map((_, n) => sum(range(0, Math.min(cap, n)).map((many) => ways[n - many] ?? 0)));
          }
          return ways[total] ?? -1;
        },
      };
    },
  },
  {
    name: 'exactly-k-fixed',
    difficulty: 'medium',
    make: (rng) => {
      const n = between(rng, 5, 8);
      const fixed = between(rng, 1, n - 3);
      const who = rng.pick([
        'guests leave a party, each with one of their coats',
        'letters go into their addressed envelopes',
      ]);
      const what = who.startsWith('guests') ? 'get their own coat' : 'lie in the right envelope';
      return {
        question: `${n} ${who}, in such a way that exactly ${fixed} of them ${what}. In how many ways can that happen?`,
        answer: binomial(n, fixed) * derangements(n - fixed),
        check: () => {
          let count = 0;
          for (const order of permutations(n))
            if (order.filter((at, index) => at === index).length === fixed) count++;
          return count;
        },
      };
    },
  },
  {
    name: 'strip-tilings',
    difficulty: 'medium',
    make: (rng) => {
      const length = between(rng, 7, 18);
      return {
        question: `In how many ways can a strip 2 units high and ${length} units long be covered completely, without overlaps, by tiles of size 1 x 2 (which may be turned) and 2 x 2? Mirror images count as different.`,
        answer: (2 ** (length + 1) + (-1) ** length) / 3,
        check: () => {
          const ways = [1, 1];
          for (let n = 2; n <= length; n++) ways.push((ways[n - 1] ?? 0) + 2 * (ways[n - 2] ?? 0));
          return ways[length] ?? -1;
        },
      };
    },
  },
  {
    name: 'round-table-couples',
    difficulty: 'hard',
    make: (rng) => {
      const [people, couples] = [between(rng, 6, 8), between(rng, 1, 3)];
      if (2 * couples > people) return undefined;
      const who = couples === 1 ? 'one couple, who insist' : `${couples} couples, each of whom insist`;
      return {
        question: `${people} people sit down at a round table with ${people} equal chairs. Among them there ${couples === 1 ? 'is' : 'are'} ${who} on sitting side by side. How many seatings are possible, if seatings that differ by a rotation count as the same?`,
        answer: 2 ** couples * factorial(people - couples - 1),
        check: () => {
          let count = 0;
          for (const order of permutations(people)) {
            const seat = (person: number): number => order.indexOf(person);
            const sideBySide = (couple: number): boolean =>
              [1, people - 1].includes(Math.abs(seat(2 * couple) - seat(2 * couple + 1)));
            if (order[0] === 0 && range(0, couples - 1).every(sideBySide)) count++;
          }
          return count;
        },
      };
    },
  },
];
