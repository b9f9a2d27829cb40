import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/canonical-json.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import { callKey } from '../../src/models/call-key.ts';
import { createSimulatedModel, simulatedModels } from '../../src/sim/index.ts';
import { describeChatModel } from '../models/conformance.ts';
import { askSim, mean, noFaults, range, responsesOf, simRequest } from '../support/sim-asking.ts';
import { runs, sampled, thorough } from '../support/thorough.ts';

const names = simulatedModels.map((card) => card.name.replace('sim/', ''));

describeChatModel('simulated', () => {
  const clock = new VirtualClock();
  return {
    model: createSimulatedModel({ clock, seed: 1, faults: noFaults }),
    request: simRequest('sage-70b'),
    clock,
    run: (main) => clock.run(main),
    deterministic: true,
    slow: { request: simRequest('titan-400b'), abortAfterMs: 1500 },
    unknownModel: simRequest('nobody-9b'),
  };
});

describe('cards of the simulated models', () => {
  it('are at least eight, distinct in price and speed, and all marked as simulated', () => {
    expect(simulatedModels.length).toBeGreaterThanOrEqual(8);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(simulatedModels.map((card) => JSON.stringify(card.price))).size).toBe(names.length);
    expect(new Set(simulatedModels.map((card) => JSON.stringify(card.speed))).size).toBe(names.length);
    for (const card of simulatedModels) {
      expect(card.simulated).toBe(true);
      expect(card.name).toMatch(/^sim\/[a-z]+-\d+b$/);
      expect(card.description).toMatch(/^simulated: /);
    }
  });
});

describe('an answer is a pure function of request and seed', () => {
  const request = fc.record({
    model: fc.constantFrom(...names),
    system: fc.constantFrom(undefined, 'You are terse.', 'Guard against division by zero.'),
    temperature: fc.constantFrom(0, 0.4, 0.7, 1.2),
    index: fc.integer({ min: 0, max: 5 }),
  });

  it('whatever was asked before, beside or in which order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 2, maxLength: 6 }),
        fc.integer(),
        async (drawn, seed) => {
          const requests = drawn.map(({ model, system, ...rest }) =>
            simRequest(model, { ...rest, ...(system === undefined ? {} : { system }) }),
          );
          const together = await responsesOf(seed, requests);
          const reversed = (await responsesOf(seed, requests.toReversed())).toReversed();
          expect(reversed).toEqual(together);
        },
      ),
      { numRuns: runs(25) },
    );
  });

  it('does not depend on purpose, priority or streaming', async () => {
    const clock = new VirtualClock();
    const model = createSimulatedModel({ clock, seed: 4, faults: noFaults });
    const plain = await clock.run(() => model.complete(simRequest('heron-8b')));
    const dressed = await clock.run(() =>
      model.complete(simRequest('heron-8b'), { purpose: 'judge', priority: 9, onDelta: () => undefined }),
    );
    expect(dressed).toEqual(plain);
  });

  it('differs by sample, seed and settings', async () => {
    const base = simRequest('sage-70b');
    const texts = [
      ...(await responsesOf(1, [
        base,
        simRequest('sage-70b', { index: 1 }),
        { ...base, sample: { repeat: 1, index: 0 } },
      ])),
      ...(await responsesOf(2, [base])),
    ].map(({ text }) => text);
    expect(new Set(texts).size).toBe(4);
  });

  it('carries version and seed in its revision and its fingerprint', async () => {
    const model = createSimulatedModel({ clock: new VirtualClock(), seed: 7 });
    expect(model.revision('sim/sage-70b')).toBe('sim-v1#7');
    const [response] = await responsesOf(7, [simRequest('sage-70b')]);
    expect(response?.fingerprint).toBe('simulated-sim-v1#7');
  });

  // Cached calls are found by the revision: whoever changes these numbers must raise simulationVersion
  // once a version has been released. They must be the same on every Node and machine.
  it('has these very values on every machine', async () => {
    const content =
      'Write calculate_user_metrics(users, start_date, end_date). Handle missing keys. Code only.';
    const requests = names.flatMap((name) =>
      range(4).map((index) => simRequest(name, { index, messages: [{ role: 'user', content }] })),
    );
    const responses = await responsesOf(20_260, requests);
    expect(sha256(responses)).toBe('026bfed5fd72b7f2643c75c03a7564dde04c4a9b111d388fac8b578931a85ae6');
  });
});

