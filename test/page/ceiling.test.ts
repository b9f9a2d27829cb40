import { describe, expect, it } from 'vitest';
import { readCeiling } from '../../src/page/state/ceiling.ts';

describe('the ceilings of a job that the workbench starts', () => {
  it('are the fields that hold something', () => {
    expect(readCeiling({ maxEvaluations: '30', maxUsd: ' 0.5 ', maxSeconds: '1.5', maxCalls: '' })).toEqual({
      ceiling: { maxEvaluations: 30, maxUsd: 0.5, maxSeconds: 5400 },
      faults: [],
    });
    expect(readCeiling({})).toEqual({ ceiling: {}, faults: [] });
  });

  it.each([
    ['maxUsd', '0', 'US dollars: expected a number above 0, found 0'],
    ['maxUsd', '-1', 'US dollars: expected a number above 0, found -1'],
    ['maxUsd', '1e400', 'US dollars: expected a number above 0, found 1e400'],
    ['maxUsd', '0,50', 'US dollars: expected a number above 0, found 0,50'],
    ['maxCalls', '2.5', 'calls: expected a whole number above 0, found 2.5'],
    ['maxTokens', '2M', 'tokens: expected a whole number above 0, found 2M'],
    ['maxTokens', '9'.repeat(20), `tokens: expected a whole number above 0, found ${'9'.repeat(20)}`],
  ])('a field %s with %s is told, and never taken for no ceiling', (key, text, fault) => {
    expect(readCeiling({ maxEvaluations: '30', [key]: text })).toEqual({
      ceiling: { maxEvaluations: 30 },
      faults: [fault],
    });
  });
});
