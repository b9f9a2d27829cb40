import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Instance, Task } from '../../src/domain/task.ts';
import { limitTuning } from '../../src/tasks/limit-tuning.ts';
import { splitTask } from '../../src/tasks/split-task.ts';

const instances = fc
  .array(fc.constantFrom('a', 'b', 'c'), { minLength: 2, maxLength: 60 })
  .map((labels) => labels.map((label, n): Instance => ({ id: `i${n}`, input: `q${n}`, label })));

function taskOf(all: readonly Instance[], seed: number): Task {
  const split = { holdout: 0.5, seed };
  const file = {
    version: 1,
    name: 't',
    description: 'd',
    instances: 'i',
    grader: { name: 'exact' },
  } as const;
  const rest = { answer: 'text', repeats: 1, objectives: ['score'] } as const;
  return { ...file, ...rest, objectives: ['score'], split, hash: '', ...splitTask(all, split) };
}

it('keeps at most so many tuning instances, in order and in proportion, and the whole holdout', () => {
  fc.assert(
    fc.property(
      instances,
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 0, max: 5 }),
      (all, most, seed) => {
        const task = taskOf(all, seed);
        const limited = limitTuning(task, most);
        expect(limited.holdout).toBe(task.holdout);
        expect(limited.tuning).toHaveLength(Math.min(most, task.tuning.length));
        expect(task.tuning.filter((instance) => limited.tuning.includes(instance))).toEqual(limited.tuning);
        const share = limited.tuning.length / task.tuning.length;
        for (const label of ['a', 'b', 'c']) {
          const count = (side: readonly Instance[]) =>
            side.filter((instance) => instance.label === label).length;
          expect(Math.abs(count(limited.tuning) - share * count(task.tuning))).toBeLessThanOrEqual(1);
        }
        expect(limitTuning(task, most)).toEqual(limited);
      },
    ),
  );
});
