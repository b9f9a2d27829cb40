import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { ProviderLoads } from '../../src/domain/provider-load.ts';

/** Calls of two models at loads from 2 to 64: mostly busy, idle at the start. */
function busyProvider(growth: number, seed: string): ProviderLoads {
  const loads = new ProviderLoads();
  const rng = createRng(seed);
  for (let call = 0; call < 512; call++) {
    const inFlight = call < 12 ? 2 : 40 + 24 * rng.next();
    const outputTokens = 50 + rng.integer(300);
    const [base, each] = call % 2 === 0 ? [150, 2] : [400, 5];
    const jitter = 0.85 + 0.3 * rng.next();
    const serviceMs = (base + each * outputTokens) * jitter * (1 + growth * (inFlight - 1));
    const model = `openai/${call % 2}`;
    loads.take({ provider: 'openai', model, serviceMs, outputTokens, inFlight });
  }
  return loads;
}

describe('latency as one user would see it', () => {
  it.each([0.005, 0.02, 0.1])('finds a growth of %d, and takes it off whatever the load was', (growth) => {
    for (const seed of ['a', 'b', 'c']) {
      const loads = busyProvider(growth, seed);
      const alone = [2, 30, 64].map((inFlight) => {
        const seconds = 1 + growth * (inFlight - 1);
        return loads.latencyAlone([{ provider: 'openai', seconds, inFlight, own: 1 }]);
      });
      for (const latency of alone) expect(Math.abs(latency - 1)).toBeLessThan(0.15);
      expect(Math.max(...alone) / Math.min(...alone)).toBeLessThan(1.15);
    }
  });

  it('finds none where calls do not slow each other down', () => {
    for (const seed of ['a', 'b', 'c', 'd', 'e']) expect(busyProvider(0, seed).version).toBe(0);
  });

  it('leaves a step the calls that the config itself makes side by side', () => {
    const loads = busyProvider(0.05, 'a');
    const step = { provider: 'openai', seconds: 4, inFlight: 30 };
    const [one, five] = [1, 5].map((own) => loads.latencyAlone([{ ...step, own }]));
    expect((five ?? 0) / (one ?? 1)).toBeGreaterThan(1.1);
    expect(loads.latencyAlone([{ ...step, provider: 'other', own: 1 }])).toBe(4);
  });
});