describe('time passes as on a real endpoint', () => {
  it('service time is time to first token plus tokens at the speed on the card', async () => {
    for (const card of sampled(simulatedModels, 4)) {
      const name = card.name.replace('sim/', '');
      const responses = await responsesOf(
        3,
        range(thorough ? 40 : 20).map((index) => simRequest(name, { index })),
      );
      const first = mean(responses.map((response) => response.firstTokenMs ?? 0));
      const speeds = responses.map(
        ({ usage, serviceMs, firstTokenMs }) =>
          (usage.outputTokens / (serviceMs - (firstTokenMs ?? 0))) * 1000,
      );
      expect(first / (card.speed?.firstTokenMs ?? 0)).toBeGreaterThan(0.9);
      expect(first / (card.speed?.firstTokenMs ?? 0)).toBeLessThan(2.2);
      expect(mean(speeds) / (card.speed?.tokensPerSecond ?? 0)).toBeGreaterThan(0.9);
      expect(mean(speeds) / (card.speed?.tokensPerSecond ?? 0)).toBeLessThan(1.1);
    }
  });

  it('the clock has moved by the service time, streamed or not', async () => {
    for (const onDelta of [undefined, () => undefined]) {
      const clock = new VirtualClock();
      const model = createSimulatedModel({ clock, seed: 1, faults: noFaults });
      const outcome = await clock.run(() =>
        model.complete(simRequest('titan-400b'), onDelta === undefined ? {} : { onDelta }),
      );
      expect(outcome.kind === 'answered' && outcome.response.serviceMs).toBeCloseTo(clock.now(), 6);
    }
  });

  it('pieces arrive over the time between first and last token', async () => {
    const clock = new VirtualClock();
    const model = createSimulatedModel({ clock, seed: 1, faults: noFaults });
    const times: number[] = [];
    const outcome = await clock.run(() =>
      model.complete(simRequest('titan-400b'), { onDelta: () => times.push(clock.now()) }),
    );
    if (outcome.kind !== 'answered') throw new Error('expected an answer');
    expect(times.length).toBeGreaterThan(5);
    expect(times[0]).toBe(outcome.response.firstTokenMs);
    expect(times.at(-1)).toBeCloseTo(outcome.response.serviceMs, 6);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('price follows the card', async () => {
    const [response] = await responsesOf(1, [simRequest('titan-400b')]);
    const { inputTokens = 0, outputTokens = 0 } = response?.usage ?? {};
    expect(response?.usd).toBeCloseTo((inputTokens * 3 + outputTokens * 15) / 1e6, 12);
  });
});

describe('limits', () => {
  it('cuts an answer off at maxTokens and says so', async () => {
    const [whole] = await responsesOf(1, [simRequest('sage-70b')]);
    const outputs = await responsesOf(
      1,
      range(20).map((index) => simRequest('sage-70b', { maxTokens: 60, index })),
    );
    expect(whole?.finishReason).toBe('stop');
    for (const response of outputs) {
      expect(response.finishReason).toBe('length');
      expect(response.usage.outputTokens).toBe(60);
      expect(response.text.length).toBe(240);
    }
  });

  it('refuses a context that does not fit, as the config’s own doing', async () => {
    const long = simRequest('wisp-1b', { messages: [{ role: 'user', content: 'word '.repeat(8000) }] });
    expect(await askSim(1, [long])).toMatchObject([
      { kind: 'failed', failure: { cause: 'context-overflow', retryable: false } },
    ]);
  });
});

describe('faults', () => {
  const many = (count: number): ReturnType<typeof simRequest>[] =>
    range(count).map((index) =>
      simRequest('wisp-1b', { index, messages: [{ role: 'user', content: 'hello' }] }),
    );

  it('come at the rates asked for', async () => {
    const calls = thorough ? 4000 : 1000;
    const outcomes = await askSim(5, many(calls), { refused: 0.05, infrastructure: 0.1 });
    const share = (cause: string): number =>
      outcomes.filter((outcome) => outcome.kind === 'failed' && outcome.failure.cause === cause).length /
      calls;
    // Four standard errors of a share of so many.
    expect(Math.abs(share('infrastructure') - 0.1)).toBeLessThan(4 * Math.sqrt((0.1 * 0.9) / calls));
    expect(Math.abs(share('refused') - 0.05 * 0.9)).toBeLessThan(4 * Math.sqrt((0.045 * 0.955) / calls));
  });

  it.skipIf(!thorough)('are rare by default', async () => {
    const clock = new VirtualClock();
    const model = createSimulatedModel({ clock, seed: 6 });
    const count = 4000;
    const outcomes = await clock.run(() =>
      Promise.all(many(count).map((request) => model.complete(request))),
    );
    const failed = outcomes.filter((outcome) => outcome.kind === 'failed').length;
    expect(failed / count).toBeGreaterThan(0.002);
    expect(failed / count).toBeLessThan(0.015);
  });

  it('let a retry succeed with the answer that would have come, and refuse again what was refused', async () => {
    const clock = new VirtualClock();
    const model = createSimulatedModel({ clock, seed: 5, faults: { refused: 0.2, infrastructure: 0.5 } });
    const calm = createSimulatedModel({ clock, seed: 5, faults: noFaults });
    for (const request of many(thorough ? 40 : 10)) {
      const tries = [];
      for (let attempt = 0; attempt < 30; attempt++)
        tries.push(await clock.run(() => model.complete(request)));
      const settled = tries.filter(
        (outcome) => outcome.kind === 'answered' || outcome.failure.cause === 'refused',
      );
      expect(settled.length).toBeGreaterThan(0);
      expect(new Set(settled.map((outcome) => sha256(outcome))).size).toBe(1);
      const first = settled[0];
      if (first?.kind === 'answered') expect(first).toEqual(await clock.run(() => calm.complete(request)));
    }
  });

  it('are the same in two instances that see the same attempts', async () => {
    const rates = { refused: 0.1, infrastructure: 0.3 };
    expect(await askSim(9, many(200), rates)).toEqual(await askSim(9, many(200), rates));
  });

  it('rejects rates that are none', () => {
    const clock = new VirtualClock();
    expect(() => createSimulatedModel({ clock, seed: 1, faults: { refused: 1.5 } })).toThrow(
      /faults\.refused: expected a rate in 0\.\.1, found 1\.5/,
    );
  });
});

describe('questions that no subject knows', () => {
  const ask = async (content: string): Promise<string> => {
    const [response] = await responsesOf(1, [
      simRequest('heron-8b', { messages: [{ role: 'user', content }] }),
    ]);
    return response?.text ?? '';
  };

  it('are answered in the form asked for, by a guess', async () => {
    expect(await ask('Which is right?\nA) red\nB) green\nC) blue')).toMatch(/^[ABC]$/);
    expect(['billing', 'refund', 'other']).toContain(await ask('Intent?\nLabels: billing, refund, other'));
    expect(await ask('How many apples are 3 and 4 apples?')).toMatch(/^The answer is \d+\.$/);
    expect(await ask('Tell me of the sea.')).not.toBe('');
  });

  it('are not all guessed alike', async () => {
    const responses = await responsesOf(
      1,
      range(30).map((index) =>
        simRequest('heron-8b', { index, messages: [{ role: 'user', content: 'Pick.\nLabels: a1, b2, c3' }] }),
      ),
    );
    expect(new Set(responses.map(({ text }) => text)).size).toBe(3);
  });

  it('keys differ by seed, so that worlds never share cached calls', () => {
    const clock = new VirtualClock();
    const request = simRequest('sage-70b');
    expect(callKey(request, createSimulatedModel({ clock, seed: 1 }))).not.toBe(
      callKey(request, createSimulatedModel({ clock, seed: 2 })),
    );
  });
});
