import { between } from '../shipped-task.ts';
import { bigLowestTermsSum, lowestTermsSum, range, sum } from './arithmetic.ts';
import type { Template } from './template.ts';

type Matrix = readonly [bigint, bigint, bigint, bigint];

function times([a, b, c, d]: Matrix, [e, f, g, h]: Matrix, modulus: bigint): Matrix {
  return [
    (a * e + b * g) % modulus,
    (a * f + b * h) % modulus,
    (c * e + d * g) % modulus,
    (c * f + d * h) % modulus,
  ];
}

export const sequences: readonly Template[] = [
  {
    name: 'recurrence-remainder',
    difficulty: 'hard',
    make: (rng) => {
      const [p, q, first, second] = [
        between(rng, 1, 5),
        between(rng, 1, 5),
        between(rng, 1, 6),
        between(rng, 1, 6),
      ];
      const [index, modulus] = [between(rng, 40, 500), between(rng, 11, 101)];
      const terms = [0, first, second];
      for (let n = 3; n <= index; n++)
        terms.push((p * (terms[n - 1] ?? 0) + q * (terms[n - 2] ?? 0)) % modulus);
      return {
        question: `A sequence starts with a_1 = ${first} and a_2 = ${second}, and a_n = ${p === 1 ? '' : p}a_(n-1) + ${q === 1 ? '' : q}a_(n-2) for n >= 3. Find the remainder when a_${index} is divided by ${modulus}.`,
        answer: (terms[index] ?? -1) % modulus,
        check: () => {
          const big = BigInt(modulus);
          let power: Matrix = [1n, 0n, 0n, 1n];
          let square: Matrix = [BigInt(p), BigInt(q), 1n, 0n];
          for (let rest = index - 2; rest > 0; rest = Math.floor(rest / 2)) {
            if (rest % 2 === 1) power = times(power, square, big);
            square = times(square, square, big);
          }
          return Number((power[0] * BigInt(second) + power[1] * BigInt(first)) % big);
        },
      };
    },
  },
  {
    name: 'telescoping-sum',
    difficulty: 'medium',
    make: (rng) => {
      const [step, start, count] = [between(rng, 1, 5), between(rng, 1, 6), between(rng, 8, 60)];
      const end = start + step * count;
      const term = (k: number): string => `1/(${start + step * k} * ${start + step * (k + 1)})`;
      return {
        question: `The sum ${term(0)} + ${term(1)} + ${term(2)} + ... + ${term(count - 1)} is m/n, where m and n are positive integers with no common factor. Find m + n.`,
        answer: lowestTermsSum(count, start * end),
        check: () => {
          let [top, bottom] = [0n, 1n];
          for (const k of range(0, count - 1)) {
            const next = BigInt(start + step * k) * BigInt(start + step * (k + 1));
            [top, bottom] = [top * next + bottom, bottom * next];
          }
          return bigLowestTermsSum(top, bottom);
        },
      };
    },
  },
  {
    name: 'arithmetic-sums',
    difficulty: 'easy',
    make: (rng) => {
      const [start, step] = [between(rng, 2, 30), between(rng, 2, 9)];
      const [few, many] = [between(rng, 5, 9), between(rng, 10, 16)];
      const wanted = between(rng, 20, 50);
      const total = (count: number): number => sum(range(0, count - 1).map((k) => start + step * k));
      return {
        question: `In an arithmetic sequence the first ${few} terms add up to ${total(few)} and the first ${many} terms add up to ${total(many)}. Find the term number ${wanted}.`,
        answer: start + step * (wanted - 1),
        check: () => {
          const mean = (count: number): number => total(count) / count;
          const difference = (2 * (mean(many) - mean(few))) / (many - few);
          return Math.round(mean(few) + difference * (wanted - (few + 1) / 2));
        },
      };
    },
  },
  {
    name: 'circle-elimination',
    difficulty: 'medium',
    make: (rng) => {
      const [people, step] = [between(rng, 12, 60), between(rng, 2, 5)];
      let survivor = 0;
      for (let n = 2; n <= people; n++) survivor = (survivor + step) % n;
      const which = { 2: 'second', 3: 'third', 4: 'fourth', 5: 'fifth' }[step];
      return {
        question: `${people} children stand in a circle and are numbered 1 to ${people} in order. Counting starts at child 1, and every ${which} child counted leaves the circle (the first to leave is child ${step}); counting goes on from the next child. What is the number of the child who is left last?`,
        answer: survivor + 1,
        check: () => {
          const circle = range(1, people);
          let at = 0;
          while (circle.length > 1) {
            at = (at + step - 1) % circle.length;
            circle.splice(at, 1);
          }
          return circle[0] ?? -1;
        },
      };
    },
  },
  {
    name: 'missing-kind-of-number',
    difficulty: 'medium',
    make: (rng) => {
      const index = between(rng, 60, 900);
      const kind = rng.pick(['perfect square', 'perfect cube'] as const);
      const power = kind === 'perfect square' ? 2 : 3;
      // The answer exceeds the index by the number of powers up to it.
      let answer = index;
      for (let base = 1; base ** power <= answer; base++) answer++;
      return {
        question: `All positive integers that are no ${kind}s are written in increasing order: ${power === 2 ? '2, 3, 5, 6, 7, 8, 10' : '2, 3, 4, 5, 6, 7, 9'}, .... Which integer stands at position ${index}?`,
        answer,
        check: () => {
          const powers = new Set(range(1, 40).map((base) => base ** power));
          return range(1, 2 * index + 9).filter((n) => !powers.has(n))[index - 1] ?? -1;
        },
      };
    },
  },
];
