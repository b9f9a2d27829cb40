import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import { type CallStore, createMemoryCallStore } from '../../src/models/call-store/stored-call.ts';
import type { ChatModel, ChatOutcome } from '../../src/models/chat-model.ts';
import { openDesk } from '../../src/run/calls/open-desk.ts';
import { answered } from '../models/conformance.ts';
import { ask, createScriptedModel, type ScriptedModel, type Step } from '../models/scripted-model.ts';
import { runs } from '../support/thorough.ts';

function deskOf(model: ChatModel, clock: VirtualClock, sharedAnswers: CallStore): ChatModel {
  const { signal } = new AbortController();
  return openDesk({ model, clock, sharedAnswers, signal, rng: createRng('desk'), retry: { tries: 1 } });
}

function setUp(script?: (call: number) => Step): {
  clock: VirtualClock;
  inner: ScriptedModel;
  store: CallStore;
  model: ChatModel;
} {
  const clock = new VirtualClock();
  const inner = createScriptedModel({
    clock,
    latencyMs: 100,
    ...(script === undefined ? {} : { script: (_request, call) => script(call) }),
  });
  const store = createMemoryCallStore();
  return { clock, inner, store, model: deskOf(inner, clock, store) };
}

const cachedOf = (outcomes: readonly ChatOutcome[]): boolean[] =>
  outcomes.map((outcome) => outcome.kind === 'answered' && outcome.cached === true);

