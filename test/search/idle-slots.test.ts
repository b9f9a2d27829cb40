import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import type { CellResult } from '../../src/domain/cell-result.ts';
import { type ConfigId, configId } from '../../src/domain/moa-config.ts';
import { SearchLoop } from '../../src/search/loop.ts';
import { levelledSchedule } from '../../src/search/scheduling/levelled-scheduler.ts';
import { applySearchEvent, createSearchState, trialOf } from '../../src/search/search-state.ts';
import { singleConfig } from '../../src/search/start-configs.ts';
import { wideSpace } from './spaces.ts';

const cells = Array.from({ length: 64 }, (_, at) => ({
  split: 'tuning' as const,
  instance: `q${at}`,
  repeat: 0,
}));

function scored(value: number, latency: number): CellResult {
  return {
    grade: { kind: 'scored', value },
    measurement: { score: value, latency, tokens: 100, usd: null },
    answer: '',
    degraded: [],
    calls: 1,
    tokensEstimated: false,
  };
}

/** A search of two single models, eight cells each: one fast and right once, one slow and right. */
function search(further: 'bad' | 'good') {
  const state = createSearchState();
  const space = wideSpace();
  const configs = space.models.slice(0, 2).map((model) => singleConfig(space, model));
  const ids = configs.map(configId) as [ConfigId, ConfigId];
  const loop: SearchLoop = new SearchLoop({
    ...{ state, space, cells, searchCells: cells.length, objectives: ['score', 'latency', 'tokens'] },
    schedule: levelledSchedule,
    rng: createRng(1),
    record: (event) => {
      applySearchEvent(state, event);
      loop.take(event);
    },
    strategy: () => ({
      ...{ name: 'idle', ask: () => 'wait', asked: () => undefined, tell: () => undefined },
      further: () => ({ extend: ids[further === 'bad' ? 0 : 1], cells: 32 }),
    }),
  });
  const record = (event: Parameters<typeof applySearchEvent>[1]): void => {
    applySearchEvent(state, event);
    loop.take(event);
  };
  for (const [trial, config] of configs.entries()) {
    loop.start({ config, origin: { operator: 'baseline', parents: [] } }, configId(config));
    for (const [at, of] of cells.slice(0, 8).entries()) {
      const cell = trial * 100 + at;
      record({ kind: 'cell-started', cell, trial, of });
      const value = trial === 1 || at === 0 ? 1 : 0;
      record({ kind: 'cell-finished', cell, trial, result: scored(value, 1 + 9 * trial) });
    }
    record({ kind: 'trial-finished', trial, status: 'finished' });
  }
  return { loop, granted: () => [0, 1].map((trial) => trialOf(state, trial).granted) };
}

describe('slots that would be idle', () => {
  it('get no further cells of a model that is fast and hardly ever right, though the strategy asks for them', () => {
    const { loop, granted } = search('bad');
    const [before = 0] = granted();
    for (let at = 0; at < 20; at++) loop.further(cells.length);
    expect(granted()).toEqual([before, cells.length]);
  });

  it('get those that the strategy asks for otherwise', () => {
    const { loop, granted } = search('good');
    loop.further(cells.length);
    expect(granted()[1]).toBe(32);
  });
});
