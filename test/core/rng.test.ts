import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng, type Rng } from '../../src/core/rng.ts';

const draw = <Value>(count: number, next: () => Value): Value[] => Array.from({ length: count }, next);
const path = fc.array(fc.oneof(fc.string({ maxLength: 6 }), fc.nat(50)), { minLength: 1, maxLength: 3 });

describe('createRng', () => {
  // Pinned: recorded runs are only repeatable if no version of Node, seedrandom or this file changes them.
  it('draws the same numbers on every machine and version', () => {
    const rng = createRng(7);
    expect(draw(3, () => rng.next())).toEqual([
      0.36459518410265446, 0.007880980148911476, 0.1876203876454383,
    ]);
    const derived = createRng(7).derive('ask', 17);
    expect(draw(2, () => derived.next())).toEqual([0.2918904453981668, 0.2468951588962227]);
    const integers = createRng('i');
    expect(draw(8, () => integers.integer(10))).toEqual([3, 0, 1, 8, 8, 3, 6, 6]);
    const weighted = createRng('w');
    expect(draw(8, () => weighted.weighted([1, 0, 2]))).toEqual([0, 2, 2, 0, 0, 2, 2, 2]);
    expect(createRng('s').shuffle([1, 2, 3, 4, 5, 6, 7, 8])).toEqual([7, 3, 8, 2, 1, 5, 6, 4]);
    expect(createRng('n').normal()).toBe(-0.8067686500353423);
  });

  it('gives equal streams for equal seeds, numbers and texts alike, and others for others', () => {
    const [a, b, c] = [createRng(3), createRng('3'), createRng(4)];
    const drawn = draw(20, () => a.next());
    expect(draw(20, () => b.next())).toEqual(drawn);
    expect(draw(20, () => c.next())).not.toEqual(drawn);
  });

  it('derives streams by name alone: draws of one never shift another', () => {
    fc.assert(
      fc.property(path, path, fc.nat(30), fc.nat(30), (first, second, before, between) => {
        const undisturbed = createRng('seed').derive(...second);
        const expected = draw(5, () => undisturbed.next());
        const root = createRng('seed');
        const other = root.derive(...first);
        draw(before, () => other.next());
        draw(between, () => root.next());
        const stream = root.derive(...second);
        const found = draw(5, () => {
          other.next();
          return stream.next();
        });
        expect(found).toEqual(expected);
      }),
    );
  });

  it('derives step by step what it derives at once', () => {
    const whole = createRng('seed').derive('ask', 17, 'prompt');
    const steps = createRng('seed').derive('ask').derive(17).derive('prompt');
    expect(draw(5, () => whole.next())).toEqual(draw(5, () => steps.next()));
  });

  it('gives neighbouring names uncorrelated streams', () => {
    const count = 4000;
    for (const [one, two] of [
      [1, 2],
      [17, 18],
      ['a', 'b'],
    ] as const) {
      const [a, b] = [createRng('seed').derive('ask', one), createRng('seed').derive('ask', two)];
      const products = draw(count, () => (a.next() - 0.5) * (b.next() - 0.5) * 12);
      const correlation = products.reduce((sum, value) => sum + value, 0) / count;
      // Five standard errors of a correlation that is 0; the seeds are fixed, so this never flickers.
      expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(count));
    }
    // The first numbers of many streams are as even as the numbers of one.
    const firsts = draw(
      1000,
      (
        (index) => () =>
          createRng('seed').derive(index++).next()
      )(0),
    );
    const bins = new Array<number>(10).fill(0);
    for (const value of firsts) {
      const bin = Math.floor(value * 10);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    const chiSquare = bins.reduce((sum, seen) => sum + (seen - 100) ** 2 / 100, 0);
    // The 99.9% quantile of chi-square with 9 degrees of freedom.
    expect(chiSquare).toBeLessThan(27.88);
  });
});

describe('distributions', () => {
  const rngOf = (name: string): Rng => createRng('test/rng').derive(name);

  it('stay in their ranges', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 2 ** 31 }), (seed, bound) => {
        const rng = createRng(seed);
        const value = rng.next();
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(1);
        const whole = rng.integer(bound);
        expect(Number.isInteger(whole) && whole >= 0 && whole < bound).toBe(true);
        expect(['a', 'b', 'c']).toContain(rng.pick(['a', 'b', 'c']));
      }),
    );
  });

  it('have the right moments', () => {
    const rng = rngOf('normal');
    const values = draw(20_000, () => rng.normal());
    const average = values.reduce((sum, value) => sum + value, 0) / values.length;
    const spread = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length;
    expect(Math.abs(average)).toBeLessThan(0.03);
    expect(Math.abs(spread - 1)).toBeLessThan(0.05);
    expect(values.filter((value) => Math.abs(value) < 1.959964).length / values.length).toBeCloseTo(0.95, 2);
  });

  it('weigh as told, and never draw a weight of 0', () => {
    const rng = rngOf('weighted');
    const counts = [0, 0, 0, 0];
    for (const index of draw(10_000, () => rng.weighted([1, 0, 3, 0])))
      counts[index] = (counts[index] ?? 0) + 1;
    expect(counts[1]).toBe(0);
    expect(counts[3]).toBe(0);
    expect((counts[2] ?? 0) / 10_000).toBeCloseTo(0.75, 1);
  });

  it('shuffle to every order about equally often, without touching the given list', () => {
    const rng = rngOf('shuffle');
    const given = [1, 2, 3];
    const seen = new Map<string, number>();
    for (const order of draw(6000, () => rng.shuffle(given).join('')))
      seen.set(order, (seen.get(order) ?? 0) + 1);
    expect(given).toEqual([1, 2, 3]);
    expect([...seen.keys()].sort()).toEqual(['123', '132', '213', '231', '312', '321']);
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('throw on what cannot be drawn from', () => {
    const rng = rngOf('errors');
    for (const bound of [0, -1, 1.5, Number.NaN])
      expect(() => rng.integer(bound)).toThrow(/positive integer/);
    expect(() => rng.pick([])).toThrow(/non-empty list/);
    for (const weights of [[], [0, 0]]) expect(() => rng.weighted(weights)).toThrow(/positive sum/);
  });
});
