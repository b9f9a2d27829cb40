import { describe, expect, it } from 'vitest';
import { budgetOf, callCeilingFlags, ceilingFlags } from '../../src/cli/ceiling-flags.ts';
import { ceilingKeys, ceilingsOf } from '../../src/domain/budget.ts';

describe('budgetOf', () => {
  it('holds every ceiling that has an option, and only those given', () => {
    const options = Object.fromEntries(Object.keys(ceilingFlags).map((name, at) => [name, at + 1]));
    const budget = budgetOf(options);
    expect(Object.keys(budget)).toEqual([...ceilingKeys]);
    expect(ceilingsOf(budget).map(({ limit }) => limit)).toEqual(ceilingKeys.map((_, at) => at + 1));
    expect(budgetOf({ maxTime: 60 })).toEqual({ maxSeconds: 60 });
    expect(budgetOf({})).toEqual({});
  });

  it('has no ceiling below which nothing can be done, but dollars: models may be free', () => {
    const { maxUsd, ...others } = ceilingFlags;
    expect(maxUsd.parse?.('0')).toBe(0);
    for (const { parse } of Object.values(others)) expect(() => parse?.('0')).toThrow(/^Expected /);
    expect(ceilingFlags.maxCalls.parse?.('1')).toBe(1);
    expect(ceilingFlags.maxTime.parse?.('1ms')).toBe(0.001);
  });

  // `reproduce` took --max-tokens-in and --max-tokens-out and held neither.
  it('holds what `reproduce` takes', () => {
    const options = Object.fromEntries(Object.keys(callCeilingFlags).map((name) => [name, 5]));
    const ofCalls = ceilingKeys.filter((key) => key !== 'maxEvaluations');
    expect(budgetOf(options)).toEqual(Object.fromEntries(ofCalls.map((key) => [key, 5])));
  });
});
