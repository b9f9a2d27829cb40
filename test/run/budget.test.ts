import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import type { Budget, FrontFile } from '../../src/domain/run-result.ts';
import { createMemoryJournal } from '../../src/run/journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import type { TuneSettings } from '../../src/run/types.ts';
import { worldDependencies, worldSettings } from './world.ts';

interface Scenario {
  readonly settings: TuneSettings;
  readonly failureRate: number;
  readonly binding: 'calls' | 'tokens' | 'usd' | 'time';
}

function drawScenario(number: number): Scenario {
  const rng = createRng(`budget/${number}`);
  const binding = rng.pick(['calls', 'tokens', 'usd', 'time'] as const);
  const size = 1 + 3 * rng.next();
  const ceilings: Record<Scenario['binding'], Budget> = {
    calls: { maxCalls: Math.round(100 * size) },
    tokens: { maxTokens: Math.round(14_000 * size) },
    usd: { maxUsd: 0.011 * size },
    time: { maxSeconds: Math.round(80 * size) },
  };
  return {
    binding,
    failureRate: rng.pick([0, 0.05, 0.3]),
    settings: {
      ...worldSettings,
      seed: number,
      concurrency: rng.pick([1, 4, 16]),
      repeats: rng.pick([1, 2]),
      finishRepeats: rng.pick([1, 3]),
      holdoutRepeats: rng.pick([0, 1, 2]),
      budget: ceilings[binding],
    },
  };
}

async function play(scenario: Scenario): Promise<FrontFile> {
  const dependencies = worldDependencies({ failureRate: scenario.failureRate });
  return dependencies.clock.run(() =>
    new TuningRun('test', createMemoryJournal(), scenario.settings, dependencies).run(),
  );
}

function usedShare(front: FrontFile, budget: Budget): Record<string, number> {
  const { spent } = front;
  const shares: Record<string, number> = {};
  if (budget.maxCalls !== undefined) shares.calls = spent.calls / budget.maxCalls;
  if (budget.maxTokens !== undefined) shares.tokens = (spent.tokensIn + spent.tokensOut) / budget.maxTokens;
  if (budget.maxUsd !== undefined) shares.usd = (spent.usd ?? Number.NaN) / budget.maxUsd;
  if (budget.maxSeconds !== undefined) shares.time = spent.seconds / budget.maxSeconds;
  return shares;
}

/** `MIXTUNE_SCENARIOS=1000 npx vitest run test/run/budget` plays more of them. */
const scenarios = Number(process.env.MIXTUNE_SCENARIOS ?? 40);

describe('budget', () => {
  it('is never exceeded and nearly all used, over random scenarios', async () => {
    const poor: unknown[] = [];
    for (let number = 0; number < scenarios; number++) {
      const scenario = drawScenario(number);
      const front = await play(scenario);
      const share = usedShare(front, scenario.settings.budget)[scenario.binding] as number;
      expect(share).toBeLessThanOrEqual(1);
      if (share < 0.97) poor.push({ number, ...scenario.settings.budget, share, ended: front.ended });
    }
    expect(poor).toEqual([]);
  }, 600_000);
});
