import { nonDominated } from '../../../../src/pareto/index.ts';
import { grid, type Problem, repeat, sum } from './problem.ts';

/** DTLZ 2 and 7 (Deb, Thiele, Laumanns & Zitzler 2005) with three objectives. */

const objectives = 3;
const unit = (count: number) => ({ lower: repeat(0, count), upper: repeat(1, count) });

/** The octant of a sphere. 10 distance variables. */
export const dtlz2: Problem = {
  name: 'DTLZ2',
  objectives,
  ...unit(objectives - 1 + 10),
  evaluate: (x) => {
    const radius = 1 + sum(x.slice(objectives - 1).map((value) => (value - 0.5) ** 2));
    return onSphere(x[0] as number, x[1] as number).map((value) => radius * value);
  },
  front: (count) => {
    const side = grid(0, 1, Math.round(Math.sqrt(count)));
    return side.flatMap((a) => side.map((b) => onSphere(a, b)));
  },
};

function onSphere(a: number, b: number): number[] {
  const [first, second] = [(a * Math.PI) / 2, (b * Math.PI) / 2];
  return [Math.cos(first) * Math.cos(second), Math.cos(first) * Math.sin(second), Math.sin(first)];
}

/** Four separate patches. 20 distance variables. */
export const dtlz7: Problem = {
  name: 'DTLZ7',
  objectives,
  ...unit(objectives - 1 + 20),
  evaluate: (x) => {
    const rest = x.slice(objectives - 1);
    return lastOfDtlz7(x.slice(0, objectives - 1), 1 + (9 / rest.length) * sum(rest));
  },
  front: (count) => {
    const side = grid(0, 1, Math.round(Math.sqrt(count) * 2));
    const points = side.flatMap((a) => side.map((b) => lastOfDtlz7([a, b], 1)));
    return nonDominated(points, (point) => point);
  },
};

function lastOfDtlz7(others: readonly number[], g: number): number[] {
  const h = objectives - sum(others.map((f) => (f / (1 + g)) * (1 + Math.sin(3 * Math.PI * f))));
  return [...others, (1 + g) * h];
}
