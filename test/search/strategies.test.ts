import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.ts';
import type { ConfigId } from '../../src/domain/moa-config.ts';
import type { ObjectiveName } from '../../src/domain/objective.ts';
import { createStrategy, strategyNames } from '../../src/search/strategies.ts';
import type { TrialReport } from '../../src/search/strategy.ts';
import { thorough } from '../support/thorough.ts';
import { drive } from './drive.ts';
import { wideSpace } from './spaces.ts';
import { describeStrategy } from './strategy-conformance.ts';
import { createLandscape } from './synthetic.ts';

for (const name of strategyNames) describeStrategy(name, (context) => createStrategy(name, context));

const objectives: readonly ObjectiveName[] = ['score', 'latency', 'tokens'];

describe('createStrategy', () => {
  const context = { space: wideSpace(), objectives, isKnown: () => false };
  it('names the strategies there are, and the one that was probably meant', () => {
    expect(() => createStrategy('evolutoin', context)).toThrow(InputError);
    expect(() => createStrategy('evolutoin', context)).toThrow(/random.*did you mean "evolution"/);
  });
});

describe.skipIf(!thorough)('evolution', () => {
  const evaluations = 150;
  const seeds = Array.from({ length: 12 }, (_, seed) => seed);

  /** The true score of the trial that looks best: claimed values reward luck. */
  const outcome = (name: string, seed: number, most = evaluations) => {
    const landscape = createLandscape(seed);
    const known = new Set<ConfigId>();
    const strategy = createStrategy(name, { space: wideSpace(), objectives, isKnown: (id) => known.has(id) });
    const { reports } = drive(strategy, landscape, { seed, evaluations: most, known });
    const score = (report: TrialReport) => landscape.truth(report.config).score;
    const claimed = (report: TrialReport) => report.estimates.score.mean ?? 0;
    const best = reports.reduce((a, b) => (claimed(b) > claimed(a) ? b : a));
    const singles = reports.filter((report) => report.origin.operator === 'baseline').map(score);
    return { best: score(best), found: Math.max(...reports.map(score)), single: Math.max(...singles) };
  };

  it('finds better configs than random drawing on most seeds, and beats the singles', () => {
    const pairs = seeds.map((seed) => ({
      evolution: outcome('evolution', seed),
      random: outcome('random', seed),
    }));
    const better = pairs.filter(({ evolution, random }) => evolution.found > random.found);
    expect(better.length).toBeGreaterThanOrEqual(0.75 * seeds.length);
    const gain = pairs.reduce((sum, { evolution, random }) => sum + evolution.best - random.best, 0);
    expect(gain / pairs.length).toBeGreaterThan(0.02);
    expect(pairs.filter(({ evolution }) => evolution.best > evolution.single).length).toBeGreaterThanOrEqual(
      0.75 * seeds.length,
    );
  });

  it('has a rival in auto, which finds better configs than random drawing sooner', () => {
    const few = seeds.slice(0, 5).map((seed) => seed + 100);
    const gains = few.map((seed) => outcome('auto', seed, 70).found - outcome('random', seed, 70).found);
    expect(gains.filter((gain) => gain > 0).length).toBeGreaterThanOrEqual(4);
    expect(gains.reduce((sum, gain) => sum + gain, 0) / gains.length).toBeGreaterThan(0.02);
  });

  it('spends few children on parents that are cheap and know nothing', () => {
    const landscape = createLandscape('corner');
    const known = new Set<ConfigId>();
    const strategy = createStrategy('evolution', {
      space: wideSpace(),
      objectives,
      isKnown: (id) => known.has(id),
    });
    const { reports } = drive(strategy, landscape, { seed: 1, evaluations: 300, known });
    const scores = new Map(reports.map(({ id, estimates }) => [id, estimates.score.mean ?? 0]));
    const sorted = [...scores.values()].sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
    const parents = reports.flatMap(({ origin }) => origin.parents);
    const poor = parents.filter((id) => (scores.get(id) ?? 0) < median);
    expect(poor.length / parents.length).toBeLessThan(0.25);
  });
});
