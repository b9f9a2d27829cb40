import { expect, test } from 'vitest';
import type { Budget } from '../../src/domain/budget.ts';
import { ceilingLeftText } from '../../src/report/ceiling-left.ts';
import { sampleFront } from '../support/front-sample.ts';

/** Spent: 250k tokens in, 50k out, $0.16. */
const said = (because: string, budget: Budget, changes: object = {}): string => {
  const spent = { calls: 900, tokensIn: 250_000, tokensOut: 50_000, usd: 0.16, seconds: 60 };
  const unmeasured = { points: 2, partly: 0, of: 9, because };
  return ceilingLeftText({ ...sampleFront(), spent, unmeasured, ...changes }, budget);
};
const less = 'left: less than the next call may cost';

test.each([
  ['usd', { maxUsd: 0.3 }, `, with $0.14 of $0.30 ${less}`],
  ['tokens', { maxTokens: 500_000 }, `, with 200k of 500k ${less}`],
  // The tighter of two.
  ['tokens', { maxTokens: 500_000, maxTokensIn: 300_000 }, `, with 50.0k of 300k ${less}`],
  ['tokens', { maxTokens: 500_000, maxTokensIn: 260_000 }, ''],
  ['usd', { maxUsd: 0.17 }, ''],
  ['usd', { maxTokens: 500_000 }, ''],
  ['calls', { maxCalls: 2000 }, ''],
  ['time', { maxSeconds: 600 }, ''],
  ['left-out', { maxUsd: 0.3 }, ''],
] as const)('what stopped for %s under %j', (because, budget, text) => {
  expect(said(because, budget)).toBe(text);
});

test.each([
  // All was measured, or all but what scores next to nothing.
  ['usd', undefined, { maxUsd: 0.3 }, ', with $0.14 of $0.30 left'],
  ['usd', 'left-out', { maxUsd: 0.3 }, ', with $0.14 of $0.30 left'],
  ['calls', undefined, { maxCalls: 2000, maxUsd: 10 }, ', with 1,100 of 2,000 left'],
  ['time', undefined, { maxSeconds: 600 }, ', with 9m 00s of 10m 00s left'],
  ['usd', undefined, { maxUsd: 0.17 }, undefined],
  ['evaluations', undefined, { maxUsd: 0.3 }, undefined],
  // Another ceiling kept the end from measuring all.
  ['usd', 'time', { maxUsd: 0.3, maxSeconds: 600 }, undefined],
] as const)('the search ended for %s, the end for %s, under %j', (ended, because, budget, left) => {
  const unmeasured = because === undefined ? undefined : { points: 2, partly: 0, of: 9, because };
  const why = ': set aside for measuring the result, and not needed';
  expect(said('', budget, { ended, unmeasured })).toBe(left === undefined ? '' : `${left}${why}`);
});

test('nothing where the run ended for another reason, dollars are unknown, or the ceilings are', () => {
  expect(said('usd', { maxUsd: 0.3 }, { unmeasured: undefined, ended: 'interrupted' })).toBe('');
  const spent = { calls: 900, tokensIn: 1, tokensOut: 1, usd: null, seconds: 60 };
  expect(said('usd', { maxUsd: 0.3 }, { spent })).toBe('');
  expect(ceilingLeftText(sampleFront(), undefined)).toBe('');
});
