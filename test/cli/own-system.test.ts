import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createCliContext } from '../../src/cli/context.ts';
import { runCli } from '../../src/cli/program.ts';
import { readSeeds } from '../../src/cli/wiring/warm-start.ts';
import { configId } from '../../src/domain/moa-config.ts';
import { readMixtune } from '../../src/formats/mixtune.ts';
import { testContext } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder('own');
const file = new URL('../formats/files/workshop/export-2.0.json', import.meta.url);
writeFileSync(join(folder, 'workshop.json'), readFileSync(file));
writeFileSync(
  join(folder, 'map.yaml'),
  'llama-3.3-70b: sim/sage-70b\nqwen-3-32b: sim/otter-32b\nllama-4-scout-17b-16e-instruct: sim/finch-3b\n',
);

async function run(...argv: string[]) {
  const context = testContext(argv, { cwd: folder });
  const code = await runCli(context);
  return { code, stdout: context.stdout.text, stderr: context.stderr.text };
}

test('tune starts from an imported system, measures it as it is, and says what tuning brought over it', async () => {
  expect((await run('import', 'workshop.json', '--models', 'map.yaml', '--out', 'mine.yaml')).code).toBe(0);
  const mine = readMixtune(readFileSync(join(folder, 'mine.yaml'), 'utf8'), 'mine.yaml');
  if (!mine.ok) throw mine.error;
  const limits = ['--max-evaluations', '9', '--instances', '4', '--run', 'one', '--yes'];
  const { code, stdout } = await run('tune', 'support-intent', '--from', 'mine.yaml', ...limits);
  expect(code).toBe(0);
  expect(stdout).toMatch(/Models: those of your own system \(sim\/finch-3b, sim\/otter-32b, sim\/sage-70b\)/);
  expect(stdout).toMatch(/^\W*your own system +0\.\d+/m);
  expect(stdout).toMatch(
    /Tuning your own system \(simulated\): [+-]?0\.\d+.* against your own system, .*\([0-9a-f]{12}\)\.|Your own system \(simulated\) is the best/,
  );
  const front = JSON.parse(readFileSync(join(folder, 'runs/one/front.json'), 'utf8'));
  const [own, ...singles] = front.baselines;
  expect([own.id, own.origin.operator]).toEqual([configId(mine.value), 'own-system']);
  expect(own.holdout).not.toBeNull();
  expect(singles).toHaveLength(3);
});

test.skipIf(process.platform === 'win32')(
  'a run in a folder with a colon in its name is a whole run, seen from the working folder',
  async () => {
    cpSync(join(folder, 'runs/one'), join(folder, 'odd:runs/one'), { recursive: true });
    const read = (name: string) => JSON.parse(readFileSync(join(folder, 'runs/one', name), 'utf8'));
    const space = read('manifest.json').space.file;
    const context = createCliContext(testContext([], { cwd: folder }));
    const { seeds } = await readSeeds(context, ['odd:runs/one'], 'runs', { space, own: [] });
    expect(seeds).toHaveLength(read('front.json').front.length);
    expect(seeds.length).toBeGreaterThan(1);
  },
);

test("models that a search may not call are named, for another tool's file too", async () => {
  const { code, stderr } = await run(
    'tune',
    'support-intent',
    '--from',
    'workshop.json',
    '--models',
    'sim/sage-70b',
  );
  expect(code).toBe(2);
  expect(stderr).toMatch(/workshop\.json is read as workshop/);
  expect(stderr).toMatch(
    /--from \(two agents and a judge\): expected only models that the search may call: sim\/sage-70b .*found cerebras\/llama-4-scout/,
  );
});
