import { expect, it } from 'vitest';
import type { Progress } from '../../src/domain/run-result.ts';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import { thorough } from '../support/thorough.ts';
import { worldDependencies, worldSettings } from './world.ts';

it.skipIf(!thorough)(
  'the last progress says the same spending as the result, however long the end takes',
  async () => {
    const dependencies = worldDependencies();
    const told: Progress[] = [];
    const run = new TuningRun('test', createMemoryJournal(), worldSettings, {
      ...dependencies,
      onProgress: (progress) => told.push(progress),
    });
    // Working out the result takes time, too, on a clock that is not the run's own.
    const { clock } = dependencies;
    const now = clock.now.bind(clock);
    let reads = 0;
    clock.now = () => now() + reads++ / 1024;
    const file = await clock.run(() => run.run());
    expect(told.at(-1)).toMatchObject({ phase: 'done', spent: file.spent });
  },
);
