import { describe, expect, it } from 'vitest';
import { thorough } from '../support/thorough.ts';
import { addCoverage, noCoverage } from './simulation/coverage.ts';
import { type Played, play } from './simulation/play.ts';
import { epsilonGreedy, fixedBest, learner, type PolicyMaker, trackAndStop } from './simulation/rivals.ts';
import { type World, worlds } from './simulation/traffic.ts';

/** Of those that test/experiments/results.md reports, a part; other seeds than there. */
const seeds = [501, 502, 503];
const requests = 5_000;

const worldNamed = (name: string): World => {
  const found = worlds.find((world) => world.name === name);
  if (found === undefined) throw new Error(`no world "${name}"`);
  return found;
};

function played(name: string, make: PolicyMaker): Played[] {
  return seeds.map((seed) => play(worldNamed(name), make, seed, requests));
}
const regretOf = (runs: readonly Played[]): number => runs.reduce((sum, { regret }) => sum + regret, 0);

describe.skipIf(!thorough)('adaptation in simulated traffic', () => {
  it('loses at most 60% of what others lose when the best config breaks, within all bounds', () => {
    const ours = played('best-breaks', learner());
    const rivals = [epsilonGreedy(0.05), trackAndStop].map((make) => regretOf(played('best-breaks', make)));
    expect(regretOf(ours)).toBeLessThanOrEqual(0.6 * Math.min(...rivals));
    for (const { broken, explored, decisions } of ours) {
      expect(broken).toBe(0);
      expect(explored).toBeLessThanOrEqual(0.05 * decisions.length + 4 * Math.sqrt(0.05 * decisions.length));
    }
  });

  it('serves two kinds of questions with two configs, with at most half the regret of the best one', () => {
    const ours = played('kinds-by-form', learner());
    expect(regretOf(ours)).toBeLessThanOrEqual(0.5 * regretOf(played('kinds-by-form', fixedBest)));
    const coverage = noCoverage();
    for (const run of ours) addCoverage(run, coverage);
    const { intervals, held } = coverage.robust;
    expect(intervals).toBeGreaterThanOrEqual(5 * seeds.length);
    expect(held).toBeGreaterThanOrEqual(0.75 * intervals);
  });

  it('plays the same again', () => {
    const once = () => play(worldNamed('run-misled'), learner(), 501, 300).decisions;
    expect(once()).toEqual(once());
  });
});
