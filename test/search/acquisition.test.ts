import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { estimatesOf } from '../../src/domain/estimates.ts';
import { type ConfigId, configId, type MoaConfig } from '../../src/domain/moa-config.ts';
import { Acquisition } from '../../src/search/acquisition.ts';
import { BelievedFront } from '../../src/search/believed-front.ts';
import { randomConfig } from '../../src/search/random-config.ts';
import { ReplayIndex } from '../../src/search/replay.ts';
import { singleConfig } from '../../src/search/start-configs.ts';
import type { TrialReport } from '../../src/search/strategy.ts';
import { models, wideSpace } from './spaces.ts';
import { believing } from './surrogate/believing.ts';

const space = wideSpace();
const objectives = ['score', 'latency', 'tokens'] as const;

interface Measured {
  readonly config: MoaConfig;
  readonly score: number;
  readonly cells: number;
  /** Tokens per question; a hundredth of them is the latency. */
  readonly tokens: number;
  /** Scored or not; absent: the scored ones. */
  readonly granted?: number;
}

function reportOf({ config, score, cells, tokens, granted = cells }: Measured): TrialReport {
  const right = Math.round(score * cells);
  const found = Array.from({ length: cells }, (_, at) => ({
    key: `tuning/0/q${at}`,
    // Right answers are spread over the questions, else the first would be easy for all.
    measurement: {
      score: (at * right) % cells < right ? 1 : 0,
      latency: tokens / 100,
      tokens,
      usd: null,
    },
  }));
  const estimates = estimatesOf(found.map(({ measurement }) => measurement));
  return {
    ...{ id: configId(config), config, origin: { operator: 'test', parents: [] } },
    ...{ status: 'finished', estimates, cells: found, granted },
  };
}

function extended(measured: readonly Measured[], most: number, forTokens = true): ConfigId | undefined {
  const { log, fit, beliefs } = believing(space, measured.map(reportOf));
  const front = new BelievedFront(log, beliefs, objectives);
  const acquisition = new Acquisition({ log, replay: new ReplayIndex(), most, overhead: 0.3, ahead: 4 });
  const asked = { least: 8, without: new Set<ConfigId>(), forTokens, isAllTried: false };
  return acquisition.extension({ fit, beliefs, front }, asked)?.extension.extend;
}

describe('further cells', () => {
  const rng = createRng('acquisition');
  const dear = Array.from({ length: 40 }, (_, at): Measured => {
    const config = randomConfig(space, rng) as MoaConfig;
    return { config, score: 0.75 + at / 200, cells: 64, tokens: 2_000 + 100 * at };
  });
  const [first = '', second = ''] = models;
  const lucky = { config: singleConfig(space, first), score: 0.75, cells: 128, tokens: 58 };
  const overlooked = { config: singleConfig(space, second), score: 0.375, cells: 8, tokens: 60 };

  it('go to a cheap trial of few cells that is not on the front where tokens count, however many dear ones are', () => {
    expect(extended([...dear, lucky, overlooked], 128)).toBe(configId(overlooked.config));
  });

  it('go to a member of a long front else', () => {
    const asked = extended([...dear, lucky, overlooked], 128, false);
    expect(dear.map(({ config }) => configId(config))).toContain(asked);
  });

  it('are others than a trial was granted, and none for one that was granted all, though some are unscored', () => {
    const granted = (cells: number) => extended([...dear, lucky, { ...overlooked, granted: cells }], 128);
    expect(granted(40)).toBe(configId(overlooked.config));
    expect(granted(128)).not.toBe(configId(overlooked.config));
  });

  it('go to nobody who has them all', () => {
    expect(extended([...dear, lucky, overlooked], 8)).toBeUndefined();
  });
});

describe('a new config', () => {
  const single = singleConfig(space, models[0] ?? '');
  const { log, fit, beliefs } = believing(
    space,
    Array.from({ length: 12 }, (_, at) => {
      const config = randomConfig(space, createRng(`measured/${at}`)) as MoaConfig;
      return reportOf({ config, score: 0.3 + at / 24, cells: 8, tokens: 500 + 100 * at });
    }),
  );
  const view = { fit, beliefs, front: new BelievedFront(log, beliefs, objectives) };
  const worth = (most: number, ahead: number): number => {
    const acquisition = new Acquisition({ log, replay: new ReplayIndex(), most, overhead: 0.3, ahead });
    return acquisition.worthOf(single, 8, view).worth;
  };

  it('is worth what the cells would tell that it may get after its first', () => {
    expect(worth(64, 4)).toBeGreaterThan(worth(64, 1));
    expect(worth(64, 8)).toBeGreaterThan(worth(64, 4));
  });

  it('is worth no more than what all cells would tell', () => {
    expect(worth(16, 4)).toBe(worth(64, 2));
    expect(worth(8, 4)).toBe(worth(64, 1));
    expect(worth(0, 4)).toBe(worth(64, 1));
  });
});
