import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/core/rng.ts';
import { dominates } from '../../../src/pareto/index.ts';
import { problems } from '../../bench/search/problems/index.ts';
import { runs } from '../../support/thorough.ts';

const named = (name: string) => {
  const found = problems.find((problem) => problem.name === name);
  if (found === undefined) throw new Error(`no problem ${name}`);
  return found;
};
const filled = (first: readonly number[], rest: number, count: number): number[] => [
  ...first,
  ...Array.from({ length: count - first.length }, () => rest),
];

// Worked out by hand from the formulas of the papers.
const values: [name: string, x: number[], objectives: number[]][] = [
  ['ZDT1', filled([0.25], 0, 30), [0.25, 0.5]],
  ['ZDT1', filled([0.4], 1, 30), [0.4, 10 * (1 - Math.sqrt(0.04))]],
  ['ZDT2', filled([0.5], 0, 30), [0.5, 0.75]],
  ['ZDT2', filled([0.5], 1, 30), [0.5, 10 * (1 - 0.0025)]],
  ['ZDT3', filled([0.25], 0, 30), [0.25, 1 - 0.5 - 0.25]],
  ['ZDT3', filled([0.05], 0, 30), [0.05, 1 - Math.sqrt(0.05) - 0.05]],
  ['ZDT4', filled([0.25], 0, 10), [0.25, 0.5]],
  // cos(2π) = 1: of a local front, g = 1 + 9 · 0.25.
  ['ZDT4', filled([0.25], 0.5, 10), [0.25, 3.25 * (1 - Math.sqrt(0.25 / 3.25))]],
  ['ZDT6', filled([0], 0, 10), [1, 0]],
  ['ZDT6', filled([0], 1, 10), [1, 10 * (1 - 0.01)]],
  ['ZDT6', filled([1 / 12], 0, 10), [1 - Math.exp(-1 / 3), 1 - (1 - Math.exp(-1 / 3)) ** 2]],
  ['DTLZ2', filled([0, 0], 0.5, 12), [1, 0, 0]],
  ['DTLZ2', filled([0.5, 0.5], 0.5, 12), [0.5, 0.5, Math.SQRT1_2]],
  ['DTLZ2', filled([1, 0.3], 1, 12), [0, 0, 3.5]],
  ['DTLZ7', filled([0, 0], 0, 22), [0, 0, 6]],
  ['DTLZ7', filled([0.5, 0], 0, 22), [0.5, 0, 2 * (3 - 0.25 * (1 + Math.sin(1.5 * Math.PI)))]],
  ['DTLZ7', filled([0, 1], 1, 22), [0, 1, 11 * (3 - 1 / 11)]],
];

describe('plain problems', () => {
  it.each(values)('%s at a known point', (name, x, objectives) => {
    const problem = named(name);
    expect(x).toHaveLength(problem.lower.length);
    const found = problem.evaluate(x);
    expect(found).toHaveLength(objectives.length);
    for (const [axis, value] of objectives.entries()) expect(found[axis]).toBeCloseTo(value, 12);
  });

  it.each(problems.map((problem) => [problem.name, problem] as const))(
    'nothing dominates the front of %s by more than its grid',
    (_name, problem) => {
      const front = problem.front(400);
      expect(front.length).toBeGreaterThan(50);
      const rng = createRng(`problems/${problem.name}`);
      const unit = fc.constantFrom(...Array.from({ length: 50 }, (_, index) => index));
      fc.assert(
        fc.property(unit, fc.boolean(), (number, near) => {
          const draw = rng.derive(number);
          // Near: on the front but for one variable, where a wrong front would show.
          const x = problem.lower.map(
            (low, axis) => low + ((problem.upper[axis] as number) - low) * draw.next(),
          );
          const objectives = problem.evaluate(near ? bestRest(problem.name, x, problem.objectives) : x);
          const improved = objectives.map((value) => value + 1e-9);
          expect(front.filter((point) => dominates(improved, point))).toEqual([]);
        }),
        { numRuns: runs(100) },
      );
    },
  );

  it('has fronts without points that dominate each other', () => {
    for (const { front } of problems) {
      const points = front(150);
      for (const point of points) expect(points.some((other) => dominates(other, point))).toBe(false);
    }
  });
});

/** The position variables of `x` with the distance variables at their best. */
function bestRest(name: string, x: readonly number[], objectives: number): number[] {
  const best = name === 'DTLZ2' ? 0.5 : 0;
  return x.map((value, axis) => (axis < objectives - 1 ? value : best));
}
