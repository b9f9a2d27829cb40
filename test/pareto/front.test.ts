import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { type Direction, ParetoFront } from '../../src/pareto/index.ts';
import { runs, thorough } from '../support/thorough.ts';
import { naiveDominates, naiveFront } from './oracles.ts';

const dimensionsOf = fc.integer({ min: 1, max: 4 });
/** Few values, so that ties and equal vectors are common. */
const pointsOf = (dimensions: number, maxLength = 80) =>
  fc.array(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: dimensions, maxLength: dimensions }), {
    size: 'max',
    maxLength,
  });
const minimiseAll = (dimensions: number): Direction[] => Array.from({ length: dimensions }, () => 'min');

function frontOf(points: readonly (readonly number[])[], dimensions: number): ParetoFront {
  const front = new ParetoFront(minimiseAll(dimensions));
  for (const [index, point] of points.entries()) front.insert(String(index), point);
  return front;
}
const idsOf = (front: ParetoFront): string[] => front.members().map((member) => member.id);
const sortedNaive = (points: readonly (readonly number[])[]): string[] =>
  naiveFront(points).map(String).sort();

describe('ParetoFront', () => {
  it('equals the naive front after every insert', () => {
    fc.assert(
      fc.property(
        dimensionsOf.chain((dimensions) => fc.tuple(fc.constant(dimensions), pointsOf(dimensions, 40))),
        ([dimensions, points]) => {
          const front = new ParetoFront(minimiseAll(dimensions));
          for (const [index, point] of points.entries()) {
            const isMember = front.insert(String(index), point);
            const expected = sortedNaive(points.slice(0, index + 1));
            expect(idsOf(front).sort()).toEqual(expected);
            expect(isMember).toBe(expected.includes(String(index)));
            expect(front.size).toBe(expected.length);
          }
        },
      ),
    );
  });

  it('depends on the set of points, not on the order of insertion', () => {
    fc.assert(
      fc.property(
        pointsOf(3).chain((points) =>
          fc.tuple(
            fc.constant(points),
            fc.shuffledSubarray(
              points.map((_, index) => index),
              { minLength: points.length },
            ),
          ),
        ),
        ([points, order]) => {
          const shuffled = new ParetoFront(minimiseAll(3));
          for (const index of order) shuffled.insert(String(index), points[index] ?? []);
          expect(shuffled.members()).toEqual(frontOf(points, 3).members());
        },
      ),
    );
  });

  it('brings back what only a removed or moved point dominated', () => {
    const id = fc.integer({ min: 0, max: 9 });
    const point = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 2, maxLength: 2 });
    const steps = fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.record({ kind: fc.constant('insert' as const), id, point }) },
        { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), id }) },
      ),
      { size: 'max', maxLength: 120 },
    );
    fc.assert(
      fc.property(steps, (given) => {
        const front = new ParetoFront(minimiseAll(2));
        const kept = new Map<string, number[]>();
        for (const step of given) {
          const key = String(step.id);
          if (step.kind === 'insert') {
            front.insert(key, step.point);
            kept.set(key, step.point);
          } else expect(front.remove(key)).toBe(kept.delete(key));
          const keys = [...kept.keys()];
          const expected = naiveFront([...kept.values()]).map((index) => keys[index] ?? '');
          expect(idsOf(front).sort()).toEqual(expected.sort());
          expect(front.known).toBe(kept.size);
        }
      }),
      { numRuns: runs(300) },
    );
  });

  it('brings back a point whose chain of dominators went from the middle', () => {
    const front = new ParetoFront(['min']);
    for (const value of [3, 2, 1]) front.insert(`p${value}`, [value]);
    front.remove('p2');
    expect(idsOf(front)).toEqual(['p1']);
    front.remove('p1');
    expect(idsOf(front)).toEqual(['p3']);
  });

  it('has members that never dominate one another, and every other point is dominated', () => {
    const rng = createRng('test/front');
    for (const dimensions of [2, 3, 4]) {
      // Enough points near one surface for a tree of several levels.
      const points = Array.from({ length: thorough ? 1500 : 400 }, () => {
        const head = Array.from({ length: dimensions - 1 }, () => rng.next());
        return [...head, dimensions - head.reduce((sum, value) => sum + value, 0) + 0.02 * rng.next()];
      });
      const front = frontOf(points, dimensions);
      expect(idsOf(front).sort()).toEqual(sortedNaive(points));
      expect(front.size).toBeGreaterThan(20);
      const vectors = front.members().map((member) => member.vector);
      expect(vectors.some((a) => vectors.some((b) => naiveDominates(a, b)))).toBe(false);
    }
  });

  it('survives the removal of most of a large front', () => {
    const rng = createRng('test/front/removal');
    const points = Array.from({ length: 800 }, (_, index) => [index, 800 - index, rng.integer(50)]);
    const front = frontOf(points, 3);
    for (const index of rng.shuffle(points.map((_, at) => at)).slice(0, 790)) front.remove(String(index));
    const rest = points.flatMap((_, index) => (front.has(String(index)) ? [index] : []));
    expect(rest).toHaveLength(10);
    for (const index of rest) front.remove(String(index));
    expect(front.size).toBe(0);
    expect(front.insert('again', [1, 1, 1])).toBe(true);
  });

  it('shows vectors as given, best first objective first, ties by id', () => {
    const front = new ParetoFront(['max', 'min']);
    front.insert('b', [0.5, 1]);
    front.insert('a', [0.5, 1]);
    front.insert('c', [0.9, 3]);
    front.insert('worse', [0.4, 2]);
    expect(front.members()).toEqual([
      { id: 'c', vector: [0.9, 3] },
      { id: 'a', vector: [0.5, 1] },
      { id: 'b', vector: [0.5, 1] },
    ]);
  });

  it('remembers a point with an unknown value without letting it in, until the value is known', () => {
    const front = new ParetoFront(['max', 'min']);
    expect(front.insert('x', [1, null])).toBe(false);
    expect(front.insert('y', [0.5, 2])).toBe(true);
    expect([front.size, front.known, front.has('x')]).toEqual([1, 2, false]);
    expect(front.insert('x', [1, 1])).toBe(true);
    expect(idsOf(front)).toEqual(['x']);
    expect(front.insert('x', [null, 1])).toBe(false);
    expect(idsOf(front)).toEqual(['y']);
  });

  it('keeps its state when a point is refused', () => {
    const front = new ParetoFront(['min', 'min']);
    front.insert('a', [1, 1]);
    expect(() => front.insert('a', [Number.NaN, 0])).toThrow(/finite/);
    expect(() => front.insert('a', [1, 2, 3])).toThrow(/expected 2 objectives/);
    expect(front.members()).toEqual([{ id: 'a', vector: [1, 1] }]);
    expect(() => new ParetoFront([])).toThrow(/at least one objective/);
  });
});
