import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import { withCache } from '../../src/models/cache.ts';
import type { ChatModel, ChatOutcome } from '../../src/models/chat-model.ts';
import { type CallStore, createMemoryCallStore } from '../../src/models/stored-call.ts';
import { answered } from './conformance.ts';
import { ask, createScriptedModel, type ScriptedModel, type Step } from './scripted-model.ts';

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
  return { clock, inner, store, model: withCache(inner, store) };
}

const cachedOf = (outcomes: readonly ChatOutcome[]): boolean[] =>
  outcomes.map((outcome) => outcome.kind === 'answered' && outcome.cached === true);

describe('withCache', () => {
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
    const newer = withCache({ ...inner, complete: inner.complete, revision: () => 'newer' }, store);
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

  it('does not keep failures; a shared one is on the account of who began it', async () => {
    const usage = { inputTokens: 1, outputTokens: 1, estimated: false };
    const { clock, inner, model } = setUp((call) =>
      call === 0 ? { failure: { usage, usd: 1 } } : { text: 'fine' },
    );
    await clock.run(async () => {
      const [began, joined] = await Promise.all([model.complete(ask()), model.complete(ask())]);
      expect(began).toMatchObject({ failure: { usage, usd: 1 } });
      expect(joined).toMatchObject({ kind: 'failed', failure: { code: 'server-error' } });
      expect(joined).not.toHaveProperty('failure.usage');
      expect(joined).not.toHaveProperty('failure.usd');
      expect(answered(await model.complete(ask())).text).toBe('fine');
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

  it('a throw of the model or the store reaches every caller and leaves nothing behind', async () => {
    const clock = new VirtualClock();
    let full = true;
    const memory = createMemoryCallStore();
    const store: CallStore = {
      get: memory.get,
      put: (key, call) => {
        if (full) throw new Error('disk full');
        memory.put(key, call);
      },
    };
    const model = withCache(createScriptedModel({ clock }), store);
    await clock.run(async () => {
      const results = await Promise.allSettled([model.complete(ask()), model.complete(ask())]);
      expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      full = false;
      expect(answered(await model.complete(ask())).text).toContain('echo');
    });
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
      { numRuns: 50 },
    );
  });
});
