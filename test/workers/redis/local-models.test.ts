import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import { testContext } from '../../support/cli.ts';
import { installTiny, pathsIn } from '../../support/local-home.ts';
import { inFolder, noRuntime, testRuntime } from '../../support/local-runtime.ts';
import { noRedis, startRedis, type TestRedis } from '../../support/redis.ts';
import { clusterEnv, startWorker } from '../../support/workers.ts';

let redis: TestRedis;
beforeAll(async () => {
  if (noRedis === undefined) redis = await startRedis();
});
afterAll(() => redis?.stop());

it('a local model is tuned and scored by a run whose machine has neither its weights nor a runtime', async ({
  skip,
}) => {
  if (noRedis !== undefined) return skip(noRedis);
  if (testRuntime === null) return skip(noRuntime);
  const runtimeHome = process.env.MIXTUNE_TEST_HOME ?? '';
  await inFolder(async (folder) => {
    const there = pathsIn(join(folder, 'worker'));
    await installTiny(there, 'tiny');
    symlinkSync(pathsIn(runtimeHome).runtime, there.runtime);
    const onWorker = { MIXTUNE_HOME: join(folder, 'worker'), MIXTUNE_LOCAL_CONTEXT: '1024' };
    const onRun = { MIXTUNE_HOME: join(folder, 'run') };
    mkdirSync(onRun.MIXTUNE_HOME);
    const runs = ['--runs-dir', join(folder, 'runs')];
    const begin = (argv: readonly string[], env: Readonly<Record<string, string>>) => {
      const context = testContext(argv, { env: { ...clusterEnv, ...env }, today: () => new Date() });
      return { context, ended: runCli(context) };
    };

    const space = join(folder, 'space.yaml');
    const small = readFileSync('search-spaces/small.yaml', 'utf8');
    writeFileSync(space, small.replace('temperatures:', 'maxTokens: 8\ntemperatures:'));
    const few = ['--instances', '1', '--max-evaluations', '2', '--repeats', '1', '--finish-repeats', '1'];
    const tune = begin(
      [
        ...['tune', 'support-intent', '--models', 'local/tiny', '--workers', redis.url, '--space', space],
        ...[...few, '--holdout-repeats', '0', '--run', 'far', '--no-report', ...runs],
      ],
      onRun,
    );
    // It may begin before there is anybody.
    await expect
      .poll(() => tune.context.stderr.text, { timeout: 60_000 })
      .toContain('waiting for a worker that offers local/tiny');
    const worker = await startWorker(redis.url, ['--models', 'local/tiny', '--gradings', '0'], onWorker);
    expect(await tune.ended, tune.context.stderr.text).toBe(0);

    const agent = { name: 'a', model: 'local/tiny', prompt: 'Choose.', temperature: 0.5, maxTokens: 8 };
    const config = join(folder, 'config.json');
    writeFileSync(
      config,
      JSON.stringify({ version: 1, name: 'one', stages: [{ kind: 'propose', agents: [agent] }] }),
    );
    const score = async (args: readonly string[], env: Readonly<Record<string, string>>) => {
      const argv = ['score', config, '--task', 'support-intent', '--repeats', '1', '--json'];
      const { context, ended } = begin([...argv, '--no-cache', ...runs, ...args], env);
      expect(await ended, context.stderr.text).toBe(0);
      const scored: { configs: { answers: Record<string, unknown>[] }[] } = JSON.parse(context.stdout.text);
      return scored.configs.flatMap(({ answers }) => answers.map(({ latency, ...rest }) => rest));
    };
    const far = await score(['--workers', redis.url], onRun);
    expect(await worker.stop()).toBe(0);
    expect(far.length).toBeGreaterThan(2);
    expect(await score([], onWorker)).toEqual(far);
    expect(existsSync(pathsIn(onRun.MIXTUNE_HOME).models)).toBe(false);
  });
});
