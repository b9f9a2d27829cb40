import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import type { Progress } from '../../src/domain/run-result.ts';
import type { RunEvent } from '../../src/run/journal/events.ts';
import { createMemoryJournal, type Journal } from '../../src/run/journal/journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import type { TuneSettings } from '../../src/run/types.ts';
import { sampled, thorough } from '../support/thorough.ts';
import {
  createExtendingStrategy,
  draftingDependencies,
  draftingSettings,
  extendingSettings,
  worldDependencies,
  worldSettings,
} from './world.ts';

async function runOn(
  journal: Journal,
  settings: TuneSettings,
  failureRate: number,
  prices = {},
): Promise<{ front: string; paid: number; shared: number }> {
  const plain =
    settings.reflection === undefined
      ? worldDependencies({ failureRate, prices })
      : draftingDependencies({ failureRate, prices });
  const dependencies =
    settings === extendingSettings ? { ...plain, createStrategy: createExtendingStrategy } : plain;
  let shared = 0;
  const onProgress = ({ cachedCalls }: Progress): void => {
    shared = cachedCalls;
  };
  const front = await dependencies.clock.run(() =>
    new TuningRun('test', journal, settings, { ...dependencies, onProgress }).run(),
  );
  return { front: JSON.stringify(front), paid: dependencies.model.paid, shared };
}

/** What a process that died after `count` events leaves behind. */
function killedAfter(
  count: number,
  events: readonly RunEvent[],
  answers: Journal,
): Journal & { written: readonly RunEvent[] } {
  const journal = createMemoryJournal(events.slice(0, count));
  return { ...journal, answer: (key) => journal.answer(key) ?? answers.answer(key) };
}

/** Random places to die at, and some of those where drafts are asked, written and become trials, and where an answer lets another call go. */
function killPoints(events: readonly RunEvent[]): number[] {
  const rng = createRng('kill-points');
  const anywhere = Array.from({ length: thorough ? 60 : 1 }, () => rng.integer(events.length));
  const drafts = events.flatMap(({ kind }, index) => (kind.startsWith('draft-') ? [index, index + 1] : []));
  const freed = events.flatMap(({ kind }, index) =>
    kind === 'call-dispatched' && events[index - 1]?.kind === 'call-answered' ? [index] : [],
  );
  return [
    ...anywhere,
    ...rng.shuffle(drafts).slice(0, thorough ? drafts.length : 1),
    ...rng.shuffle(freed).slice(0, thorough ? 60 : 2),
  ];
}

describe('resume', () => {
  const dear = { 'sim/slow': 1000, 'sim/odd': 5 };
  const drafting = thorough ? draftingSettings : { ...draftingSettings, budget: { maxEvaluations: 16 } };
  const worlds = [
    ['drafting', drafting, 0.2],
    ['drafting', drafting, 0],
    ['plain', worldSettings, 0],
    ['plain', worldSettings, 0.2],
    // Calls of the end come up against the ceiling, first of some configs, then of the others.
    ['short of money', { ...worldSettings, seed: 2, budget: { maxUsd: 3 } }, 0, dear],
    ['short of money', { ...worldSettings, seed: 3, budget: { maxUsd: 2 } }, 0.2, dear],
    ['short of money', { ...worldSettings, seed: 7, budget: { maxUsd: 3 } }, 0, dear],
    ['extending', extendingSettings, 0.2],
    ['extending', extendingSettings, 0],
  ] as const;
  for (const [world, settings, failureRate, prices] of sampled(worlds, 8)) {
    it(`reaches the same journal from any point of death (${world} world, failures ${failureRate})`, async () => {
      const whole = createMemoryJournal();
      const expected = await runOn(whole, settings, failureRate, prices);
      expect(whole.written.length).toBeGreaterThan(150);
      for (const count of killPoints(whole.written)) {
        const resumed = killedAfter(count, whole.written, whole);
        const result = await runOn(resumed, settings, failureRate, prices);
        const different = resumed.written.findIndex(
          (event, index) => JSON.stringify(event) !== JSON.stringify(whole.written[index]),
        );
        expect({ count, different, event: resumed.written[different] }).toEqual({
          count,
          different: -1,
          event: undefined,
        });
        expect(resumed.written.length).toBe(whole.written.length);
        expect(result.front).toBe(expected.front);
        expect(result.shared).toBe(expected.shared);
        const done = new Set(
          whole.written
            .slice(0, count)
            .flatMap((event) =>
              event.kind === 'call-answered' || event.kind === 'call-failed' ? [event.call] : [],
            ),
        );
        expect(result.paid).toBe(expected.paid - done.size);
      }
    }, 600_000);
  }
});
