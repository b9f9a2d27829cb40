import { expect, test } from 'vitest';
import { estimatesOf } from '../../src/domain/estimates.ts';
import { estimateSchema } from '../../src/domain/run-result-schema.ts';

test('no interval holds what cannot be, also where one answer took many times as long as the others', () => {
  const cell = (latency: number) => ({ score: 1, latency, tokens: latency * 10, usd: latency / 1000 });
  const estimates = estimatesOf([0.1, 0.1, 0.1, 0.1, 6].map(cell));
  for (const name of ['latency', 'tokens', 'usd'] as const) expect(estimates[name].low).toBe(0);
  expect(estimates.latency.mean).toBeCloseTo(1.28);
  expect(estimates.latency.high).toBeGreaterThan(4);
  // Equal costs are known to be so, which equal scores are not.
  expect(estimatesOf([0.1, 0.1].map(cell)).latency).toEqual({ mean: 0.1, low: 0.1, high: 0.1 });
  expect(estimatesOf([cell(1)]).latency).toEqual({ mean: 1, low: null, high: null });
});

test('files of earlier versions are read as if they had been cut there', () => {
  expect(estimateSchema.parse({ mean: 0.4, low: -0.1, high: 0.9 })).toEqual({ mean: 0.4, low: 0, high: 0.9 });
  expect(estimateSchema.parse({ mean: null, low: null, high: null }).low).toBeNull();
});
