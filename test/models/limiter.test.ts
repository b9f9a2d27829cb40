import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { ChatModel, ChatOutcome } from '../../src/models/chat-model.ts';
import { CallLimiter } from '../../src/models/limits/limiter.ts';
import { runs } from '../support/thorough.ts';
import { ask, createScriptedModel } from './scripted-model.ts';

function setUp(concurrency: number, latencyMs: (text: string) => number = () => 10) {
  const clock = new VirtualClock();
  const inner = createScriptedModel({
    clock,
    latencyMs: (request) => latencyMs(request.messages[0]?.content ?? ''),
  });
  const limiter = new CallLimiter({ concurrency });
  const order = (): string[] => inner.calls.map(({ request }) => request.messages[0]?.content ?? '');
  return { clock, inner, limiter, model: limiter.wrap(inner), order };
}

describe('CallLimiter', () => {
  it.each([0, -1, 1.5, Number.NaN])('refuses a concurrency of %s', (concurrency) => {
    expect(() => new CallLimiter({ concurrency })).toThrow(/whole number >= 1/);
  });

  it('keeps to the limit, uses all of it, and wastes no time', async () => {
    const calls = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(calls, fc.integer({ min: 1, max: 5 }), async (latencies, concurrency) => {
        const { clock, inner, model } = setUp(concurrency, Number);
        await clock.run(() => Promise.all(latencies.map((ms) => model.complete(ask(String(ms))))));
        expect(inner.mostRunning()).toBe(Math.min(concurrency, latencies.length));
        // Starting in order on whichever slot is free first: the schedule of a greedy list.
        const slots = Array.from({ length: concurrency }, () => 0);
        for (const ms of latencies) {
          const free = slots.indexOf(Math.min(...slots));
          slots[free] = (slots[free] ?? 0) + ms;
        }
        expect(clock.now()).toBeCloseTo(Math.max(...slots), 6);
      }),
      { numRuns: runs(50) },
    );
  });

  it('lets smaller priority numbers go first, equal ones in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 30 }), async (priorities) => {
        const { clock, model, order } = setUp(1);
        await clock.run(() =>
          Promise.all([
            model.complete(ask('first')),
            ...priorities.map((priority, index) => model.complete(ask(`${index}`), { priority })),
          ]),
        );
        const expected = [...priorities.keys()].sort(
          (a, b) => (priorities[a] ?? 0) - (priorities[b] ?? 0) || a - b,
        );
        expect(order()).toEqual(['first', ...expected.map(String)]);
      }),
      { numRuns: runs(50) },
    );
  });

  it('is one limit for all models under it, and changes nothing of the outcome', async () => {
    const { clock, inner, limiter, model } = setUp(2);
    const other = limiter.wrap(inner);
    const outcomes = await clock.run(() =>
      Promise.all([0, 1, 2, 3].map((n) => (n % 2 === 0 ? model : other).complete(ask(String(n))))),
    );
    expect(inner.mostRunning()).toBe(2);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ response: { serviceMs: 10 } });
  });

  it('takes a call that is aborted while it waits out of the queue', async () => {
    const { clock, inner, limiter, model, order } = setUp(1);
    const controller = new AbortController();
    const outcomes = await clock.run(async () => {
      const calls = [
        model.complete(ask('running')),
        model.complete(ask('given up'), { signal: controller.signal }),
        model.complete(ask('next')),
      ];
      await clock.sleep(5);
      expect(limiter.waiting).toBe(2);
      controller.abort();
      expect(await calls[1]).toMatchObject({ failure: { cause: 'aborted', serviceMs: 0 } });
      expect(limiter.waiting).toBe(1);
      return Promise.all(calls);
    });
    expect(order()).toEqual(['running', 'next']);
    expect(inner.mostRunning()).toBe(1);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['answered', 'failed', 'answered']);
  });

  it('holds the slot of an aborted call until that call has really ended', async () => {
    const clock = new VirtualClock();
    const started: number[] = [];
    const stubborn: ChatModel = {
      revision: () => '',
      async complete(): Promise<ChatOutcome> {
        started.push(clock.now());
        await clock.sleep(100);
        return {
          kind: 'failed',
          failure: { cause: 'aborted', code: 'aborted', message: '', retryable: false, serviceMs: 100 },
        };
      },
    };
    const model = new CallLimiter({ concurrency: 1 }).wrap(stubborn);
    const controller = new AbortController();
    await clock.run(async () => {
      const calls = [model.complete(ask(), { signal: controller.signal }), model.complete(ask())];
      await clock.sleep(10);
      controller.abort();
      await Promise.all(calls);
    });
    expect(started).toEqual([0, 100]);
  });

  it('ends all waiting when its own signal aborts, and leaves calls under way to theirs', async () => {
    const { clock, inner } = setUp(1);
    const all = new AbortController();
    const limiter = new CallLimiter({ concurrency: 1, signal: all.signal });
    const model = limiter.wrap(inner);
    const outcomes = await clock.run(async () => {
      const { signal } = new AbortController();
      const calls = [
        model.complete(ask()),
        model.complete(ask(), { signal: all.signal }),
        model.complete(ask(), { signal }),
      ];
      await clock.sleep(1);
      all.abort();
      expect(limiter.waiting).toBe(0);
      return Promise.all(calls);
    });
    expect(outcomes.map(({ kind }) => kind)).toEqual(['answered', 'failed', 'failed']);
    expect(inner.calls).toHaveLength(1);
  });

  it('frees the slot of a call that throws, and passes the throw on', async () => {
    const broken: ChatModel = {
      revision: () => '',
      complete: () => Promise.reject(new Error('a bug')),
    };
    const limiter = new CallLimiter({ concurrency: 1 });
    const signal = new AbortController().signal;
    await expect(limiter.wrap(broken).complete(ask())).rejects.toThrow('a bug');
    await expect(limiter.wrap(broken).complete(ask(), { signal })).rejects.toThrow('a bug');
    expect([limiter.running, limiter.waiting]).toEqual([0, 0]);
  });

  it('starts nothing while paused, tells its load, and goes on when resumed', async () => {
    const { clock, limiter, model, order } = setUp(2);
    const loads: string[] = [];
    const stop = limiter.onChange(({ running, waiting }) => loads.push(`${running}/${waiting}`));
    await clock.run(async () => {
      limiter.pause();
      const calls = ['a', 'b', 'c'].map((text) => model.complete(ask(text)));
      await clock.sleep(100);
      expect(order()).toEqual([]);
      expect(loads.at(-1)).toBe('0/3');
      limiter.resume();
      await Promise.all(calls);
    });
    expect(order()).toEqual(['a', 'b', 'c']);
    expect(loads).toContain('2/1');
    expect(loads.at(-1)).toBe('0/0');
    stop();
    const told = loads.length;
    await clock.run(() => model.complete(ask('d')));
    expect(loads).toHaveLength(told);
  });
});
