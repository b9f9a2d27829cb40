import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { openSpace } from '../../src/cli/wiring/library.ts';
import { validateMoaConfig } from '../../src/domain/moa-config-rules.ts';
import { presetNames } from '../../src/domain/presets.ts';
import { commandContext } from '../support/cli.ts';
import { runLine } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: string;
beforeAll(async () => {
  folder = temporaryFolder('spaces');
  await mkdir(join(folder, 'search-spaces'));
});

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

  test('a fault of the space below is told with that file, and a chain has an end', async () => {
    await mkdir(join(folder, 'deep'));
    await write('deep/top.yaml', 'version: 1\nname: top\nextends: ./base.yaml\n');
    await write('deep/base.yaml', 'version: 1\nname: base\nextends: defualt\n');
    await expect(open('./deep/top.yaml')).rejects.toThrow(/^deep[/\\]base\.yaml:3 at extends: /);
    for (let at = 0; at < 20; at++)
      await write(`deep/c${at}.yaml`, `version: 1\nname: c\nextends: ./c${at + 1}.yaml\n`);
    await write('deep/c20.yaml', 'version: 1\nname: c\nextends: default\n');
    await expect(open('./deep/c0.yaml')).rejects.toThrow('expected at most 16 spaces below the first');
  });

  test.skipIf(process.platform === 'win32')("pipes in a file's place are not waited for", async () => {
    execFileSync('mkfifo', [join(folder, 'search-spaces/pipe.yaml'), join(folder, 'no-regular.yaml')]);
    await write('a.yaml', 'version: 1\nname: a\nextends: ./no-regular.yaml\n');
    await expect(open('./a.yaml')).rejects.toThrow(
      'a.yaml:3 at extends: expected a regular file or a folder',
    );
    await expect(open('pipe')).rejects.toThrow('expected a search space: one of');
    await rm(join(folder, 'search-spaces/pipe.yaml'));
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

const cli = (line: string) => runLine(line, { cwd: folder });

test('spaces show prints the effective space as a file, with its size', async () => {
  await write('ours.yaml', 'version: 1\nname: ours\nextends: small\nprompts: { single: [One., Two.] }\n');
  const { code, out } = await cli('spaces show ours.yaml --models sim/wisp-1b,sim/heron-8b');
  expect(code).toBe(0);
  expect(parse(out)).toEqual(await open('ours.yaml'));
  const json = JSON.parse((await cli('spaces show ours.yaml --models sim/wisp-1b,sim/heron-8b --json')).out);
  expect(out).toContain(`# ${json.configs} configurations with 2 models`);
  expect(out).toContain('2 for single, 1 for fuser');
  await write('whole.yaml', out);
  expect(await open('whole.yaml')).toEqual(await open('ours.yaml'));
});

describe('presets', () => {
  test('are listed, and each is a config with the models given', async () => {
    const listed = JSON.parse((await cli('presets --json')).out).map(({ name }: { name: string }) => name);
    expect(listed).toEqual(presetNames);
    for (const name of presetNames) {
      const { code, out } = await cli(`presets show ${name} --models sim/heron-8b,sim/wisp-1b`);
      expect([name, code, validateMoaConfig(parse(out), name).ok]).toEqual([name, 0, true]);
    }
  });

  test.each([
    ['presets show selfmoa --models sim/wisp-1b', '(did you mean "self-moa"?)'],
    ['presets show self-moa', '--models: expected models for the preset'],
    ['presets show self-moa --models wisp-1b', '(did you mean "sim/wisp-1b"?)'],
    ['ask preset:router hello', 'mixtune presets show router --models a,b --out FILE'],
  ])('%s: the fault is told', async (line, message) => {
    expect(await cli(line)).toMatchObject({ code: 2, err: expect.stringContaining(message) });
  });

  test('score measures them by name', async () => {
    const line =
      'score preset:self-consistency --models sim/wisp-1b --task contest-math --max-calls 40 --json';
    const { out } = await cli(line);
    expect(out).toContain('preset:self-consistency');
  });
});
