import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSpace } from '../../src/cli/wiring/library.ts';
import { commandContext } from '../support/cli.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixtune-spaces-'));
  await mkdir(join(folder, 'search-spaces'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFile(join(folder, name), text);
const open = (name: string) => openSpace(commandContext({ cwd: folder, packageFolder: process.cwd() }), name);

describe('a space that extends another', () => {
  test('has what it says, and the rest from there', async () => {
    const base = await open('default');
    await write(
      'ours.yaml',
      'version: 1\nname: ours\nextends: default\nmodels: [sim/wisp-1b]\nprompts: { single: [Short.] }\nstages: { max: 1 }\n',
    );
    expect(await open('./ours.yaml')).toEqual({
      ...base,
      name: 'ours',
      models: ['sim/wisp-1b'],
      prompts: { ...base.prompts, single: ['Short.'] },
      stages: { ...base.stages, max: 1 },
    });
  });

  test('may extend one that extends another, and be named like the one it extends', async () => {
    const base = await open('default');
    await write(
      'search-spaces/default.yaml',
      'version: 1\nname: default\nextends: default\ntemperatures: [0.1]\n',
    );
    await write('top.yaml', 'version: 1\nname: top\nextends: default\nmaxTokens: 99\n');
    expect(await open('top.yaml')).toEqual({ ...base, name: 'top', temperatures: [0.1], maxTokens: 99 });
    await rm(join(folder, 'search-spaces/default.yaml'));
  });

  test.each([
    ['extends: defualt', 'a.yaml:3 at extends: expected a search space: one of code-challenge, default'],
    ['extends: ../b.yaml', 'a.yaml:3 at extends: expected a path'],
    ['extends: ./a.yaml', 'a.yaml:3 at extends: expected a space that does not build on this one'],
    ['extends: default\nprompts: { singel: [x] }', '(did you mean "single"?)'],
    ['extends: default\nagents: { min: 3, max: 2 }', 'a.yaml:4 at agents: expected min no larger than max'],
    ['extends: 3', 'a.yaml:3 at extends: expected a non-empty string, found 3'],
  ])('faults are told with their place: %s', async (text, message) => {
    await write('a.yaml', `version: 1\nname: a\n${text}\n`);
    await expect(open('./a.yaml')).rejects.toThrow(message);
  });
});
