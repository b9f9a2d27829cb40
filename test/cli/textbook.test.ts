import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openTextbook } from '../../src/cli/wiring/textbook.ts';
import { questionOf } from '../../src/domain/task.ts';
import { knownTasks, shippedTask } from '../support/sim-tasks.ts';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

describe('the textbook of a package', () => {
  it('holds every shipped task that can be learned', async () => {
    const textbook = await openTextbook({ packageFolder });
    for (const name of knownTasks) {
      const task = await shippedTask(name);
      const [instance] = task.tuning;
      if (instance === undefined) throw new Error(`${name} has no instances`);
      expect(textbook.find(questionOf(task, instance))?.name).toBe(`${name}/${instance.id}`);
    }
    expect((await openTextbook({ packageFolder })).hash).toBe(textbook.hash);
  });

  it('is empty where there are no tasks', async () => {
    const textbook = await openTextbook({ packageFolder: fileURLToPath(new URL('.', import.meta.url)) });
    expect(textbook.find('Find the remainder when 15^193 is divided by 23.')).toBeNull();
  });
});
