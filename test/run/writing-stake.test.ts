import { expect, it } from 'vitest';
import { configId, type MoaConfig } from '../../src/domain/moa-config.ts';
import { writingStake } from '../../src/run/drafts/writing-stake.ts';
import { applyEvent, createRunState, type RunState } from '../../src/run/run-state.ts';

/** A run that tried a single model whose tokens cost a thousandth of a dollar each, and spent so much. */
function stateWith(spent: Partial<RunState>): RunState {
  const state = createRunState();
  const agents = [{ name: 'a', model: 'sim/a', prompt: 'Answer.', temperature: 0, samples: 1 }];
  const config: MoaConfig = { version: 1, name: 'a', stages: [{ kind: 'propose', agents }] };
  const origin = { operator: 'baseline', parents: [] };
  const of = { split: 'tuning', repeat: 0, instance: 'q' } as const;
  const measurement = { score: 0.5, latency: 1, tokens: 100, usd: 0.1 };
  const result = {
    grade: { kind: 'scored', value: 0.5 },
    measurement,
    ...{ answer: 'x', degraded: [], calls: 1, tokensEstimated: false },
  } as const;
  applyEvent(state, { at: 0, kind: 'trial-started', trial: 0, id: configId(config), config, origin });
  applyEvent(state, { at: 0, kind: 'cell-started', cell: 0, trial: 0, of });
  applyEvent(state, { at: 0, kind: 'cell-finished', cell: 0, trial: 0, result });
  applyEvent(state, { at: 0, kind: 'trial-finished', trial: 0, status: 'finished' });
  return Object.assign(state, spent);
}

it.each([
  ['nothing without ceilings', {}, { tokensIn: 1_000 }, 0],
  ['nothing before anything was spent', { maxTokens: 10_000 }, {}, 0],
  ['a share of the ceiling on tokens', { maxTokens: 10_000 }, { tokensIn: 600, tokensOut: 400 }, 500],
  ['of what a ceiling on configs may come to', { maxEvaluations: 20 }, { tokensIn: 1_000 }, 1_000],
  [
    'by the ceiling that is nearest',
    { maxEvaluations: 20, maxSeconds: 100 },
    { tokensIn: 1_000, at: 50_000 },
    100,
  ],
  ['of dollars at the dearest model', { maxEvaluations: 20, maxUsd: 5 }, { tokensIn: 1_000, usd: 0.1 }, 250],
  ['whatever dollars came to that nobody knows', { maxUsd: 5 }, { tokensIn: 1_000, usd: null }, 0],
] as const)('writers may take at first: %s', (_, budget, spent, expected) => {
  expect(writingStake(stateWith(spent), { budget })).toBeCloseTo(expected, 6);
});