describe('answers at a call desk', () => {
  it('gives an answer again as it was first taken, at once, in one piece, flagged', async () => {
    const { clock, inner, model } = setUp();
    await clock.run(async () => {
      const first = await model.complete(ask());
      const takenAt = clock.now();
      const pieces: string[] = [];
      const second = await model.complete(ask(), { onDelta: (text) => pieces.push(text) });
      expect(clock.now()).toBe(takenAt);
      expect(cachedOf([first, second])).toEqual([false, true]);
      expect(answered(second)).toEqual(answered(first));
      expect(answered(second).serviceMs).toBe(100);
      expect(pieces).toEqual([answered(first).text]);
    });
    expect(inner.calls).toHaveLength(1);
  });

  it('tells calls apart by all that decides an answer, and by nothing else', async () => {
    const { clock, inner, model } = setUp();
    const different = [
      ask('a'),
      ask('b'),
      ask('a', { model: 'test/other' }),
      ask('a', { temperature: 0 }),
      ask('a', { topP: 1 }),
      ask('a', { maxTokens: 9 }),
      ask('a', { sample: { repeat: 1, index: 0 } }),
      ask('a', { sample: { repeat: 0, index: 1 } }),
      ask('a', { messages: [{ role: 'system', content: 'a' }] }),
    ];
    await clock.run(async () => {
      for (const request of different) await model.complete(request);
      for (const request of different) await model.complete(request, { priority: 5, purpose: 'judge' });
    });
    expect(inner.calls).toHaveLength(different.length);
  });

  it('keeps answers of different revisions apart in one store', async () => {
    const { clock, inner, store, model } = setUp();
    const newer = deskOf({ ...inner, complete: inner.complete, revision: () => 'newer' }, clock, store);
    await clock.run(async () => {
      await model.complete(ask());
      expect(cachedOf([await newer.complete(ask())])).toEqual([false]);
    });
  });

  it('lets equal calls in flight share one, paid once', async () => {
    const { clock, inner, model } = setUp();
    const heard: string[][] = [[], [], []];
    const outcomes = await clock.run(() =>
      Promise.all(heard.map((pieces) => model.complete(ask(), { onDelta: (text) => pieces.push(text) }))),
    );
    expect(inner.calls).toHaveLength(1);
    expect(cachedOf(outcomes)).toEqual([false, true, true]);
    expect(heard.map((pieces) => pieces.length)).toEqual([2, 1, 1]);
    for (const pieces of heard) expect(pieces.join('')).toBe('echo hello #0.0');
  });

  it('does not keep failures for those who ask later', async () => {
    const { clock, inner, model } = setUp((call) => (call === 0 ? { failure: {} } : { text: 'fine' }));
    await clock.run(async () => {
      const both = await Promise.all([model.complete(ask()), model.complete(ask())]);
      for (const outcome of both) expect(outcome).toMatchObject({ failure: { code: 'server-error' } });
      expect(answered(await model.complete(ask(), { priority: 1 })).text).toBe('fine');
    });
    expect(inner.calls).toHaveLength(2);
  });

  it.each([
    { who: 'who began it', first: true },
    { who: 'who joined', first: false },
  ])('a shared call goes on when $who gives up, who is told at once', async ({ first }) => {
    const { clock, inner, model } = setUp();
    const controller = new AbortController();
    const heard: string[] = [];
    await clock.run(async () => {
      const leaving = { signal: controller.signal, onDelta: (text: string) => heard.push(text) };
      const calls = [
        model.complete(ask(), first ? leaving : {}),
        model.complete(ask(), first ? {} : leaving),
      ];
      await clock.sleep(20);
      controller.abort();
      expect(await calls[first ? 0 : 1]).toMatchObject({ failure: { cause: 'aborted' } });
      expect(clock.now()).toBe(20);
      expect(answered((await calls[first ? 1 : 0]) as ChatOutcome).serviceMs).toBe(100);
    });
    expect(heard).toEqual([]);
    expect(inner.calls).toHaveLength(1);
  });

  it('a call is cancelled when the last who wants it gives up; the next equal one starts afresh', async () => {
    const { clock, inner, model } = setUp();
    const controllers = [new AbortController(), new AbortController()];
    await clock.run(async () => {
      const calls = controllers.map(({ signal }) => model.complete(ask(), { signal }));
      await clock.sleep(20);
      controllers[0]?.abort();
      await clock.sleep(20);
      controllers[1]?.abort();
      const afresh = model.complete(ask());
      expect(await Promise.all(calls)).toMatchObject([
        { failure: { cause: 'aborted' } },
        { failure: { cause: 'aborted' } },
      ]);
      expect(clock.now()).toBe(40);
      expect(answered(await afresh).serviceMs).toBe(100);
    });
    expect(inner.calls).toHaveLength(2);
    expect(inner.calls[0]?.options.signal?.aborted).toBe(true);
  });

  it('a throw of the model reaches every caller and leaves nothing behind', async () => {
    const clock = new VirtualClock();
    const inner = createScriptedModel({ clock });
    let broken = true;
    const flaky: ChatModel = {
      revision: inner.revision,
      complete: (...asked) => (broken ? Promise.reject(new Error('a bug')) : inner.complete(...asked)),
    };
    const model = deskOf(flaky, clock, createMemoryCallStore());
    await clock.run(async () => {
      const results = await Promise.allSettled([model.complete(ask()), model.complete(ask())]);
      expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      broken = false;
      expect(answered(await model.complete(ask())).text).toContain('echo');
    });
  });

  it('a store that cannot be written costs no answer', async () => {
    const clock = new VirtualClock();
    const store: CallStore = {
      ...createMemoryCallStore(),
      put: () => {
        throw new Error('disk full');
      },
    };
    const model = deskOf(createScriptedModel({ clock }), clock, store);
    expect(answered(await clock.run(() => model.complete(ask()))).text).toContain('echo');
  });

  it('asks each distinct call once, whatever the order and overlap', async () => {
    const plan = fc.array(fc.record({ text: fc.nat(4), at: fc.nat(300) }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(plan, async (asked) => {
        const { clock, inner, model } = setUp();
        const outcomes = await clock.run(() =>
          Promise.all(
            asked.map(async ({ text, at }) => {
              await clock.sleep(at);
              return model.complete(ask(String(text)));
            }),
          ),
        );
        const distinct = new Set(asked.map(({ text }) => text)).size;
        expect(inner.calls).toHaveLength(distinct);
        expect(cachedOf(outcomes).filter((cached) => !cached)).toHaveLength(distinct);
      }),
      { numRuns: runs(50) },
    );
  });
});
