import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bounds, keepsBounds } from '../../src/domain/bounds.ts';
import type { Cell } from '../../src/domain/cell.ts';
import type { Estimates, ObjectiveName } from '../../src/domain/objective.ts';
import { hypervolume, normaliseObjective } from '../../src/pareto/index.ts';
import { boundedCorner, excessOf, reachedCorner } from '../../src/search/bounded-corner.ts';
import { KnownFront } from '../../src/search/known-front.ts';
import { SearchSession } from '../../src/search/session.ts';
import type { Trial } from '../../src/search/trial.ts';
import { thorough } from '../support/thorough.ts';
import { wideSpace } from './spaces.ts';
import { createLandscape } from './synthetic.ts';

const objectives: readonly ObjectiveName[] = ['score', 'latency', 'tokens'];
const cells = Array.from(
  { length: 48 },
  (_, at): Cell => ({ split: 'tuning', instance: `q${at}`, repeat: 0 }),
);

type Truth = ReturnType<ReturnType<typeof createLandscape>['truth']>;

function search(bounds: Bounds | undefined, trials: number) {
  const landscape = createLandscape('bounds-1');
  const session = new SearchSession({
    ...{ space: wideSpace(), objectives, cells, seed: 1, strategy: 'auto' },
    ...(bounds === undefined ? {} : { bounds }),
  });
  while (session.trials.length < trials) {
    const step = session.next();
    if (step.kind !== 'cell') break;
    const { trial, cell } = step;
    session.finish(trial, cell, landscape.measure(trial.config, trial.id, cell.instance));
  }
  return { session, truth: ({ config }: Trial): Truth => landscape.truth(config) };
}

const meets = (truth: Truth, bounds: Bounds): boolean =>
  keepsBounds((name) => (name === 'usd' ? null : truth[name]), bounds);

function insideOf(truths: readonly Truth[], bounds: Bounds): number {
  const points = truths.map((truth) =>
    objectives.map((name) => normaliseObjective(name, name === 'usd' ? 0 : truth[name])),
  );
  const corner = objectives.map((name) => {
    const bound = bounds[name];
    return bound === undefined ? 1 : normaliseObjective(name, bound);
  });
  return hypervolume(points, corner);
}

describe.skipIf(!thorough)('auto with bounds', () => {
  // Of fewer trials the first ones are a larger part, which know nothing of bounds.
  const trials = 70;
  const begun = 24;
  const cases: readonly [string, Bounds][] = [
    ['on latency', { latency: 8 }],
    ['on score and tokens', { score: 0.2, tokens: 2000 }],
  ];
  let free: ReturnType<typeof search>;
  beforeAll(() => {
    free = search(undefined, trials);
  });

  it.each(cases)('spends where they are met, and finds more there: %s', (_, bounds) => {
    const bound = search(bounds, trials);
    const share = ({ session, truth }: typeof bound): number => {
      const later = session.trials.slice(begun);
      return later.filter((trial) => meets(truth(trial), bounds)).length / later.length;
    };
    expect(share(free)).toBeLessThan(0.6);
    expect(share(bound)).toBeGreaterThan(share(free) + 0.2);
    const found = ({ session, truth }: typeof bound): number => insideOf(session.front().map(truth), bounds);
    expect(found(bound)).toBeGreaterThan(found(free));
  });

  it('searches as without where only the score is bounded', () => {
    const few = 40;
    const ids = (all: readonly Trial[]): string[] => all.slice(0, few).map(({ id }) => id);
    expect(ids(search({ score: 0.5 }, few).session.trials)).toEqual(ids(free.session.trials));
  });

  it('goes towards bounds that nothing meets', () => {
    const bounds = { latency: 0.5, tokens: 100 };
    const { session, truth } = search(bounds, trials);
    const corner = boundedCorner(objectives, bounds);
    const excess = (trial: Trial): number => {
      const values = truth(trial);
      const point = objectives.map((name) => normaliseObjective(name, name === 'usd' ? 0 : values[name]));
      return excessOf(point, corner);
    };
    const nearest = (all: readonly Trial[]): number => Math.min(...all.map(excess));
    expect(session.trials.length).toBe(trials);
    expect(session.trials.some((trial) => meets(truth(trial), bounds))).toBe(false);
    expect(nearest(session.trials)).toBeLessThanOrEqual(nearest(free.session.trials));
    const median = (all: readonly Trial[]): number =>
      all.map(excess).sort((a, b) => a - b)[Math.floor(all.length / 2)] as number;
    expect(median(session.trials.slice(begun))).toBeLessThan(median(free.session.trials.slice(begun)));
  });
});

describe('the corner from which hypervolume is counted', () => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  const point = fc.tuple(unit, unit, unit);
  const bounds: fc.Arbitrary<Bounds> = fc.record(
    {
      score: fc.double({ min: 0, max: 1, noNaN: true }),
      latency: fc.double({ min: 0.1, max: 100, noNaN: true }),
      tokens: fc.integer({ min: 10, max: 90_000 }),
    },
    { requiredKeys: [] },
  );
  const exact = (mean: number | null) => ({ mean, low: mean, high: mean });
  const estimates: fc.Arbitrary<Estimates> = fc
    .tuple(unit, fc.double({ min: 0.1, max: 100, noNaN: true }), fc.integer({ min: 10, max: 90_000 }))
    .map(([score, latency, tokens]) => ({
      ...{ score: exact(score), latency: exact(latency), tokens: exact(tokens), usd: exact(null) },
    }));
  const scaled = (each: Estimates): number[] =>
    objectives.map((name) => normaliseObjective(name, each[name].mean as number));

  it('is the bounds on costs where a point meets them, else as near to them as the nearest', () => {
    fc.assert(
      fc.property(bounds, fc.array(point, { minLength: 1, maxLength: 8 }), (given, points) => {
        const bounded = boundedCorner(objectives, given);
        const reached = reachedCorner(bounded, points);
        expect(reached[0]).toBe(1);
        if (points.some((each) => excessOf(each, bounded) === 0)) expect(reached).toEqual(bounded);
        // Some point is inside or on it but for rounding.
        expect(Math.min(...points.map((each) => excessOf(each, reached)))).toBeLessThan(1e-12);
        expect(reached.every((value, axis) => value >= (bounded[axis] ?? 1) && value <= 1)).toBe(true);
      }),
    );
  });

  it('lets nothing gain beyond a bound on costs once something is inside', () => {
    fc.assert(
      fc.property(
        bounds,
        fc.array(estimates, { minLength: 1, maxLength: 8 }),
        estimates,
        (given, all, further) => {
          const front = new KnownFront(objectives, given);
          for (const [at, each] of all.entries()) front.insert(`${at}`, each);
          const corner = reachedCorner(boundedCorner(objectives, given), all.map(scaled));
          const volume = (each: readonly Estimates[]): number => hypervolume(each.map(scaled), corner);
          const gain = front.gainOf(further);
          expect(gain).toBeCloseTo(volume([...all, further]) - volume(all), 9);
          const { score: _, ...costs } = given;
          const isInside = all.some((each) => keepsBounds((name) => each[name].mean, costs));
          if (isInside && !keepsBounds((name) => further[name].mean, costs)) expect(gain).toBeLessThan(1e-9);
        },
      ),
    );
  });
});
