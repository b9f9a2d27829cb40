import { nonDominated } from '../../../../src/pareto/index.ts';
import { grid, type Problem, repeat, sum } from './problem.ts';

/** ZDT 1–4 and 6 (Zitzler, Deb & Thiele 2000, §3): two objectives, g = 1 on the front. */

const meanOfRest = (x: readonly number[]): number => sum(x.slice(1)) / (x.length - 1);

function zdt(
  name: string,
  bounds: { lower: readonly number[]; upper: readonly number[] },
  f1: (x: readonly number[]) => number,
  g: (x: readonly number[]) => number,
  h: (f1: number, g: number) => number,
  frontFrom: number,
): Problem {
  return {
    name,
    objectives: 2,
    ...bounds,
    evaluate: (x) => [f1(x), g(x) * h(f1(x), g(x))],
    front: (count) =>
      nonDominated(
        grid(frontFrom, 1, count).map((first) => [first, h(first, 1)]),
        (point) => point,
      ),
  };
}

const unit = (count: number) => ({ lower: repeat(0, count), upper: repeat(1, count) });
const first = (x: readonly number[]): number => x[0] as number;
const convex = (f1: number, g: number): number => 1 - Math.sqrt(f1 / g);
const concave = (f1: number, g: number): number => 1 - (f1 / g) ** 2;
const linearG = (x: readonly number[]): number => 1 + 9 * meanOfRest(x);

export const zdt1 = zdt('ZDT1', unit(30), first, linearG, convex, 0);
export const zdt2 = zdt('ZDT2', unit(30), first, linearG, concave, 0);
/** Its front has gaps: what the curve's dominated parts leave. */
export const zdt3 = zdt(
  'ZDT3',
  unit(30),
  first,
  linearG,
  (f1, g) => 1 - Math.sqrt(f1 / g) - (f1 / g) * Math.sin(10 * Math.PI * f1),
  0,
);
/** 21^9 local fronts. */
export const zdt4 = zdt(
  'ZDT4',
  { lower: [0, ...repeat(-5, 9)], upper: [1, ...repeat(5, 9)] },
  first,
  (x) =>
    1 + 10 * (x.length - 1) + sum(x.slice(1).map((value) => value ** 2 - 10 * Math.cos(4 * Math.PI * value))),
  convex,
  0,
);
const f1Of6 = (x1: number): number => 1 - Math.exp(-4 * x1) * Math.sin(6 * Math.PI * x1) ** 6;
/** Sparse towards the front, and unevenly along it, whose smallest f1 is at the first hump. */
export const zdt6 = zdt(
  'ZDT6',
  unit(10),
  (x) => f1Of6(first(x)),
  (x) => 1 + 9 * meanOfRest(x) ** 0.25,
  concave,
  grid(0, 0.2, 200_001).reduce((least, x1) => Math.min(least, f1Of6(x1)), 1),
);
