import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { guessNotice, openTextbook, readOnce } from '../../src/cli/wiring/models/textbook.ts';
import { questionOf } from '../../src/domain/task.ts';
import { knownTasks, shippedTask } from '../support/sim-tasks.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

const folder = temporaryFolder('textbook');

/** A task of one question, and another. */
function taskAt(place: string, name: string): string {
  const at = join(folder, place, name);
  mkdirSync(at, { recursive: true });
  writeFileSync(
    join(at, 'task.yaml'),
    `version: 1\nname: ${name}\ndescription: Sums.\ngrader: { name: numeric }\nsplit: { holdout: 0.5 }\n`,
  );
  const rows = ['How much is seven and five?', 'How much is two and nine?'];
  const lines = rows.map((input, at) => JSON.stringify({ id: `${at}`, input, gold: 12 - at }));
  writeFileSync(join(at, 'instances.jsonl'), lines.join('\n'));
  return at;
}

const folderOf = (task: string): string => join(packageFolder, 'tasks', task);

describe('the notice that simulated models guess', () => {
  it('is not given of a server that knows the task, by its book or without one', async () => {
    const chapters = (await openTextbook({ packageFolder })).chapters();
    for (const task of ['code-challenge', 'contest-math']) {
      expect(await guessNotice({ packageFolder }, folderOf(task), chapters)).toBeUndefined();
    }
    expect(await guessNotice({ packageFolder }, folderOf('contest-math'), [])).toMatch(
      /server does not know contest-math/,
    );
  });
});

describe('the textbook of a package', () => {
  it('holds every shipped task that can be learned', async () => {
    const textbook = await openTextbook({ packageFolder });
    for (const name of knownTasks) {
      const task = await shippedTask(name);
      const [instance] = task.tuning;
      if (instance === undefined) throw new Error(`${name} has no instances`);
      expect(textbook.find(questionOf(task, instance))?.name).toBe(`${name}/${instance.id}`);
    }
    // The same folder by another name is read anew.
    expect((await openTextbook({ packageFolder: `${packageFolder}src/..` })).hash).toBe(textbook.hash);
  });

  it('is of a task that was read for it when it is told what is guessed at', async () => {
    const own = taskAt('own', 'once');
    const load = readOnce();
    await openTextbook({ packageFolder }, [own], load);
    rmSync(own, { recursive: true });
    expect(await guessNotice({ packageFolder }, own, [], load)).toMatch(/server does not know once/);
  });

  it('is empty where there are no tasks', async () => {
    const textbook = await openTextbook({ packageFolder: fileURLToPath(new URL('.', import.meta.url)) });
    expect(textbook.find('Find the remainder when 15^193 is divided by 23.')).toBeNull();
  });

  it('a question is found in the task that is given, whatever shipped tasks ask the same', async () => {
    // By name it stands before the one that is given.
    const shipped = taskAt('package/tasks', 'a-shipped');
    const own = taskAt('own', 'mine');
    const question = 'How much is seven and five?';
    const named = async (...folders: string[]): Promise<string | undefined> =>
      (await openTextbook({ packageFolder: join(folder, 'package') }, folders)).find(question)?.chapter.task;
    expect(await named()).toBe('a-shipped');
    expect(await named(own)).toBe('mine');
    expect(await named(shipped)).toBe('a-shipped');
  });
});
