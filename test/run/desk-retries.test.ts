import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { CallOptions, ChatOutcome, ChatRequest } from '../../src/models/chat-model.ts';
import type { RetryPolicy } from '../../src/models/limits/retry-policy.ts';
import { callersPolicy, openDesk } from '../../src/run/calls/open-desk.ts';
import { answered } from '../models/conformance.ts';
import { ask, createScriptedModel, type ScriptedModel, type Step } from '../models/scripted-model.ts';
import { runs } from '../support/thorough.ts';

const down: Step = { failure: { code: 'server-error' } };
const up: Step = { text: 'at last' };

async function attempt(
  steps: readonly Step[],
  retry: Partial<RetryPolicy> = {},
  callOptions: CallOptions = {},
  request: ChatRequest = ask(),
): Promise<{ outcome: ChatOutcome; inner: ScriptedModel; clock: VirtualClock; notices: string[] }> {
  const clock = new VirtualClock();
  const inner = createScriptedModel({ clock, script: (_request, call) => steps[call] ?? up });
  const notices: string[] = [];
  const model = openDesk({
    ...{ model: inner, clock, rng: createRng('test'), signal: new AbortController().signal },
    retry: { ...callersPolicy, ...retry },
    onNotice: (notice) => notices.push(notice),
  });
  const outcome = await clock.run(() => model.complete(request, callOptions));
  return { outcome, inner, clock, notices };
}

describe('tries of a call at a desk', () => {
  it('answers after failures that pass, with the last try as its own service time', async () => {
    const { outcome, inner, clock } = await attempt([down, down]);
    expect(answered(outcome)).toMatchObject({ text: 'at last', serviceMs: 10 });
    expect(inner.calls.map(({ options }) => options.attempt)).toEqual([0, 1, 2]);
    expect(clock.now()).toBeGreaterThan(30);
  });

  it.each([1, 2, 5])('gives up after %i tries with the last failure', async (tries) => {
    const { outcome, inner } = await attempt(Array(9).fill(down), { tries });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'server-error' } });
    expect(inner.calls).toHaveLength(tries);
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
    // Four of the longest are less than the three minutes after which a server that never answered is given up.
    const asked = fc.option(fc.integer({ min: 0, max: 40_000 }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(fc.array(asked, { minLength: 4, maxLength: 4 }), fc.string(), async (waits, text) => {
        const steps = waits.map(
          (wait): Step => ({ failure: wait === undefined ? {} : { retryAfterMs: wait } }),
        );
        const { inner } = await attempt(steps, { baseMs: 100, capMs: 250 }, {}, ask(text));
        expect(inner.calls).toHaveLength(5);
        for (const [index, call] of inner.calls.slice(0, 4).entries()) {
          const waited = (inner.calls[index + 1]?.at ?? 0) - (call.at + 10);
          const least = waits[index] ?? 0;
          expect(waited).toBeGreaterThanOrEqual(least);
          // Whole milliseconds.
          expect(waited).toBeLessThanOrEqual(least + 1 + Math.min(250, 100 * 2 ** index));
        }
      }),
      { numRuns: runs(30) },
    );
  });

  it('does not wait for a server that wants hours', async () => {
    const { outcome, clock } = await attempt([{ failure: { retryAfterMs: 7_200_000 } }]);
    expect(outcome).toMatchObject({ failure: { retryAfterMs: 7_200_000 } });
    expect(clock.now()).toBe(10);
  });

  it('says why it waits for long', async () => {
    const { notices } = await attempt([{ failure: { retryAfterMs: 30_000, message: 'come back later' } }]);
    expect(notices).toEqual([expect.stringMatching(/^test\/model: waiting 3\d s: come back later$/)]);
  });

  it('draws the same jitter for the same call in whatever company, and another for another', async () => {
    const times = async (text: string, company: number): Promise<number[]> => {
      const clock = new VirtualClock();
      const inner = createScriptedModel({ clock, script: () => down });
      const model = openDesk({
        ...{ model: inner, clock, rng: createRng(1), signal: new AbortController().signal },
        retry: { tries: 3 },
      });
      await clock.run(() =>
        Promise.all([...Array(company).keys(), text].map((content) => model.complete(ask(String(content))))),
      );
      return inner.calls.filter(({ request }) => request.messages[0]?.content === text).map(({ at }) => at);
    };
    expect(await times('mine', 0)).toEqual(await times('mine', 2));
    expect(await times('mine', 0)).not.toEqual(await times('yours', 0));
  });

  it('an abort during the wait ends it at once', async () => {
    const clock = new VirtualClock();
    const inner = createScriptedModel({ clock, script: () => ({ failure: { retryAfterMs: 5000 } }) });
    const model = openDesk({
      ...{ model: inner, clock, rng: createRng(1), signal: new AbortController().signal },
    });
    const controller = new AbortController();
    const outcome = await clock.run(async () => {
      const call = model.complete(ask(), { signal: controller.signal });
      await clock.sleep(1000);
      controller.abort();
      return call;
    });
    expect(outcome).toMatchObject({ failure: { cause: 'aborted' } });
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
});
