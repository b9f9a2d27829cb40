import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/canonical-json.ts';
import type { Clock } from '../../src/core/clock.ts';
import { createRng } from '../../src/core/rng.ts';
import { modelsOf } from '../../src/domain/moa-config.ts';
import { abortedOutcome } from '../../src/models/abort.ts';
import type { ChatModel } from '../../src/models/chat-model.ts';
import type { RunEventOf } from '../../src/run/journal/events.ts';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import type { TuneSettings } from '../../src/run/types.ts';
import { strategyRecord } from '../../src/search/strategies.ts';
import { draftingDependencies, worldSettings, worldTaskOf } from './world.ts';

const task = worldTaskOf(24, 100);
const slow = 'sim/slow';
/** No call of it was ever answered sooner. */
const leastOfSlow = 4_000;
const seconds = 120;

/** One model is strong and takes 4 to 8 s, the others are middling and take a fifth of a second. */
function slowAndQuick(clock: Clock, inner: ChatModel): ChatModel {
  return {
    ...inner,
    async complete(request, options = {}) {
      const rng = createRng(sha256(request));
      const isSlow = request.model === slow;
      const serviceMs = isSlow ? leastOfSlow + Math.floor(4_000 * rng.next()) : 200;
      try {
        await clock.sleep(serviceMs, options.signal);
      } catch {
        return abortedOutcome();
      }
      const response = {
        text: rng.next() < (isSlow ? 0.95 : 0.7) ? 'yes' : 'no',
        finishReason: 'stop',
        usage: { inputTokens: 20, outputTokens: 5, estimated: false },
        serviceMs,
        firstTokenMs: serviceMs / 2,
        usd: isSlow ? 0.001 : 0.00001,
      } as const;
      return { kind: 'answered', response };
    },
  };
}

async function play(seed: number) {
  const base = draftingDependencies();
  const { create, schedule } = strategyRecord('auto');
  const settings: TuneSettings = {
    ...worldSettings,
    ...{ strategy: 'auto', schedule, seed, concurrency: 8, budget: { maxSeconds: seconds } },
    ...{ repeats: 2, finishRepeats: 2, holdoutRepeats: 1 },
  };
  const journal = createMemoryJournal();
  const model = slowAndQuick(base.clock, base.model);
  const front = await base.clock.run(() =>
    new TuningRun('slow', journal, settings, { ...base, model, task, createStrategy: create }).run(),
  );
  return { front, events: journal.written };
}

describe.each([1, 2])('a ceiling on time where one model takes 4 to 8 s, seed %i', (seed) => {
  it('leaves the end its share, measures quick points on the holdout, and sends nothing that is sure to be cut off', async () => {
    const { front, events } = await play(seed);
    expect(front.ended).toBe('time');
    const finish = events.find(
      (event): event is RunEventOf<'phase-started'> =>
        event.kind === 'phase-started' && event.phase === 'finish',
    );
    expect(finish?.at).toBeLessThan(0.8 * 1000 * seconds);
    const quick = front.front.filter(({ config }) => !modelsOf(config).includes(slow));
    expect(quick.length).toBeGreaterThan(0);
    expect(quick.map(({ holdoutCells }) => holdoutCells ?? 0)).toEqual(quick.map(() => 100));
    // About a sixth of the slots' time for each of whom the result is about.
    expect(front.headline?.cells).toBeGreaterThanOrEqual(10);
    const late = events.filter(
      (event) =>
        event.kind === 'call-dispatched' && event.model === slow && event.at > 1000 * seconds - leastOfSlow,
    );
    expect(late).toEqual([]);
  });
});
