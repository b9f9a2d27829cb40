import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/core/rng.ts';
import type { PathStep } from '../../../src/domain/cell-result.ts';
import { ProviderLoads } from '../../../src/domain/load/provider-loads.ts';
import type { ServedCall } from '../../../src/domain/load/served-calls.ts';
import { findSlowness } from '../../../src/domain/load/slowness.ts';
import { sampled, thorough } from '../../support/thorough.ts';

const provider = 'openai';
/** Calls in flight through five minutes: few at the start, many, a tenth of them, many again. */
const loadAt = (second: number): number => (second < 4 ? 2 : second > 150 && second < 200 ? 6 : 60);

interface Told {
  readonly loads: ProviderLoads;
  /** What a second's work for one user took when, and what is told of it. */
  readonly steps: readonly { readonly at: number; readonly took: number; readonly told: number }[];
}

/** Calls of two models on a server that each further call slows down, and that is twice as slow in its last minute. */
function busyProvider(growth: number, seed: string, drift = 2): Told {
  const loads = new ProviderLoads();
  const rng = createRng(seed);
  const slownessAt = (second: number): number =>
    (1 + growth * (loadAt(second) - 1)) * (second > 240 ? drift : 1);
  for (let second = 0; second < 300; second += 0.25) {
    const outputTokens = 50 + rng.integer(300);
    const [base, each] = rng.next() < 0.5 ? [150, 2] : [400, 5];
    const ms = (base + each * outputTokens) * (0.85 + 0.3 * rng.next()) * slownessAt(second);
    const to = 1000 * second + ms;
    const model = `openai/${each}`;
    loads.take({ provider, model, from: 1000 * second, to, outputTokens, inFlight: loadAt(second) });
  }
  loads.refit();
  const steps = [2, 100, 175, 220, 290].map((at) => {
    const took = slownessAt(at);
    return { at, took, told: tell(loads, { seconds: took, until: 1000 * at + 500 * took }) };
  });
  return { loads, steps };
}

function tell(loads: ProviderLoads, step: Partial<PathStep> & Pick<PathStep, 'seconds'>): number {
  const path = [{ provider, model: 'openai/2', outputTokens: 100, own: 1, ...step }];
  const measurement = { score: 1, latency: step.seconds, tokens: 100, usd: null };
  return loads.measured({ measurement, path }).latency ?? Number.NaN;
}

describe('latency as one user would see it', () => {
  const { loads } = busyProvider(0.05, 'a');

  it.each(sampled([0.1, 0.02], 2))('is the same whatever the load was (each call adds %d)', (growth) => {
    for (const seed of sampled(['a', 'b'], 2)) {
      const { steps, loads } = busyProvider(growth, seed);
      const [took, told] = [steps.map((step) => step.took), steps.map((step) => step.told)];
      expect(Math.max(...took) / Math.min(...took)).toBeGreaterThan(3);
      expect(Math.max(...told) / Math.min(...told)).toBeLessThan(1.2);
      for (const latency of told) expect(Math.abs(latency - 1)).toBeLessThan(0.3);
      expect(loads.told?.[provider]?.statedAt).toBe(1);
    }
  });

  it.skipIf(!thorough)('is what was measured where calls do not slow each other down', () => {
    for (const seed of sampled(['a', 'b'], 2)) {
      const { loads } = busyProvider(0, seed, 1);
      expect(loads.told).toBeUndefined();
      expect(tell(loads, { seconds: 3, until: 100_000 })).toBe(3);
    }
  });

  it.skipIf(!thorough)('is that of the load there was where calls were never few', () => {
    const loads = new ProviderLoads();
    const rng = createRng('never few');
    for (let second = 0; second < 300; second += 0.25) {
      const ms = 1000 * (0.9 + 0.2 * rng.next()) * (second < 150 ? 1 : 3);
      const to = 1000 * second + ms;
      loads.take({ provider, model: 'openai/2', from: 1000 * second, to, outputTokens: 9, inFlight: 40 });
    }
    expect(loads.told?.[provider]).toMatchObject({ statedAt: 40, growth: 0 });
    const [before, after] = [
      tell(loads, { seconds: 1, until: 100_000 }),
      tell(loads, { seconds: 3, until: 250_000 }),
    ];
    expect(Math.abs(before / after - 1)).toBeLessThan(0.1);
  });

  it('keeps the calls that the config itself makes side by side', () => {
    const [one = 0, five = 0] = [1, 5].map((own) => tell(loads, { seconds: 4, until: 100_000, own }));
    expect(five / one).toBeGreaterThan(1.1);
    expect(five / one).toBeLessThan(1.4);
  });

  it('is what its model usually takes where another run paid for the answer', () => {
    const told = tell(loads, { seconds: 40 });
    expect(Math.abs(told / 0.35 - 1)).toBeLessThan(0.3);
    expect(tell(loads, { seconds: 40, model: 'openai/unknown' })).toBe(40);
    expect(tell(loads, { seconds: 40, provider: 'other' })).toBe(40);
  });

  it('stays as it was where nothing was recorded of the load', () => {
    const measurement = { score: 1, latency: 7, tokens: 1, usd: null };
    expect(loads.measured({ measurement })).toBe(measurement);
  });
});

describe('calls of models that do not slow each other down', () => {
  /** `[model, ms of an answer, calls]` of one phase after another; a hint makes one model think for longer. */
  const phases = [
    ['slow', 3_000, 24],
    ['limited', 430, 40],
    ['hinted', 210, 24],
    ['other', 650, 16],
    ['slow', 3_000, 40],
    ['hinted', 500, 60],
    ['limited', 430, 20],
  ] as const;

  it.each([1, 2, 3, 4, 5])(
    'are told as they were measured, though their models were asked in turn (seed %i)',
    (seed) => {
      const rng = createRng(`phases/${seed}`);
      const ends = Array.from({ length: 8 }, () => 0);
      const calls: ServedCall[] = [];
      for (const [model, ms, count] of phases) {
        // Slots are used by the phase as far as its model's limit lets them.
        const slots = model === 'limited' ? 2 : 8;
        for (let call = 0; call < count; call++) {
          const slot = ends.indexOf(Math.min(...ends.slice(0, slots)));
          const from = ends[slot] ?? 0;
          const to = from + ms * (0.85 + 0.3 * rng.next());
          ends[slot] = to;
          calls.push({ provider: 'server', model, from, to, outputTokens: 5 + rng.integer(4), inFlight: 1 });
        }
        const behind = Math.max(...ends);
        ends.fill(behind);
      }
      const beside = ({ from, to }: ServedCall): number =>
        calls.reduce((sum, call) => sum + Math.max(0, Math.min(to, call.to) - Math.max(from, call.from)), 0) /
        (to - from);
      const found = findSlowness(calls.map((call) => ({ ...call, inFlight: beside(call) })));
      expect(found).toBeUndefined();
    },
  );
});
