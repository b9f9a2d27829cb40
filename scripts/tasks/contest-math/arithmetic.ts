export function gcd(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : gcd(b, a % b);
}

export function lcm(a: number, b: number): number {
  return (a / gcd(a, b)) * b;
}

/** All whole numbers from `low` to `high`. */
export function range(low: number, high: number): number[] {
  return Array.from({ length: Math.max(0, high - low + 1) }, (_, index) => low + index);
}

export function countOf(low: number, high: number, holds: (n: number) => boolean): number {
  return range(low, high).filter(holds).length;
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

export function binomial(n: number, k: number): number {
  if (k < 0 || k > n) return 0;
  let result = 1;
  for (let index = 1; index <= k; index++) result = (result * (n - k + index)) / index;
  return Math.round(result);
}

export function factorial(n: number): number {
  return range(2, n).reduce((product, factor) => product * factor, 1);
}

export function bigFactorial(n: number): bigint {
  return range(2, n).reduce((product, factor) => product * BigInt(factor), 1n);
}

/** Numerator plus denominator in lowest terms. */
export function lowestTermsSum(numerator: number, denominator: number): number {
  const divisor = gcd(numerator, denominator);
  return numerator / divisor + denominator / divisor;
}

/** The same, of exact fractions. */
export function bigLowestTermsSum(numerator: bigint, denominator: bigint): number {
  let [a, b] = [numerator, denominator];
  while (b !== 0n) [a, b] = [b, a % b];
  return Number(numerator / a + denominator / a);
}

/** Every arrangement of 0 … n-1. */
export function* permutations(n: number, start: readonly number[] = []): Generator<readonly number[]> {
  if (start.length === n) yield start;
  else
    for (let next = 0; next < n; next++) if (!start.includes(next)) yield* permutations(n, [...start, next]);
}
