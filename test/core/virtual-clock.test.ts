import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';

/** Real work that ends when told to: a promise with its handle. */
function manualWork<Value>() {
  let finish: (value: Value) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const promise = new Promise<Value>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  return { promise, finish, fail };
}

const turnOfEventLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('VirtualClock', () => {
  it('jumps from alarm to alarm, hours in no time', async () => {
    const clock = new VirtualClock(500);
    const seen: number[] = [];
    await clock.run(async () => {
      seen.push(clock.now());
      await clock.sleep(8 * 3_600_000);
      seen.push(clock.now());
      await clock.sleep(0);
      seen.push(clock.now());
    });
    expect(seen).toEqual([500, 28_800_500, 28_800_500]);
  });

  it('fires by time, and equal times in the order of asking, for any sleeps', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 5 }), { size: 'max', maxLength: 40 }),
        async (durations) => {
          const clock = new VirtualClock();
          const fired: { index: number; at: number }[] = [];
          await clock.run(() =>
            Promise.all(
              durations.map(async (ms, index) => {
                await clock.sleep(ms);
                fired.push({ index, at: clock.now() });
              }),
            ),
          );
          const expected = durations
            .map((ms, index) => ({ index, at: ms }))
            .sort((a, b) => a.at - b.at || a.index - b.index);
          expect(fired).toEqual(expected);
        },
      ),
    );
  });

  it('lets all consequences of an alarm happen before the next one', async () => {
    const clock = new VirtualClock();
    const log: string[] = [];
    const worker = async (name: string): Promise<void> => {
      await clock.sleep(10);
      for (let step = 0; step < 5; step++) {
        await Promise.resolve();
        await new Promise<void>((resolve) => process.nextTick(resolve));
        log.push(`${name}${step}`);
      }
      await clock.sleep(1);
      log.push(`${name} at ${clock.now()}`);
    };
    await clock.run(() => Promise.all([worker('a'), worker('b')]));
    expect(log).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'b0', 'b1', 'b2', 'b3', 'b4', 'a at 11', 'b at 11']);
  });

  it('drops a cancelled sleep: it rejects with the reason and costs no time', async () => {
    const clock = new VirtualClock();
    const reason = new Error('stopped');
    const controller = new AbortController();
    const outcome = await clock.run(async () => {
      const long = clock.sleep(1000, controller.signal).catch((error: unknown) => error);
      await clock.sleep(5);
      controller.abort(reason);
      const found = await long;
      await clock.sleep(1);
      return { found, at: clock.now() };
    });
    expect(outcome).toEqual({ found: reason, at: 6 });
    await expect(clock.sleep(1, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('ignores an abort that comes after the alarm', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    await clock.run(async () => {
      await clock.sleep(5, controller.signal);
      controller.abort(new Error('too late'));
      await clock.sleep(5);
    });
    expect(clock.now()).toBe(10);
  });

  it('hands external work back in the order of starting, however it really ends', async () => {
    const clock = new VirtualClock();
    const works = [manualWork<string>(), manualWork<string>(), manualWork<string>()];
    const handedBack: string[] = [];
    const finished = clock.run(() =>
      Promise.all(
        works.map(async (work) => {
          handedBack.push(`${await clock.external(() => work.promise)} at ${clock.now()}`);
        }),
      ),
    );
    works[2]?.finish('third');
    await turnOfEventLoop();
    works[1]?.finish('second');
    await turnOfEventLoop();
    expect(handedBack).toEqual([]);
    works[0]?.finish('first');
    await finished;
    expect(handedBack).toEqual(['first at 0', 'second at 0', 'third at 0']);
  });

  it('hands external work of one instant back by its order, where one is given', async () => {
    const clock = new VirtualClock();
    const handedBack: number[] = [];
    await clock.run(() =>
      Promise.all(
        [3, 1, 2, 1].map(async (order, index) => {
          handedBack.push(await clock.external(async () => 10 * order + index, order));
        }),
      ),
    );
    expect(handedBack).toEqual([11, 13, 22, 30]);
  });

  it('gives turns by rank, after all else of the instant and before time goes on', async () => {
    const clock = new VirtualClock();
    const log: string[] = [];
    const note = (name: string) => (): number => log.push(`${name} at ${clock.now()}`);
    await clock.run(async () => {
      await clock.sleep(5);
      await Promise.all([
        clock.turn(2).then(note('second turn')),
        clock.sleep(1).then(note('later')),
        clock.turn(1).then(note('first turn')),
        clock
          .sleep(0)
          .then(() => clock.external(async () => undefined))
          .then(note('work')),
      ]);
    });
    expect(log).toEqual(['work at 5', 'first turn at 5', 'second turn at 5', 'later at 6']);
  });

  it('lets no simulated time pass while external work is under way', async () => {
    const clock = new VirtualClock();
    const work = manualWork<string>();
    const log: string[] = [];
    const finished = clock.run(() =>
      Promise.all([
        clock.external(() => work.promise).then((value) => log.push(`${value} at ${clock.now()}`)),
        clock.sleep(1).then(() => log.push(`slept at ${clock.now()}`)),
      ]),
    );
    for (let turn = 0; turn < 5; turn++) await turnOfEventLoop();
    expect(log).toEqual([]);
    work.finish('graded');
    await finished;
    expect(log).toEqual(['graded at 0', 'slept at 1']);
  });

  it('passes on the failure of external work, in its turn', async () => {
    const clock = new VirtualClock();
    const work = manualWork<string>();
    const failure = new Error('the sandbox broke');
    const finished = clock.run(async () => {
      const failed = clock.external(() => work.promise).catch((error: unknown) => error);
      const done = clock.external(async () => 'done');
      return [await failed, await done];
    });
    work.fail(failure);
    expect(await finished).toEqual([failure, 'done']);
  });

  it('says so when the program waits for something that can never come', async () => {
    const clock = new VirtualClock();
    await expect(clock.run(() => new Promise(() => undefined))).rejects.toThrow(/nothing left to wait for/);
    const stillUsable = clock.run(async () => clock.sleep(3).then(() => clock.now()));
    expect(await stillUsable).toBe(3);
  });

  it('rejects with what the program throws, refuses to run twice at once and to sleep backwards', async () => {
    const clock = new VirtualClock();
    const failure = new Error('program');
    await expect(clock.run(() => Promise.reject(failure))).rejects.toBe(failure);
    await clock.run(async () => {
      await expect(clock.run(async () => 1)).rejects.toThrow(/already running/);
      await expect(clock.sleep(-1)).rejects.toThrow(/>= 0, found -1/);
      await expect(clock.sleep(Number.NaN)).rejects.toThrow(RangeError);
    });
  });
});

describe('createRealClock', () => {
  const clock = createRealClock();
  it('never goes back, sleeps, and runs external work at once', async () => {
    const before = clock.now();
    await clock.sleep(1);
    expect(clock.now()).toBeGreaterThanOrEqual(before);
    expect(await clock.external(async () => 'value')).toBe('value');
  });

  it('rejects an aborted sleep with the reason', async () => {
    const reason = new Error('stopped');
    await expect(clock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const sleeping = clock.sleep(60_000, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
  });
});
