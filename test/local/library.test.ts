import { appendFileSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { InputError } from '../../src/core/errors.ts';
import { checkGguf, findRuntime, localPaths, localSettings, readLibrary } from '../../src/local/index.ts';
import { runtimePackages } from '../../src/local/runtime.ts';
import { installTiny, pathsIn, pretendRuntime } from '../support/local-home.ts';
import { inFolder } from '../support/local-runtime.ts';
import { thorough } from '../support/thorough.ts';

test('local models are kept where MIXTUNE_HOME says, else in the home folder, else nowhere', () => {
  expect(localPaths({ MIXTUNE_HOME: '/data/mixtune', HOME: '/home/a' })?.home).toBe('/data/mixtune/local');
  expect(localPaths({ HOME: '/home/a' })?.models).toBe('/home/a/.mixtune/local/models');
  expect(localPaths({ MIXTUNE_HOME: '  ', HOME: '/home/a' })?.home).toBe('/home/a/.mixtune/local');
  expect(localPaths({})).toBeNull();
  expect(localPaths({ MIXTUNE_HOME: 'not/absolute' })).toBeNull();
});

describe('settings', () => {
  it('come from the environment', () => {
    const env = {
      MIXTUNE_LOCAL_THREADS: '3',
      MIXTUNE_LOCAL_LANES: '2',
      MIXTUNE_LOCAL_CONTEXT: '8192',
      MIXTUNE_LOCAL_MEMORY: '1.5g',
    };
    const expected = { threads: 3, lanes: 2, contextTokens: 8192, memoryBytes: 1.5 * 2 ** 30 };
    expect(localSettings(env)).toMatchObject(expected);
  });

  it('have defaults that suit the machine', () => {
    const { threads, lanes, contextTokens, memoryBytes } = localSettings({});
    expect(threads).toBeGreaterThanOrEqual(1);
    expect(threads).toBeLessThanOrEqual(8);
    expect({ lanes, contextTokens, memoryBytes }).toEqual({
      lanes: 1,
      contextTokens: 4096,
      memoryBytes: totalmem() / 2,
    });
  });

  it.each([
    ['MIXTUNE_LOCAL_THREADS', '0'],
    ['MIXTUNE_LOCAL_LANES', 'two'],
    ['MIXTUNE_LOCAL_CONTEXT', '-1'],
    ['MIXTUNE_LOCAL_MEMORY', '6'],
    ['MIXTUNE_LOCAL_MEMORY', '0G'],
    ['MIXTUNE_LOCAL_MEMORY', '6X'],
  ])('refuse %s=%s and name it', (name, value) => {
    expect(() => localSettings({ [name]: value })).toThrow(InputError);
    expect(() => localSettings({ [name]: value })).toThrow(name);
  });
});

describe('the library', () => {
  it('lists what was added, and nothing where there is nothing', async () => {
    expect(readLibrary(null)).toEqual({ models: [], broken: [] });
    await inFolder(async (folder) => {
      const paths = pathsIn(folder);
      expect(readLibrary(paths)).toEqual({ models: [], broken: [] });
      const model = await installTiny(paths, 'b.model-1');
      await installTiny(paths, 'a');
      expect(readLibrary(paths).models.map(({ name }) => name)).toEqual(['a', 'b.model-1']);
      expect(readLibrary(paths).models[1]).toEqual(model);
      expect(readFileSync(model.file).subarray(0, 4).toString()).toBe('GGUF');
    });
  });

  it.skipIf(!thorough)('does not take weights for what they were when they have changed', async () => {
    await inFolder(async (folder) => {
      const paths = pathsIn(folder);
      const grown = await installTiny(paths, 'grown');
      appendFileSync(grown.file, 'x');
      const touched = await installTiny(paths, 'touched');
      utimesSync(touched.file, 1, 1);
      const gone = await installTiny(paths, 'gone');
      rmSync(gone.file);
      await installTiny(paths, 'damaged');
      writeFileSync(join(paths.models, 'damaged', 'model.json'), '{');
      const { models, broken } = readLibrary(paths);
      expect(models).toEqual([]);
      expect(broken.map(({ name }) => name)).toEqual(['damaged', 'gone', 'grown', 'touched']);
      expect(broken[2]?.problem).toContain('was changed');
    });
  });

  it('follows no path that a description names', async () => {
    await inFolder(async (folder) => {
      const paths = pathsIn(folder);
      await installTiny(paths, 'sly');
      const description = join(paths.models, 'sly', 'model.json');
      const told = JSON.parse(readFileSync(description, 'utf8')) as Record<string, unknown>;
      writeFileSync(description, JSON.stringify({ ...told, file: '../other/secret.gguf' }));
      expect(readLibrary(paths).models).toEqual([]);
    });
  });
});

test('a file is a GGUF file by its first bytes', () => {
  const head = (version: number): Buffer => Buffer.from([0x47, 0x47, 0x55, 0x46, version, 0, 0, 0]);
  expect(() => checkGguf('x', head(3))).not.toThrow();
  expect(() => checkGguf('x', head(2))).not.toThrow();
  for (const wrong of [head(1), head(4), Buffer.from('PK\u0003\u0004....'), Buffer.alloc(0)]) {
    expect(() => checkGguf('x', wrong)).toThrow(InputError);
  }
});

test('the runtime is found where it was installed', async () => {
  await inFolder(async (folder) => {
    const paths = pathsIn(folder);
    expect(findRuntime(paths)).toBeNull();
    pretendRuntime(paths);
    expect(findRuntime(paths)).toMatchObject({ version: '3.22.1' });
  });
});

test('the runtime is one platform package beside the library itself', () => {
  expect(runtimePackages('linux', 'x64')).toEqual([
    'node-llama-cpp@3.22.1',
    '@node-llama-cpp/linux-x64@3.22.1',
  ]);
  expect(runtimePackages('sunos', 'x64')).toBeNull();
});
