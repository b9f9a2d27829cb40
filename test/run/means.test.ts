import { describe, expect, it } from 'vitest';
import type { Budget } from '../../src/domain/budget.ts';
import { configId, type MoaConfig } from '../../src/domain/moa-config.ts';
import { Ledger } from '../../src/run/calls/ledger.ts';
import { Means } from '../../src/run/means.ts';
import { createRunState } from '../../src/run/run-state.ts';
import { Trial } from '../../src/search/trial.ts';

const config: MoaConfig = {
  version: 1,
  name: 'one call',
  stages: [{ kind: 'propose', agents: [{ name: 'one', model: 'sim/quick', prompt: 'Answer.' }], rounds: 1 }],
};
const trial = new Trial({
  ...{ trial: 0, id: configId(config), config, origin: { operator: 'baseline', parents: [] } },
});

/** Whether one more call fits where ten holdout cells of one call each are to be had, after so many answers and failures. */
function fits(budget: Budget, answered: number, retried: number): boolean {
  const state = createRunState();
  for (let call = 0; call < answered; call++) state.answered.add(`key ${call}`);
  Object.assign(state, {
    calls: answered + retried,
    retried,
    tokensIn: 100 * answered,
    tokensOut: 100 * answered,
  });
  const recorder = { state, now: () => 0 };
  const parts = {
    recorder,
    ledger: new Ledger(budget, state),
    budget,
    concurrency: 8,
    card: () => undefined,
  };
  const means = new Means(parts, () => ({
    finish: { trials: [], cells: 0 },
    holdout: { trials: [trial], cells: 10 },
  }));
  return means.breaks(undefined, 'all') === undefined;
}

/** The most calls that may have been made when one more still fits. */
function lastThatFits(limit: number, retriedShare: number): number {
  let calls = limit;
  while (!fits({ maxCalls: limit }, Math.round(calls * (1 - retriedShare)), Math.round(calls * retriedShare)))
    calls--;
  return calls;
}

describe('what a search leaves to the end', () => {
  it('is a call and a fifth for each that is planned, where none fails', () => {
    expect(lastThatFits(200, 0)).toBe(200 - 1 - 12);
  });

  it('is the tries that answers take, where calls fail', () => {
    // Two and four tries for an answer, once hundreds of calls have shown it.
    const half = 2000 - lastThatFits(2000, 0.5);
    expect(half).toBeGreaterThan(24);
    expect(half).toBeLessThan(28);
    const most = 2000 - lastThatFits(2000, 0.75);
    expect(most).toBeGreaterThan(48);
    expect(most).toBeLessThan(54);
  });

  it('is as many tokens whether calls failed or not: a failed one has used none', () => {
    for (const retried of [0, 100, 300]) {
      // Ten answers of 200 tokens and a fifth, and the one that is to come.
      expect(fits({ maxTokens: 20_000 + 2_400 + 210 }, 100, retried)).toBe(true);
      expect(fits({ maxTokens: 20_000 + 2_350 }, 100, retried)).toBe(false);
    }
  });

  it.each([
    ['of a model that the end measures is left whole', [trial], 0.4],
    ['of another is a share of the ceiling', [], 0.85],
  ])('is the worst case of a call, however large: one %s', (_, trials, most) => {
    const state = createRunState();
    Object.assign(state, { largestReservation: { tokensIn: 0, tokensOut: 4096, usd: 0.6 } });
    // The calls that the end makes are as dear as the dearest that was sent.
    const price = { inputPerMillion: 0, outputPerMillion: (0.6 / 4096) * 1e6 };
    const budget = { maxUsd: 1 };
    const card = () => ({ name: 'sim/quick', contextTokens: null, price, speed: null, simulated: true });
    const parts = {
      recorder: { state, now: () => 0 },
      ledger: new Ledger(budget, state),
      budget,
      concurrency: 8,
      card,
    };
    const work = { finish: { trials: [], cells: 0 }, holdout: { trials, cells: 10 } };
    const means = new Means(parts, () => work);
    const fitsAt = (usd: number): boolean => {
      Object.assign(state, { usd, calls: 1000 });
      return means.breaks(undefined, 'half-holdout') === undefined;
    };
    // Further calls are taken to cost what a thousand did.
    expect(fitsAt(most - 0.02)).toBe(true);
    expect(fitsAt(most + 0.02)).toBe(false);
  });
});
