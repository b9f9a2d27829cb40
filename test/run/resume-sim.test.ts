import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../../src/core/result.ts';
import { createRng } from '../../src/core/rng.ts';
import { parseYaml } from '../../src/core/yaml.ts';
import type { Task } from '../../src/domain/task.ts';
import type { Grader } from '../../src/grading/grader.ts';
import { createMemoryJournal, type Journal } from '../../src/run/journal/journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import type { TuneSettings } from '../../src/run/types.ts';
import { parseSearchSpace, settleSpace } from '../../src/search/space-file.ts';
import { createStrategy } from '../../src/search/strategies.ts';
import { createSimulatedModel, type ServerLoadOptions, simulatedModels } from '../../src/sim/index.ts';
import { sampled, thorough } from '../support/thorough.ts';
import { worldDependencies, worldSettings, worldTask } from './world.ts';

const question = 'Write the Python function calculate_user_metrics(users, start_date, end_date).';
const instance = { id: 'challenge', input: question };
const task: Task = { ...worldTask, tuning: [instance], holdout: [instance], answer: 'code' };

/** Cheap and deterministic: what share of these the code has. The sandboxed grader is tested elsewhere. */
const careGrader: Grader = {
  name: 'care',
  revision: '1',
  grade: ({ answer }) => {
    const wanted = ['.get(', 'if not', 'reverse=True', '[:5]', 'try:', 'max('];
    const value = wanted.filter((part) => answer.includes(part)).length / wanted.length;
    return Promise.resolve({ kind: 'scored', value });
  },
};

const file = new URL('../../search-spaces/code-challenge.yaml', import.meta.url);
const space = settleSpace(
  unwrap(parseSearchSpace(unwrap(parseYaml(readFileSync(file, 'utf8'), 'space')).value, 'space')),
  simulatedModels.map((card) => card.name),
);

const settings: TuneSettings = {
  ...worldSettings,
  strategy: 'evolution',
  repeats: 2,
  finishRepeats: 3,
  holdoutRepeats: 2,
  headlineRepeats: 5,
  concurrency: 6,
  budget: { maxEvaluations: thorough ? 22 : 16 },
  reflection: { believedGain: 3, after: 6 },
};

/** A server whose calls wait for slots, slow each other down, and are refused beyond its minutes. */
const busyServer: ServerLoadOptions = {
  slots: 3,
  growth: 0.3,
  requestsPerMinute: 20,
  tokensPerMinute: 9_000,
};

async function play(
  journal: Journal,
  signal?: AbortSignal,
  load?: ServerLoadOptions,
  budget: TuneSettings['budget'] = settings.budget,
): Promise<string> {
  const base = worldDependencies();
  const { clock } = base;
  const run = new TuningRun(
    'test',
    journal,
    { ...settings, budget },
    {
      ...base,
      task,
      space,
      grader: careGrader,
      model: createSimulatedModel({
        ...{ clock, seed: 3, faults: { refused: 0.05, infrastructure: 0.1 } },
        ...(load === undefined ? {} : { load }),
      }),
      createStrategy: (context) => createStrategy('evolution', context),
      commitEvery: 16,
      ...(signal === undefined ? {} : { signal }),
    },
  );
  return JSON.stringify(await clock.run(() => run.run()));
}

describe('resume of a simulated job', () => {
  it.each(
    sampled(
      [
        ['under faults and load', busyServer, undefined],
        ['under faults', undefined, undefined],
        // Models that are held back are in no new config.
        ['under faults and load, by time', busyServer, { maxSeconds: 240 }],
      ] as const,
      3,
    ),
  )(
    'reaches the same bytes from any point of death, %s',
    async (_, load, budget) => {
      const whole = createMemoryJournal();
      const expected = await play(whole, undefined, load, budget);
      const refused = whole.written.filter(
        (event) => event.kind === 'call-failed' && event.failure.message.includes('too much for this minute'),
      );
      expect(refused.length > 0).toBe(load !== undefined);
      expect(whole.written.length).toBeGreaterThan(300);
      const rng = createRng('sim-kill-points');
      for (let kill = 0; kill < (thorough ? 12 : 1); kill++) {
        const count = rng.integer(whole.written.length);
        const rest = createMemoryJournal(whole.written.slice(0, count));
        const front = await play(
          { ...rest, answer: (key) => rest.answer(key) ?? whole.answer(key) },
          undefined,
          load,
          budget,
        );
        expect({ count, front }).toEqual({ count, front: expected });
        expect(rest.written).toEqual(whole.written);
      }
    },
    60_000,
  );

  it.skipIf(!thorough)('reaches the same bytes after polite stops', async () => {
    const whole = createMemoryJournal();
    const expected = await play(whole);
    for (const stopAt of [20, 90, 250]) {
      const controller = new AbortController();
      const cut = createMemoryJournal();
      let seen = 0;
      const counting: Journal = {
        ...cut,
        append: (event) => {
          cut.append(event);
          if (++seen === stopAt) controller.abort();
        },
      };
      const partial = JSON.parse(await play(counting, controller.signal)) as { ended: string };
      expect(partial.ended).toBe('interrupted');
      expect(await play(cut)).toBe(expected);
      expect(cut.written).toEqual(whole.written);
    }
  });
});
