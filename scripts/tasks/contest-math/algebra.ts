import { between } from '../shipped-task.ts';
import { range, sum } from './arithmetic.ts';
import type { Template } from './template.ts';

/** `x^3 - 4x^2 + x + 6` from its coefficients, highest power first. */
function polynomialText(coefficients: readonly number[]): string {
  const degree = coefficients.length - 1;
  const terms = coefficients.flatMap((coefficient, index) => {
    if (coefficient === 0) return [];
    const power = degree - index;
    const size = Math.abs(coefficient) === 1 && power > 0 ? '' : String(Math.abs(coefficient));
    const unknown = power === 0 ? '' : power === 1 ? 'x' : `x^${power}`;
    return [`${coefficient < 0 ? '-' : '+'} ${size}${unknown}`];
  });
  return terms.join(' ').replace(/^\+ /, '').replace(/^- /, '-');
}

/** Coefficients of a product of polynomials, lowest power first. */
function product(a: readonly number[], b: readonly number[]): number[] {
  return range(0, a.length + b.length - 2).map((power) =>
    sum(a.map((coefficient, index) => coefficient * (b[power - index] ?? 0))),
  );
}

export const algebra: readonly Template[] = [
  {
    name: 'sums-of-powers-of-roots',
    difficulty: 'medium',
    make: (rng) => {
      const roots = [between(rng, -6, 7), between(rng, -6, 7), between(rng, -6, 7)];
      const [a = 0, b = 0, c = 0] = roots;
      if (new Set(roots).size < 3 || roots.includes(0)) return undefined;
      const [s, q, p] = [a + b + c, a * b + b * c + c * a, a * b * c];
      const cubes = s ** 3 - 3 * s * q + 3 * p;
      if (cubes < 1) return undefined;
      return {
        question: `Let r, s and t be the roots of ${polynomialText([1, -s, q, -p])} = 0. Find r^3 + s^3 + t^3.`,
        answer: cubes,
        check: () => sum(roots.map((root) => root ** 3)),
      };
    },
  },
  {
    name: 'power-and-reciprocal',
    difficulty: 'easy',
    make: (rng) => {
      const [value, power] = [between(rng, 3, 9), between(rng, 3, 6)];
      const sums = [2, value];
      for (let n = 2; n <= power; n++) sums.push(value * (sums[n - 1] ?? 0) - (sums[n - 2] ?? 0));
      return {
        question: `A real number x satisfies x + 1/x = ${value}. Find x^${power} + 1/x^${power}.`,
        answer: sums[power] ?? -1,
        check: () => {
          const x = (value + Math.sqrt(value * value - 4)) / 2;
          return Math.round(x ** power + x ** -power);
        },
      };
    },
  },
  {
    name: 'next-value-of-cubic',
    difficulty: 'medium',
    make: (rng) => {
      const coefficients = [
        between(rng, -4, 6),
        between(rng, -5, 5),
        between(rng, -4, 4),
        between(rng, 1, 3),
      ];
      const at = (x: number): number =>
        sum(coefficients.map((coefficient, power) => coefficient * x ** power));
      const [one, two, three] = [at(1), at(2), at(3)];
      const leading = coefficients[3] ?? 0;
      if (at(5) < 1) return undefined;
      return {
        question: `A polynomial P of degree 3 has leading coefficient ${leading}, and P(1) = ${one}, P(2) = ${two}, P(3) = ${three}. Find P(5).`,
        answer: at(5),
        // Third differences of a cubic are six times its leading coefficient.
        check: () => {
          const four = 6 * leading + 3 * three - 3 * two + one;
          return 6 * leading + 3 * four - 3 * three + two;
        },
      };
    },
  },
  {
    name: 'sum-of-floors',
    difficulty: 'medium',
    make: (rng) => {
      const n = between(rng, 60, 400);
      const root = Math.floor(Math.sqrt(n));
      const closed = sum(range(1, root - 1).map((k) => k * (2 * k + 1))) + root * (n - root * root + 1);
      return {
        question: `For a real number x let [x] be the greatest integer that is at most x. Find [sqrt(1)] + [sqrt(2)] + [sqrt(3)] + ... + [sqrt(${n})].`,
        answer: closed,
        check: () => sum(range(1, n).map((k) => range(1, k).findLast((r) => r * r <= k) ?? 0)),
      };
    },
  },
  {
    name: 'coefficient-of-product',
    difficulty: 'hard',
    make: (rng) => {
      const [m, n, k] = [between(rng, 3, 7), between(rng, 3, 7), between(rng, 2, 5)];
      const expand = (factor: readonly number[], times: number): number[] =>
        range(1, times).reduce<number[]>((result) => product(result, factor), [1]);
      const coefficients = product(expand([1, 2], m), expand([1, 1, 1], n));
      return {
        question: `Find the coefficient of x^${k} in the expansion of (1 + 2x)^${m} * (1 + x + x^2)^${n}.`,
        answer: coefficients[k] ?? -1,
        check: () => {
          // One factor at a time, from the other end: every way to take a power from each.
          const ways = (left: number, twos: number, threes: number): number => {
            if (left < 0) return 0;
            if (twos > 0) return ways(left, twos - 1, threes) + 2 * ways(left - 1, twos - 1, threes);
            if (threes > 0) return sum([0, 1, 2].map((power) => ways(left - power, 0, threes - 1)));
            return left === 0 ? 1 : 0;
          };
          return ways(k, m, n);
        },
      };
    },
  },
  {
    name: 'three-workers',
    difficulty: 'easy',
    make: (rng) => {
      const [a, b] = [between(rng, 3, 20), between(rng, 3, 20)];
      const c = between(rng, 3, 20);
      const [sumAb, sumBc, sumCa] = [a + b, b + c, c + a];
      if (new Set([a, b, c]).size < 3) return undefined;
      return {
        question: `Three numbers x, y and z satisfy x + y = ${sumAb}, y + z = ${sumBc} and z + x = ${sumCa}. Find x * y * z.`,
        answer: a * b * c,
        check: () => {
          const half = (sumAb + sumBc + sumCa) / 2;
          return (half - sumBc) * (half - sumCa) * (half - sumAb);
        },
      };
    },
  },
];
