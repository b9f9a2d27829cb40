import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/core/rng.ts';
import { dominates, hypervolume, hypervolumeContributions, nonDominated } from '../../../src/pareto/index.ts';
import { EvolutionSearch } from '../../bench/search/optimizer/evolution-search.ts';
import { optimize } from '../../bench/search/optimizer/optimize.ts';
import { contributionsOf, sortIntoFronts } from '../../bench/search/optimizer/ranking.ts';
import { realVectors } from '../../bench/search/optimizer/real-vectors.ts';
import type { Variation } from '../../bench/search/optimizer/variation.ts';
import { problems } from '../../bench/search/problems/index.ts';
import { thorough } from '../../support/thorough.ts';

const vectors = (axes: number) =>
  fc.array(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: axes, maxLength: axes }), {
    minLength: 1,
    maxLength: 25,
  });

describe('ranking', () => {
  it.each([1, 2, 3, 4])('sorts into fronts as peeling off the non-dominated does (%i objectives)', (axes) => {
    fc.assert(
      fc.property(vectors(axes), (points) => {
        let rest = points.map((point, index) => ({ point, index }));
        const peeled: number[][] = [];
        while (rest.length > 0) {
          const front = nonDominated(rest, ({ point }) => point);
          peeled.push(front.map(({ index }) => index).sort((a, b) => a - b));
          rest = rest.filter((one) => !front.includes(one));
        }
        expect(sortIntoFronts(points).map((front) => [...front].sort((a, b) => a - b))).toEqual(peeled);
      }),
    );
  });

  it.each([2, 3, 4])('finds the hypervolume that each point of a front adds (%i objectives)', (axes) => {
    fc.assert(
      fc.property(vectors(axes), (points) => {
        const front = nonDominated(points, (point) => point);
        const low =
          front[0]?.map((_, axis) => Math.min(...front.map((point) => point[axis] as number))) ?? [];
        const high =
          front[0]?.map((_, axis) => Math.max(...front.map((point) => point[axis] as number))) ?? [];
        const scaled = front.map((point) =>
          point.map((value, axis) => {
            const extent = (high[axis] as number) - (low[axis] as number);
            return extent === 0 ? 0 : (value - (low[axis] as number)) / extent;
          }),
        );
        const expected = hypervolumeContributions(
          scaled,
          low.map(() => 1.1),
        );
        for (const [index, value] of contributionsOf(front).entries()) {
          expect(value).toBeCloseTo(expected[index] as number, 10);
        }
      }),
    );
  });
});

describe('real vectors', () => {
  const lower = [0, -5, 2, 3];
  const upper = [1, 5, 2, 1000];
  const variation = realVectors({ lower, upper });
  const isInside = (x: readonly number[]) =>
    x.every((value, axis) => value >= (lower[axis] as number) && value <= (upper[axis] as number));

  it('keep within their bounds, at the bounds too', () => {
    fc.assert(
      fc.property(fc.integer(), fc.boolean(), fc.boolean(), (seed, low, high) => {
        const rng = createRng(seed);
        const first = (low ? lower : variation.random(rng)) as readonly number[];
        const second = (high ? upper : variation.random(rng)) as readonly number[];
        for (const child of [variation.cross(first, second, rng), variation.mutate(first, rng)]) {
          expect(child).toHaveLength(4);
          expect(isInside(child as readonly number[])).toBe(true);
        }
      }),
    );
  });

  it('mutation changes something, and small changes are likelier', () => {
    const rng = createRng('mutation');
    const parent = [0.5, 0, 2, 500];
    const steps: number[] = [];
    for (let draw = 0; draw < 2000; draw++) {
      const child = variation.mutate(parent, rng) as readonly number[];
      const step = Math.abs((child[1] as number) - 0) / 10;
      if (step > 0) steps.push(step);
    }
    expect(steps.length).toBeGreaterThan(400);
    expect(steps.length).toBeLessThan(1000);
    // Polynomial mutation from the middle, u < 1/2: |delta| < d with probability 1 − (1 − d)^(index + 1) nearly.
    const share = steps.filter((step) => step < 0.02).length / steps.length;
    expect(share).toBeCloseTo(1 - 0.98 ** 21, 1);
  });

  it('crossover spreads children about both parents as binary crossover of strings does', () => {
    const wide = realVectors({ lower: [-1e6], upper: [1e6], mutationChance: 0 });
    const rng = createRng('crossover');
    const spread: number[] = [];
    for (let draw = 0; draw < 4000; draw++) {
      const [child] = wide.cross([0], [1], rng) as readonly [number];
      if (child !== 0 && child !== 1) spread.push(Math.abs(child - 0.5) * 2);
    }
    // Half contract and half expand; of contracting ones beta < b with probability b^(index + 1).
    const contracting = spread.filter((beta) => beta < 1);
    expect(contracting.length / spread.length).toBeCloseTo(0.5, 1);
    expect(contracting.filter((beta) => beta < 0.95).length / contracting.length).toBeCloseTo(0.95 ** 16, 1);
  });

  it.each([
    [{ lower: [], upper: [] }, /at least one/],
    [{ lower: [0], upper: [1, 2] }, /1 and 2/],
    [{ lower: [2], upper: [1] }, /2\.\.1/],
    [{ lower: [0], upper: [Number.POSITIVE_INFINITY] }, /finite/],
  ])('refuse bounds %j', (bounds, message) => {
    expect(() => realVectors(bounds)).toThrow(message);
  });
});

