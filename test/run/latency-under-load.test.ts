import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import { openDesk } from '../../src/run/calls/open-desk.ts';
import { runCell } from '../../src/run/cells/cell-runner.ts';
import { createSimulatedModel } from '../../src/sim/index.ts';
import { fusedConfig, singleConfig } from '../support/front-sample.ts';
import { thorough } from '../support/thorough.ts';
import { worldTask, yesGrader } from './world.ts';

const questions = Array.from({ length: thorough ? 16 : 8 }, (_, id) => `q${id}`);
const task = {
  ...worldTask,
  tuning: questions.map((id) => ({ id, input: `Which of ${id} and its square is larger, and why?` })),
};
const mixture = fusedConfig(['sim/finch-3b', 'sim/otter-32b'], 'sim/otter-32b');
const background = singleConfig('sim/gale-109b');

interface World {
  readonly seed: number;
  /** Share of a call's time that each further one adds. */
  readonly growth: number;
  readonly slots: number;
}

/** Mean latencies of a config, measured and told, with few calls beside it, many, and fewer again. */
async function measureThrice({ seed, growth, slots }: World) {
  const clock = new VirtualClock();
  const model = createSimulatedModel({ clock, seed, load: { growth } });
  const controller = new AbortController();
  const { signal } = controller;
  const rng = createRng(seed);
  const desk = openDesk({ model, clock, rng, signal, concurrency: slots, lookAround: true });
  let asked = 0;
  const cell = async (config: typeof mixture, instance: string, repeat: number) => {
    const of = { split: 'tuning', instance, repeat } as const;
    const places = { task, grader: yesGrader, model: desk, clock, signal, loads: desk };
    const outcome = await runCell(config, of, asked++, { ...places, extractAnswer: (text) => text });
    if (outcome.kind !== 'done') throw new Error('nothing ends it');
    return outcome.result;
  };
  const beside = async (calls: number, work: () => Promise<void>): Promise<void> => {
    let isOver = false;
    const keepBusy = async (slot: number): Promise<void> => {
      for (let repeat = 0; !isOver; repeat++)
        await cell(background, questions[slot % questions.length] ?? '', asked + repeat);
    };
    const busy = Array.from({ length: calls }, (_, slot) => keepBusy(slot));
    await work();
    isOver = true;
    await Promise.all(busy);
  };
  return clock.run(async () => {
    const phases: Awaited<ReturnType<typeof cell>>[][] = [];
    for (const [repeat, calls] of [0, slots - 4, 12].entries()) {
      const results: Awaited<ReturnType<typeof cell>>[] = [];
      await beside(calls, async () => {
        for (const instance of questions) results.push(await cell(mixture, instance, repeat));
      });
      phases.push(results);
    }
    desk.loads.refit();
    const mean = (values: readonly (number | null)[]): number =>
      values.reduce<number>((sum, value) => sum + (value ?? Number.NaN), 0) / values.length;
    return {
      measured: phases.map((results) => mean(results.map(({ measurement }) => measurement.latency))),
      told: phases.map((results) => mean(results.map((result) => desk.loads.measured(result).latency))),
    };
  });
}

describe('a cell of a config from outside, whose agents name no limit of tokens', () => {
  it('knows of each call when its answer was complete', async () => {
    const clock = new VirtualClock();
    const { signal } = new AbortController();
    const model = createSimulatedModel({ clock, seed: 1, load: { growth: 0.1 } });
    const desk = openDesk({ model, clock, rng: createRng(1), signal, concurrency: 4, lookAround: true });
    const of = { split: 'tuning', instance: 'q1', repeat: 0 } as const;
    const places = { task, grader: yesGrader, model: desk, clock, signal, loads: desk };
    const outcome = await clock.run(() =>
      runCell(mixture, of, 0, { ...places, extractAnswer: (text) => text }),
    );
    const path = outcome.kind === 'done' ? (outcome.result.path ?? []) : [];
    expect(path).toHaveLength(2);
    for (const { until } of path) expect(until).toBeGreaterThan(0);
  });
});

const apart = (values: readonly number[]): number => Math.max(...values) / Math.min(...values);

describe('a config measured at the start, in the middle and at the end', () => {
  const worlds = [
    { seed: 4, growth: 0.1, slots: 32, within: 1.15 },
    { seed: 1, growth: 0.03, slots: 64, within: 1.4 },
    { seed: 2, growth: 0.03, slots: 64, within: 1.15 },
    { seed: 3, growth: 0.01, slots: 64, within: 1.15 },
    { seed: 5, growth: 0.02, slots: 128, within: 1.15 },
  ];
  it.skipIf(!thorough).each(worlds)(
    'has told latencies within $within times: $seed, $growth, $slots',
    async (world) => {
      const { measured, told } = await measureThrice(world);
      expect(apart(measured)).toBeGreaterThan(1.4);
      expect(apart(told)).toBeLessThan(world.within);
      // One user would see what was measured at the start, when nothing was beside it.
      // The level is less sure than what configs differ by.
      expect(Math.abs((told[0] ?? 0) / (measured[0] ?? 1) - 1)).toBeLessThan(0.3);
    },
  );
});
