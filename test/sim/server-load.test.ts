import { describe, expect, it } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { ChatOutcome } from '../../src/models/chat-model.ts';
import { createOpenAICompatible } from '../../src/models/openai/openai-compatible.ts';
import { createSimulatedModel, type ServerLoadOptions } from '../../src/sim/index.ts';
import { startSimServer } from '../../src/sim/server.ts';
import { noFaults, simRequest } from '../support/sim-asking.ts';
import { thorough } from '../support/thorough.ts';

/** So many calls at once of one model; ms that each took, and what it said it took. */
async function ask(calls: number, load?: ServerLoadOptions): Promise<{ ms: number; outcome: ChatOutcome }[]> {
  const clock = new VirtualClock();
  const model = createSimulatedModel({ clock, seed: 1, faults: noFaults, ...(load ? { load } : {}) });
  return clock.run(() =>
    Promise.all(
      Array.from({ length: calls }, async (_, index) => {
        const start = clock.now();
        const outcome = await model.complete(simRequest('sage-70b', { index }));
        return { ms: clock.now() - start, outcome };
      }),
    ),
  );
}

const times = async (calls: number, load?: ServerLoadOptions): Promise<number[]> =>
  (await ask(calls, load)).map(({ ms }) => ms);

describe('a simulated server under load', () => {
  it('takes as long as an idle one for a single call', async () => {
    expect(await times(1, { slots: 1, growth: 5 })).toEqual(await times(1));
  });

  it('slows all down by the calls beside them, and says so in the service time', async () => {
    const idle = await times(11);
    const busy = await ask(11, { growth: 0.1 });
    const longest = Math.max(...idle);
    const shortest = Math.min(...idle);
    // The shortest is served beside ten others all the time; the work of all takes as long as it adds up to.
    expect(Math.min(...busy.map(({ ms }) => ms))).toBeCloseTo(2 * shortest, 0);
    expect(Math.max(...busy.map(({ ms }) => ms))).toBeGreaterThan(longest);
    expect(Math.max(...busy.map(({ ms }) => ms))).toBeLessThan(2 * longest);
    for (const { ms, outcome } of busy)
      expect(outcome).toMatchObject({ kind: 'answered', response: { serviceMs: ms } });
  });

  it('serves so many at once, the others in the order of coming', async () => {
    const alone = await times(4);
    const [first = 0, second = 0, third = 0, fourth = 0] = alone;
    expect(await times(4, { slots: 1 })).toEqual([
      first,
      first + second,
      first + second + third,
      first + second + third + fourth,
    ]);
  });

  it('refuses what is beyond its tokens of a minute, says for how long, and takes it then', async () => {
    const clock = new VirtualClock();
    const load = { tokensPerMinute: 6_000 };
    const model = createSimulatedModel({ clock, seed: 1, faults: noFaults, load });
    const outcomes = await clock.run(async () => {
      const first: Promise<ChatOutcome>[] = [];
      for (let index = 0; index < 30; index++) first.push(model.complete(simRequest('sage-70b', { index })));
      const at = await Promise.race(
        first.map(async (call, index) =>
          (await call).kind === 'failed' ? index : new Promise<number>(() => 0),
        ),
      );
      const refused = (await first[at]) as ChatOutcome & { kind: 'failed' };
      await clock.sleep((refused.failure.retryAfterMs ?? 0) - 1);
      const early = await model.complete(simRequest('sage-70b', { index: at }));
      await clock.sleep(1);
      return [await first[0], refused, early, await model.complete(simRequest('sage-70b', { index: at }))];
    });
    expect(outcomes.map((outcome) => outcome?.kind)).toEqual(['answered', 'failed', 'failed', 'answered']);
    expect(outcomes[1]).toMatchObject({ failure: { code: 'rate-limited', status: 429 } });
  });

  it.skipIf(!thorough)('holds over HTTP too', async () => {
    const server = await startSimServer({
      ...{ port: 0, seed: 1, clock: createRealClock(), faults: noFaults, speedup: 2 },
      load: { slots: 2, requestsPerMinute: 3 },
    });
    try {
      const model = createOpenAICompatible({ baseUrl: server.url, apiKey: 'none', clock: createRealClock() });
      const outcomes = await Promise.all(
        [0, 1, 2, 3].map((index) =>
          model.complete({ ...simRequest('sage-70b', { index }), model: 'openai/sage-70b' }),
        ),
      );
      const failures = outcomes.flatMap((outcome) => (outcome.kind === 'failed' ? [outcome.failure] : []));
      expect(failures).toHaveLength(1);
      expect(failures[0]).toMatchObject({ status: 429, code: 'rate-limited' });
      expect(failures[0]?.retryAfterMs).toBeGreaterThan(1_000);
    } finally {
      await server.close();
    }
  });
});
