import { expect, test } from 'vitest';
import { fittingRepeats } from '../../../src/analysis/reproduce/fitting-repeats.ts';
import type { Budget } from '../../../src/domain/budget.ts';
import { configId, type MoaConfig } from '../../../src/domain/moa-config.ts';
import type { FrontMember } from '../../../src/domain/run-result.ts';
import type { BestFile } from '../../../src/run/folder/lock-schema.ts';

const agent = (name: string) => ({ name, model: 'sim/a', prompt: 'p', temperature: 0 });
const config: MoaConfig = {
  version: 1,
  name: 'mixture',
  stages: [
    { kind: 'propose', agents: [agent('a'), agent('b'), agent('c')] },
    { kind: 'fuse', agent: agent('d') },
  ],
};
const estimate = (mean: number | null) => ({ mean, low: null, high: null });
const member: FrontMember = {
  ...{ id: configId(config), config, holdout: null, cells: 8, origin: { operator: 'seed', parents: [] } },
  objectives: { score: estimate(0.5), latency: estimate(2), tokens: estimate(1000), usd: estimate(0.01) },
};
const lock: BestFile = {
  ...{ version: 1, simulated: false, task: 't', taskHash: 'h', instances: { tuning: {}, holdout: {} } },
  ...{ grader: { name: 'g', revision: '1' }, member, models: {}, endpoint: {}, mixtune: '1', seed: 1 },
  claims: {
    tuning: {
      ...{ cells: 8, instances: 4, sampleRepeats: [], evidence: [] },
      objectives: {
        score: { ...estimate(0.5), deviation: null },
        latency: { ...estimate(2), deviation: null },
        tokens: { ...estimate(1000), deviation: null },
        usd: { ...estimate(0.01), deviation: null },
      },
    },
    holdout: null,
  },
  ...{ worldSeed: null, repeats: { search: 2, finish: 2, holdout: 2 } },
  made: { run: 'r', node: '20', gitCommit: null },
};
const measuring = { questions: 5, concurrency: 8, gradingCalls: 0 };

// Four calls in two steps: two slots for two seconds, so 8 slots end two answers a second, the last after two.
test.each<[string, Budget, { repeats: number; ceiling: string } | undefined]>([
  ['none', {}, undefined],
  ['one that limits no answers', { maxEvaluations: 1 }, undefined],
  ['calls', { maxCalls: 84 }, { repeats: 3, ceiling: 'maxCalls' }],
  ['calls, but for a twentieth', { maxCalls: 85 }, { repeats: 4, ceiling: 'maxCalls' }],
  ['tokens', { maxTokens: 26_000 }, { repeats: 4, ceiling: 'maxTokens' }],
  ['dollars', { maxUsd: 0.16 }, { repeats: 3, ceiling: 'maxUsd' }],
  ['time', { maxSeconds: 13 }, { repeats: 4, ceiling: 'maxSeconds' }],
  ['less time than one answer takes', { maxSeconds: 1 }, { repeats: 0, ceiling: 'maxSeconds' }],
  ['the nearest of several', { maxUsd: 1, maxTokens: 11_000 }, { repeats: 2, ceiling: 'maxTokens' }],
])('ceilings leave room for what the claim took: %s', (_, budget, expected) => {
  expect(fittingRepeats(lock, 'tuning', measuring, budget)).toEqual(expected);
});

test('a judge counts, and the load that latencies are told without', () => {
  const judged = { ...measuring, gradingCalls: 2, judging: { tokens: 500, usd: 0.02 } };
  const repeatsWith = (budget: Budget) => fittingRepeats(lock, 'tuning', judged, budget)?.repeats;
  expect(repeatsWith({ maxCalls: 64 })).toBe(2);
  expect(repeatsWith({ maxTokens: 32_000 })).toBe(3);
  expect(repeatsWith({ maxUsd: 0.55 })).toBe(2);
  const loaded = { ...lock, slowdown: { p: { growth: 1 / 7, statedAt: 1, slowest: 3 } } };
  // Twice as slow: one answer a second, the last after four.
  expect(fittingRepeats(loaded, 'tuning', measuring, { maxSeconds: 15 })?.repeats).toBe(2);
});

test('what is not known limits nothing', () => {
  const free = { ...lock, claims: { ...lock.claims, tuning: unpriced(lock.claims.tuning) } };
  expect(fittingRepeats(free, 'tuning', measuring, { maxUsd: 0.01 })).toBeUndefined();
});

function unpriced(claim: BestFile['claims']['tuning']): BestFile['claims']['tuning'] {
  return { ...claim, objectives: { ...claim.objectives, usd: { ...estimate(null), deviation: null } } };
}