describe('evolution search', () => {
  const bits: Variation<string> = {
    random: (rng) => Array.from({ length: 4 }, () => rng.integer(2)).join(''),
    mutate: (parent, rng) => {
      const at = rng.integer(4);
      return [...parent].map((bit, index) => (index === at ? String(1 - Number(bit)) : bit)).join('');
    },
    cross: (first, second) => first.slice(0, 2) + second.slice(2),
    id: (candidate) => candidate,
  };
  const ones = (text: string): number => [...text].filter((bit) => bit === '1').length;

  it('proposes no candidate twice, and nearly all of a small space', async () => {
    const { evaluated, front } = await optimize({
      variation: bits,
      objectives: ['max'],
      evaluate: (text) => [ones(text)],
      budget: 200,
      seed: 1,
    });
    const seen = evaluated.map(({ candidate }) => candidate);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBe(16);
    expect(front).toEqual([{ candidate: '1111', objectives: [4] }]);
  });

  it('does the same for the same seed, and something else for another', async () => {
    const run = (seed: number) =>
      optimize({
        variation: realVectors({ lower: [0, 0], upper: [1, 1] }),
        objectives: ['min', 'min'],
        evaluate: ([x = 0, y = 0]) => [x + y, 1 - x],
        budget: 150,
        seed,
      });
    const first = await run(1);
    expect((await run(1)).evaluated).toEqual(first.evaluated);
    expect((await run(2)).evaluated).not.toEqual(first.evaluated);
  });

  it('returns the non-dominated of all that it evaluated, by the directions that were asked for', async () => {
    const { front, evaluated } = await optimize({
      variation: realVectors({ lower: [0, 0, 0], upper: [1, 1, 1] }),
      objectives: ['max', 'min'],
      evaluate: ([x = 0, y = 0, z = 0]) => [x + z, x * x + y],
      budget: 300,
      seed: 3,
    });
    expect(evaluated).toHaveLength(300);
    const directions = ['max', 'min'] as const;
    for (const { objectives } of front) {
      expect(evaluated.some((other) => dominates(other.objectives, objectives, directions))).toBe(false);
    }
    // From all zero to all ones there is a trade-off: the front is not one point.
    expect(front.length).toBeGreaterThan(10);
  });

  it('starts with what it is given, goes on after unknown values, and awaits several at once', async () => {
    let flying = 0;
    let most = 0;
    const { evaluated, front } = await optimize({
      variation: realVectors({ lower: [0], upper: [1] }),
      objectives: ['min', 'max'],
      start: [[0.25], [0.75]],
      evaluate: async ([x = 0]) => {
        most = Math.max(most, ++flying);
        await Promise.resolve();
        flying--;
        return [x, x > 0.5 ? null : x];
      },
      budget: 80,
      concurrency: 4,
      seed: 4,
    });
    expect(evaluated.slice(0, 2).map(({ candidate }) => candidate)).toEqual([[0.25], [0.75]]);
    expect(most).toBe(4);
    expect(evaluated).toHaveLength(80);
    expect(front.every(({ candidate }) => (candidate[0] as number) <= 0.5)).toBe(true);
  });

  it('passes on what evaluate throws, and refuses odd options and results', async () => {
    const variation = realVectors({ lower: [0], upper: [1] });
    const base = { variation, objectives: ['min'] as const, evaluate: () => [0], budget: 3, seed: 1 };
    const failing = { ...base, evaluate: () => Promise.reject(new Error('down')) };
    await expect(optimize(failing)).rejects.toThrow('down');
    await expect(optimize({ ...base, evaluate: () => [0, 1] })).rejects.toThrow(/expected 1 objectives/);
    await expect(optimize({ ...base, budget: 0 })).rejects.toThrow(/budget/);
    await expect(optimize({ ...base, concurrency: 1.5 })).rejects.toThrow(/concurrency/);
    expect(() => new EvolutionSearch({ variation, population: 1 })).toThrow(/population/);
    expect(() => new EvolutionSearch({ variation, crossoverShare: 2 })).toThrow(/crossoverShare/);
  });

  // Against NSGA-II and at length: test/bench/search/problems/compare.ts.
  it.skipIf(!thorough).each([
    ['ZDT1', 0.2],
    ['DTLZ2', 0.85],
  ])('comes near the known front of %s', async (name, least) => {
    const problem = problems.find((each) => each.name === name);
    if (problem === undefined) throw new Error(`no problem ${name}`);
    const { front } = await optimize({
      variation: realVectors(problem),
      objectives: problem.evaluate([...problem.lower]).map(() => 'min' as const),
      evaluate: (x) => problem.evaluate(x),
      budget: 1500,
      seed: 6,
    });
    const reference = problem.evaluate([...problem.lower]).map(() => 1.1);
    const share =
      hypervolume(
        front.map(({ objectives }) => objectives),
        reference,
      ) / hypervolume(problem.front(900), reference);
    expect(share).toBeGreaterThan(least);
    expect(share).toBeLessThan(1.01);
  });
});
