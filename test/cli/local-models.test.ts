import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ProcessContext } from '../../src/cli/context.ts';
import { chooseModels } from '../../src/cli/wiring/models/model-names.ts';
import { commandContext } from '../support/cli.ts';
import { installTiny, pathsIn, pretendRuntime } from '../support/local-home.ts';
import { inFolder, noRuntime, testRuntime } from '../support/local-runtime.ts';
import { runLine } from '../support/run-line.ts';
import { thorough } from '../support/thorough.ts';
import { writeTinyModel } from '../support/tiny-gguf.ts';

const cli = (argv: readonly string[], changes: Partial<ProcessContext> = {}) => runLine(argv, changes);

describe('the models to tune with where nobody names any', () => {
  const choose = (env: Record<string, string>) => chooseModels(commandContext({ env }), {}, undefined);

  it('are those on this machine when there is no key and they can be run, and it is said', async () => {
    await inFolder(async (folder) => {
      const paths = pathsIn(folder);
      const env = { MIXTUNE_HOME: folder };
      await installTiny(paths, 'tiny');
      // Without a runtime they could not be called.
      expect(choose(env).models[0]).toMatch(/^sim\//);
      pretendRuntime(paths);
      expect(choose(env)).toMatchObject({
        models: ['local/tiny'],
        note: expect.stringContaining('local/tiny'),
      });
      expect(choose({ ...env, GROQ_API_KEY: 'k' }).models[0]).toMatch(/^groq\//);
      rmSync(paths.models, { recursive: true });
      expect(choose(env).models[0]).toMatch(/^sim\//);
    });
  });

  it('are those of the space, at a base URL too; without either the URL is not enough', () => {
    const at = { baseUrl: 'http://127.0.0.1:7/v1' };
    const chosen = (ofSpace?: string[]) => chooseModels(commandContext({ env: {} }), at, ofSpace).models;
    expect(chosen(['mine', 'openai/ours'])).toEqual(['openai/mine', 'openai/ours']);
    expect(() => chosen()).toThrow('--base-url: expected --models beside it');
  });
});

describe('mixtune models pull', () => {
  it.skipIf(!thorough)('lists what it knows', async () => {
    await inFolder(async (folder) => {
      await installTiny(pathsIn(folder), 'smollm2-135m-instruct');
      const env = { MIXTUNE_HOME: folder };
      const { code, out } = await cli(['models', 'pull', '--json'], { env });
      expect(code).toBe(0);
      const { models } = JSON.parse(out) as { models: { name: string; installed: boolean }[] };
      expect(models.find(({ name }) => name === 'smollm2-135m-instruct')?.installed).toBe(true);
      expect(models.find(({ name }) => name === 'gemma-3-270m-it')?.installed).toBe(false);
      expect((await cli(['models', 'pull'], { env })).out).toContain('qwen2.5-coder-0.5b-instruct');
    });
  });

  it('takes a file that the user has, under the name he gives it', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'mine.gguf');
      writeTinyModel(file);
      const env = { MIXTUNE_HOME: join(folder, 'home') };
      const argv = ['models', 'pull', 'my-model', '--from', 'mine.gguf'];
      const { code, out, err } = await cli(argv, { env, cwd: folder });
      expect({ code, err }).toMatchObject({ code: 0 });
      expect(out).toContain('local/my-model is here now');
      expect(out).toContain('mixtune models add-local');
      const again = await cli(['models', 'pull', 'local/my-model'], { env, cwd: folder });
      expect(again.out).toContain('local/my-model is here already');
      const listed = await cli(['models', '--offline', '--json'], { env, cwd: folder });
      const { models } = JSON.parse(listed.out) as { models: { name: string }[] };
      expect(models.map(({ name }) => name)).toContain('local/my-model');
    });
  });

  it.each([
    [['models', 'pull', 'smollm2-135m'], 'smollm2-135m-instruct'],
    [['models', 'pull', 'Bad/Name', '--from', 'x.gguf'], 'lower-case'],
    [['models', 'pull', 'my-model', '--from', 'nowhere.gguf'], 'no such file'],
  ])('says what is wrong with %j', async (argv, expected) => {
    await inFolder(async (folder) => {
      const { code, err } = await cli(argv, { env: { MIXTUNE_HOME: folder }, cwd: folder });
      expect(code).not.toBe(0);
      expect(err).toContain(expected);
    });
  });

  it('wants to know where to keep models', async () => {
    const { code, err } = await cli(['models', 'pull']);
    expect(code).toBe(2);
    expect(err).toContain('MIXTUNE_HOME');
  });
});

describe('a model on this machine', () => {
  it('that is not there is missed before the first call', async () => {
    await inFolder(async (folder) => {
      await installTiny(pathsIn(folder), 'tiny');
      const argv = ['tune', 'code-challenge', '--models', 'local/tyni', '--runs-dir', folder];
      const { code, err } = await cli(argv, { env: { MIXTUNE_HOME: folder } });
      expect(code).toBe(2);
      expect(err).toContain('local/tiny');
    });
  });

  it('answers a question, and is tuned', async ({ skip }) => {
    if (testRuntime === null) return skip(noRuntime);
    const home = process.env.MIXTUNE_TEST_HOME ?? '';
    await inFolder(async (folder) => {
      const paths = pathsIn(folder);
      await installTiny(paths, 'tiny');
      // The runtime of the tests, found under this test's own home.
      mkdirSync(paths.home, { recursive: true });
      symlinkSync(pathsIn(home).runtime, paths.runtime);
      const env = { MIXTUNE_HOME: folder, MIXTUNE_LOCAL_CONTEXT: '1024' };
      const runs = ['--runs-dir', join(folder, 'runs')];
      const few = ['--repeats', '1', '--finish-repeats', '1', '--holdout-repeats', '0', '--concurrency', '2'];
      const space = join(folder, 'space.yaml');
      const short = readFileSync('search-spaces/small.yaml', 'utf8').replace(
        'temperatures:',
        'maxTokens: 8\ntemperatures:',
      );
      writeFileSync(space, short);
      const argv = ['tune', 'support-intent', '--space', space, '--instances', '1', '--max-evaluations', '2'];
      const tuned = await cli([...argv, ...few, '--run', 'tiny', ...runs], { env });
      expect({ code: tuned.code, err: tuned.err }).toMatchObject({ code: 0 });
      expect(tuned.out).toContain('using the models on this machine (local/tiny)');
      const asked = await cli(['ask', 'tiny', 'hello', '--json', ...runs], { env });
      expect(asked.code).toBe(0);
      expect(JSON.parse(asked.out)).toMatchObject({ simulated: false, trace: { usd: 0, outputTokens: 8 } });
    });
    // Two workers and a sandbox start.
  });
});
