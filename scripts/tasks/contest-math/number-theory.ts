import { between } from '../shipped-task.ts';
import { bigFactorial, countOf, gcd, lcm, range, sum } from './arithmetic.ts';
import type { Template } from './template.ts';

const smallPrimes = [2, 3, 5, 7, 11, 13] as const;

export const numberTheory: readonly Template[] = [
  {
    name: 'power-remainder',
    difficulty: 'easy',
    make: (rng) => {
      const [base, exponent, modulus] = [between(rng, 3, 19), between(rng, 50, 400), between(rng, 23, 97)];
      let [result, square, rest] = [1, base % modulus, exponent];
      for (; rest > 0; rest = Math.floor(rest / 2)) {
        if (rest % 2 === 1) result = (result * square) % modulus;
        square = (square * square) % modulus;
      }
      return {
        question: `Find the remainder when ${base}^${exponent} is divided by ${modulus}.`,
        answer: result,
        check: () => Number(BigInt(base) ** BigInt(exponent) % BigInt(modulus)),
      };
    },
  },
  {
    name: 'divisible-by-either-not-third',
    difficulty: 'easy',
    make: (rng) => {
      const [a, b, c] = rng.shuffle([3, 4, 5, 6, 7, 9, 10, 11, 12]) as [number, number, number];
      const limit = between(rng, 400, 1500);
      const multiples = (n: number): number => Math.floor(limit / n);
      const ab = lcm(a, b);
      const inEither = multiples(a) + multiples(b) - multiples(ab);
      const alsoThird = multiples(lcm(a, c)) + multiples(lcm(b, c)) - multiples(lcm(ab, c));
      if (alsoThird === inEither) return undefined;
      return {
        question: `How many positive integers n with n <= ${limit} are divisible by ${a} or by ${b} (or by both) but not by ${c}?`,
        answer: inEither - alsoThird,
        check: () => countOf(1, limit, (n) => (n % a === 0 || n % b === 0) && n % c !== 0),
      };
    },
  },
  {
    name: 'three-congruences',
    difficulty: 'medium',
    make: (rng) => {
      const [p, q, r] = rng.shuffle([5, 7, 8, 9, 11, 13]) as [number, number, number];
      const answer = between(rng, Math.max(p, q, r) + 1, p * q * r - 1);
      return {
        question: `Find the smallest positive integer that leaves remainder ${answer % p} when divided by ${p}, remainder ${answer % q} when divided by ${q}, and remainder ${answer % r} when divided by ${r}.`,
        answer,
        check: () =>
          range(1, p * q * r).find(
            (n) => n % p === answer % p && n % q === answer % q && n % r === answer % r,
          ) ?? -1,
      };
    },
  },
  {
    name: 'square-divisors',
    difficulty: 'medium',
    make: (rng) => {
      const [p, q, r] = rng.shuffle(smallPrimes.slice(0, 4)) as [number, number, number];
      const powers = [between(rng, 3, 7), between(rng, 2, 5), between(rng, 1, 4)] as const;
      const answer = powers.reduce((product, power) => product * (Math.floor(power / 2) + 1), 1);
      return {
        question: `How many positive divisors of ${p}^${powers[0]} * ${q}^${powers[1]} * ${r}^${powers[2]} are not perfect squares?`,
        answer: powers.reduce((product, power) => product * (power + 1), 1) - answer,
        check: () => {
          let count = 0;
          for (const a of range(0, powers[0])) {
            for (const b of range(0, powers[1])) {
              for (const c of range(0, powers[2])) if (a % 2 === 1 || b % 2 === 1 || c % 2 === 1) count++;
            }
          }
          return count;
        },
      };
    },
  },
  {
    name: 'trailing-zeros-in-base',
    difficulty: 'medium',
    make: (rng) => {
      const n = between(rng, 60, 400);
      const [base, prime, power] = rng.pick([
        [10, 5, 1],
        [6, 3, 1],
        [14, 7, 1],
        [15, 5, 1],
        [9, 3, 2],
      ] as const);
      let exponent = 0;
      for (let factor: number = prime; factor <= n; factor *= prime) exponent += Math.floor(n / factor);
      return {
        question: `Written in base ${base}, with how many zeros does ${n}! (the factorial of ${n}) end?`,
        answer: Math.floor(exponent / power),
        check: () => {
          let [rest, zeros] = [bigFactorial(n), 0];
          for (; rest % BigInt(base) === 0n; rest /= BigInt(base)) zeros++;
          return zeros;
        },
      };
    },
  },
  {
    name: 'unpayable-amounts',
    difficulty: 'medium',
    make: (rng) => {
      const [a, b] = [between(rng, 5, 17), between(rng, 18, 35)];
      if (gcd(a, b) !== 1) return undefined;
      return {
        question: `A country has only coins of ${a} and of ${b} crowns. How many positive whole amounts cannot be paid exactly with such coins (no change is given)?`,
        answer: ((a - 1) * (b - 1)) / 2,
        check: () =>
          countOf(1, a * b, (n) => !range(0, Math.floor(n / b)).some((many) => (n - many * b) % a === 0)),
      };
    },
  },
  {
    name: 'digit-sum-of-difference',
    difficulty: 'easy',
    make: (rng) => {
      const [power, less] = [between(rng, 12, 60), between(rng, 11, 989)];
      const digits = String(less - 1).padStart(3, '0');
      return {
        question: `What is the sum of the decimal digits of 10^${power} - ${less}?`,
        answer: 9 * power - sum([...digits].map(Number)),
        check: () => sum([...String(10n ** BigInt(power) - BigInt(less))].map(Number)),
      };
    },
  },
  {
    name: 'unit-fraction-pairs',
    difficulty: 'hard',
    make: (rng) => {
      const n = rng.pick([12, 18, 20, 24, 28, 30, 36, 40, 42, 45, 48, 50, 54, 56, 60, 63, 66, 70, 72]);
      return {
        question: `Find the number of ordered pairs (x, y) of positive integers with 1/x + 1/y = 1/${n}.`,
        answer: countOf(1, n * n, (d) => (n * n) % d === 0),
        check: () => countOf(n + 1, n + n * n, (x) => (n * x) % (x - n) === 0),
      };
    },
  },
  {
    name: 'sum-over-divisibility',
    difficulty: 'hard',
    make: (rng) => {
      const [shift, constant] = [between(rng, 2, 9), between(rng, 20, 140)];
      const value = shift * shift + constant;
      const fitting = range(shift + 1, value).filter((d) => value % d === 0);
      if (fitting.length < 2) return undefined;
      return {
        question: `Find the sum of all positive integers n for which n + ${shift} divides n^2 + ${constant}.`,
        answer: sum(fitting.map((d) => d - shift)),
        check: () => sum(range(1, value).filter((n) => (n * n + constant) % (n + shift) === 0)),
      };
    },
  },
];
