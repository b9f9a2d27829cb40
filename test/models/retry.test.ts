import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { CallOptions, ChatOutcome, ChatRequest } from '../../src/models/chat-model.ts';
import { type RetryEvent, type RetryOptions, withRetry } from '../../src/models/retry.ts';
import { answered } from './conformance.ts';
import { ask, createScriptedModel, type ScriptedModel, type Step } from './scripted-model.ts';

const down: Step = { failure: { code: 'server-error' } };
const up: Step = { text: 'at last' };

async function attempt(
  steps: readonly Step[],
  options: Partial<RetryOptions> = {},
  callOptions: CallOptions = {},
  request: ChatRequest = ask(),
): Promise<{ outcome: ChatOutcome; inner: ScriptedModel; clock: VirtualClock; events: RetryEvent[] }> {
  const clock = new VirtualClock();
  const inner = createScriptedModel({ clock, script: (_request, call) => steps[call] ?? up });
  const events: RetryEvent[] = [];
  const model = withRetry(inner, {
    clock,
    rng: createRng('test'),
    onRetry: (event) => events.push(event),
    ...options,
  });
  const outcome = await clock.run(() => model.complete(request, callOptions));
  return { outcome, inner, clock, events };
}

describe('withRetry', () => {
  it('answers after failures that pass, with the last try as its own service time', async () => {
    const { outcome, inner, clock } = await attempt([down, down]);
    expect(answered(outcome)).toMatchObject({ text: 'at last', serviceMs: 10 });
    expect(inner.calls.map(({ options }) => options.attempt)).toEqual([undefined, 1, 2]);
    expect(clock.now()).toBeGreaterThan(30);
  });

  it.each([1, 2, 5])('gives up after %i tries with the last failure', async (attempts) => {
    const { outcome, inner } = await attempt(Array(9).fill(down), { attempts });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'server-error' } });
    expect(inner.calls).toHaveLength(attempts);
  });

  it.each(['aborted', 'refused', 'context-overflow', 'rejected'] as const)(
    'does not try again what was %s',
    async (cause) => {
      const { outcome, inner } = await attempt([{ failure: { cause, retryable: false } }]);
      expect(outcome).toMatchObject({ failure: { cause } });
      expect(inner.calls).toHaveLength(1);
    },
  );

  it('waits within the doubling limit, and never less than it was asked to', async () => {
    const asked = fc.option(fc.integer({ min: 0, max: 60_000 }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(fc.array(asked, { minLength: 4, maxLength: 4 }), fc.string(), async (waits, text) => {
        const steps = waits.map(
          (wait): Step => ({ failure: wait === undefined ? {} : { retryAfterMs: wait } }),
        );
        const { events, clock } = await attempt(
          steps,
          { policy: { baseMs: 100, capMs: 250 } },
          {},
          ask(text),
        );
        for (const [index, { delayMs }] of events.entries()) {
          const least = waits[index] ?? 0;
          expect(delayMs).toBeGreaterThanOrEqual(least);
          expect(delayMs).toBeLessThanOrEqual(least + Math.min(250, 100 * 2 ** index));
        }
        expect(clock.now()).toBeCloseTo(50 + events.reduce((sum, { delayMs }) => sum + delayMs, 0), 6);
      }),
      { numRuns: 30 },
    );
  });

  it('does not wait for a server that wants hours', async () => {
    const { outcome, clock } = await attempt([{ failure: { retryAfterMs: 7_200_000 } }]);
    expect(outcome).toMatchObject({ failure: { retryAfterMs: 7_200_000 } });
    expect(clock.now()).toBe(10);
  });

  it('draws the same jitter for the same call in whatever company, and another for another', async () => {
    const delays = async (text: string, company: number): Promise<number[]> => {
      const clock = new VirtualClock();
      const inner = createScriptedModel({ clock, script: () => down });
      const events: RetryEvent[] = [];
      const model = withRetry(inner, {
        clock,
        rng: createRng(1),
        attempts: 3,
        onRetry: (e) => events.push(e),
      });
      await clock.run(() =>
        Promise.all([...Array(company).keys(), text].map((content) => model.complete(ask(String(content))))),
      );
      return events
        .filter(({ request }) => request.messages[0]?.content === text)
        .map(({ delayMs }) => delayMs);
    };
    expect(await delays('mine', 0)).toEqual(await delays('mine', 5));
    expect(await delays('mine', 0)).not.toEqual(await delays('yours', 0));
  });

  it('an abort during the wait ends it at once, keeping what the failed try cost', async () => {
    const clock = new VirtualClock();
    const usage = { inputTokens: 1, outputTokens: 2, estimated: true };
    const inner = createScriptedModel({
      clock,
      script: () => ({ failure: { retryAfterMs: 5000, usage, usd: null } }),
    });
    const model = withRetry(inner, { clock, rng: createRng(1) });
    const controller = new AbortController();
    const outcome = await clock.run(async () => {
      const call = model.complete(ask(), { signal: controller.signal });
      await clock.sleep(1000);
      controller.abort();
      return call;
    });
    expect(outcome).toMatchObject({ failure: { cause: 'aborted', usage, usd: null } });
    expect(clock.now()).toBe(1000);
  });

  it.each<[string, readonly Step[], boolean, readonly string[]]>([
    ['streams a first try as it comes', [], false, ['at ', 'last']],
    [
      'voids the pieces of a broken try',
      [{ failure: {}, streamedBefore: 'at fir' }],
      true,
      ['at fir', '<restart>', 'at ', 'last'],
    ],
    ['voids nothing where nothing came', [down], true, ['at ', 'last']],
    [
      'continues pieces the new answer begins with',
      [{ failure: {}, streamedBefore: 'at ' }],
      false,
      ['at ', 'last'],
    ],
    [
      'gives the new answer whole otherwise',
      [{ failure: {}, streamedBefore: 'no' }],
      false,
      ['no', 'at last'],
    ],
    [
      'voids every broken try',
      [
        { failure: {}, streamedBefore: 'a' },
        { failure: {}, streamedBefore: 'b' },
      ],
      true,
      ['a', '<restart>', 'b', '<restart>', 'at ', 'last'],
    ],
  ])('%s', async (_name, broken, voids, expected) => {
    const heard: string[] = [];
    const steps = [...broken, { text: 'at last', pieces: ['at ', 'last'] }];
    await attempt(
      steps,
      {},
      {
        onDelta: (text) => heard.push(text),
        ...(voids ? { onRestart: () => heard.push('<restart>') } : {}),
      },
    );
    expect(heard).toEqual(expected);
  });

  it('counts on from the tries its caller has made, and starts later tries from the beginning', async () => {
    const { inner } = await attempt([down], {}, { attempt: 3, elapsedMs: 7 });
    expect(inner.calls.map(({ options }) => [options.attempt, options.elapsedMs])).toEqual([
      [3, 7],
      [4, undefined],
    ]);
  });

  it('refuses to make no try at all', () => {
    const clock = new VirtualClock();
    expect(() =>
      withRetry(createScriptedModel({ clock }), { clock, rng: createRng(1), attempts: 0 }),
    ).toThrow(RangeError);
  });
});
