import { expect, it } from 'vitest';
import { evaluatePolicies, type ValuedDecision } from '../../src/adapt/off-policy.ts';

const valued = (value: number): ValuedDecision => ({
  decision: {
    ...{
      features: [],
      arms: ['a'],
      priors: [{ mean: 0.5, variance: 0.1 }],
      propensities: [1],
      expected: [0.5],
    },
    ...{ champion: 0, chosen: 0 },
  },
  value,
});

it.each([
  [3, false],
  [19, false],
  [20, true],
])('%i answers have an interval: %s, also what was served', (count, hasInterval) => {
  const { served, policies } = evaluatePolicies(Array.from({ length: count }, (_, at) => valued(at % 2)));
  for (const { low, high } of [served, ...policies.map(({ doublyRobust }) => doublyRobust)]) {
    expect(low !== null && high !== null).toBe(hasInterval);
  }
});
