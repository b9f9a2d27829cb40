import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import type { Bounds } from '../../src/domain/bounds.ts';
import { configId, type MoaConfig } from '../../src/domain/moa-config.ts';
import type { Estimate, Estimates } from '../../src/domain/objective.ts';
import { ParentPool } from '../../src/search/parent-pool.ts';
import { singleConfig } from '../../src/search/start-configs.ts';
import type { TrialReport } from '../../src/search/strategy.ts';
import { wideSpace } from './spaces.ts';

const space = wideSpace();
const sure = (mean: number | null): Estimate => ({ mean, low: mean, high: mean });

function trial(
  name: string,
  [score, latency, tokens]: readonly (number | null)[],
  cells: TrialReport['cells'] = [],
): TrialReport {
  const config: MoaConfig = singleConfig(space, 'sim/a', name);
  const estimates: Estimates = {
    score: sure(score ?? null),
    latency: sure(latency ?? null),
    tokens: sure(tokens ?? null),
    usd: sure(null),
  };
  return {
    id: configId(config),
    config,
    origin: { operator: 'test', parents: [] },
    status: 'finished',
    estimates,
    cells,
  };
}

/** How often each trial is drawn in a thousand draws. */
function draws(trials: readonly TrialReport[], bounds?: Bounds) {
  const pool = new ParentPool(['score', 'latency', 'tokens'], bounds);
  for (const each of trials) pool.add(each);
  const rng = createRng('draws');
  const counts = new Map(trials.map((each) => [each.id, 0]));
  for (let draw = 0; draw < 1000; draw++) {
    const id = pool.draw(rng)?.id ?? 'none';
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return (each: TrialReport) => counts.get(each.id) ?? 0;
}

describe('ParentPool', () => {
  it('has no parent while nothing is known', () => {
    const pool = new ParentPool(['score', 'tokens']);
    expect(pool.draw(createRng(1))).toBeUndefined();
    pool.add(trial('unknown', [null, 1, 1]));
    expect(pool.draw(createRng(1))).toBeUndefined();
  });

  it('draws the best far more often than a cheap corner of the front', () => {
    const best = trial('best', [0.9, 9, 9000]);
    const corner = trial('corner', [0, 0.1, 10]);
    const others = Array.from({ length: 10 }, (_, index) => trial(`other ${index}`, [0.5, 20, 9500 + index]));
    const drawn = draws([best, corner, ...others]);
    expect(drawn(best)).toBeGreaterThan(400);
    expect(drawn(corner)).toBeLessThan(80);
  });

  it('draws cheaper trials of the front besides the best', () => {
    const best = trial('best', [0.9, 9, 9000]);
    const cheaper = trial('cheaper', [0.85, 2, 900]);
    const poor = Array.from({ length: 30 }, (_, index) => trial(`poor ${index}`, [0.2, 20, 9500 + index]));
    expect(draws([best, cheaper, ...poor])(cheaper)).toBeGreaterThan(200);
  });

  it('never lets an unknown objective put a trial on the front, but keeps it by its score', () => {
    const unknown = trial('unknown latency', [0.9, null, 100]);
    const rest = Array.from({ length: 40 }, (_, index) => trial(`rest ${index}`, [0.95, 1 + index, 100]));
    const drawn = draws([unknown, ...rest]);
    expect(drawn(unknown)).toBe(0);
    expect(drawn(rest[0] as TrialReport)).toBeGreaterThan(300);
  });

  it('counts a trial that is told again where it stands now', () => {
    const before = trial('moves', [0.9, 1, 100]);
    const after = trial('moves', [0.1, 1, 100]);
    const good = trial('good', [0.8, 1, 50]);
    const many = Array.from({ length: 30 }, (_, index) => trial(`many ${index}`, [0.5, 1, 60 + index]));
    expect(draws([before, good, ...many])(before)).toBeGreaterThan(200);
    expect(draws([before, good, ...many, after])(before)).toBe(0);
  });

  it('gives the winner of a single cell a chance though it is poor elsewhere', () => {
    const cell = (key: string, score: number) => ({
      key,
      measurement: { score, latency: 1, tokens: 1, usd: null },
    });
    const good = Array.from({ length: 30 }, (_, index) =>
      trial(`good ${index}`, [0.8, 1, 1], [cell('a', 0.9), cell('b', 0)]),
    );
    const odd = trial('odd', [0.4, 2, 2], [cell('a', 0), cell('b', 1)]);
    const drawn = draws([...good, odd]);
    expect(drawn(odd)).toBeGreaterThan(20);
    expect(drawn(odd)).toBeLessThan(120);
  });

  it('draws those that meet bounds on costs, and the nearest where none does', () => {
    const best = trial('best', [0.9, 9, 9000]);
    const good = trial('good', [0.7, 5, 9000]);
    const quick = trial('quick', [0.4, 1, 9000]);
    const free = draws([best, good, quick]);
    expect(free(best)).toBeGreaterThan(free(good));
    const bounded = draws([best, good, quick], { latency: 6 });
    expect(bounded(good)).toBeGreaterThan(bounded(quick));
    expect(bounded(quick)).toBeGreaterThan(bounded(best));
    const unmet = draws([best, good], { latency: 1 });
    expect(unmet(good)).toBeGreaterThan(unmet(best));
    // What scores too little is on the way to more.
    const scored = draws([best, good, quick], { score: 0.95 });
    for (const each of [best, good, quick]) expect(scored(each)).toBe(free(each));
    // Measured again, and now outside.
    const pool = new ParentPool(['score', 'latency', 'tokens'], { latency: 6 });
    for (const each of [good, quick, { ...good, estimates: { ...good.estimates, latency: sure(8) } }])
      pool.add(each);
    const rng = createRng('moved');
    const ids = Array.from({ length: 400 }, () => pool.draw(rng)?.id);
    expect(ids.filter((id) => id === quick.id).length).toBeGreaterThan(200);
  });

  it('works without a score among the objectives', () => {
    const fast = trial('fast', [null, 1, 100]);
    const slow = trial('slow', [null, 9, 200]);
    const pool = new ParentPool(['latency', 'tokens']);
    for (const each of [slow, fast]) pool.add(each);
    const rng = createRng('no score');
    const ids = Array.from({ length: 200 }, () => pool.draw(rng)?.id);
    expect(ids.filter((id) => id === fast.id).length).toBeGreaterThan(120);
  });
});
