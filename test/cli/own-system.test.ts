import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createCliContext } from '../../src/cli/context.ts';
import { runCli } from '../../src/cli/program.ts';
import { readGiven, startFrom } from '../../src/cli/wiring/jobs/warm-start.ts';
import { unwrap } from '../../src/core/result.ts';
import { configId, type MoaConfig } from '../../src/domain/moa-config.ts';
import { readMixtune } from '../../src/formats/mixtune.ts';
import { contains } from '../../src/search/membership.ts';
import { parseSearchSpace, settleSpace } from '../../src/search/space-file.ts';
import { testContext } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

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
  expect(stdout).toMatch(/Models: those of mine\.yaml \(sim\/finch-3b, sim\/otter-32b, sim\/sage-70b\)/);
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
    const { seeds } = startFrom(await readGiven(context, ['odd:runs/one'], 'runs'), space);
    const { best, front } = read('front.json');
    expect(seeds).toHaveLength(new Set([best, ...front.map(({ id }: { id: string }) => id)]).size);
    expect(seeds.length).toBeGreaterThan(1);
  },
);

test.skipIf(!thorough)(
  'tune from an earlier run, or a point of it, calls the models of that run where none are named',
  async () => {
    const limits = ['--max-evaluations', '6', '--instances', '4', '--yes', '--no-report'];
    const named = ['--models', 'sim/finch-3b,sim/sage-70b'];
    expect((await run('tune', 'support-intent', ...named, ...limits, '--run', 'two-models')).code).toBe(0);
    for (const [from, name] of [
      ['two-models', 'after-run'],
      ['two-models:best', 'after-point'],
    ] as const) {
      const { code, stdout } = await run('tune', 'support-intent', '--from', from, ...limits, '--run', name);
      expect(code).toBe(0);
      expect(stdout).toContain(`Models: those of ${from} (sim/finch-3b, sim/sage-70b)`);
      const manifest = JSON.parse(readFileSync(join(folder, 'runs', name, 'manifest.json'), 'utf8'));
      expect(manifest.settings.models).toEqual(['sim/finch-3b', 'sim/sage-70b']);
    }
  },
);

test.skipIf(!thorough)(
  'an earlier run on a server of its own is not gone on with at the providers that its models are named after',
  async () => {
    const manifestFile = join(folder, 'runs/two-models/manifest.json');
    const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
    const endpoint = { ...manifest.endpoint, baseUrl: 'http://127.0.0.1:9/v1' };
    cpSync(join(folder, 'runs/two-models'), join(folder, 'runs/on-server'), { recursive: true });
    const moved = { ...manifest, run: 'on-server', endpoint };
    writeFileSync(join(folder, 'runs/on-server/manifest.json'), JSON.stringify(moved));
    const { code, stderr } = await run('tune', 'support-intent', '--from', 'on-server', '--run', 'never');
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /--base-url: expected the server of the models of on-server, which was http:\/\/127/,
    );
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
    /--from workshop\.json at stages\[0\]\.agents\[0\]\.model: expected a model that the search may call: sim\/sage-70b .*found cerebras\/llama-4-scout/,
  );
});

const agent = { name: 'a', model: 'sim/wisp-1b', prompt: 'Say it.', temperature: 0.4, maxTokens: 400 };
const config = (model: string, stages: readonly unknown[] = [{ kind: 'vote' }]) =>
  ({
    version: 1,
    name: model,
    stages: [{ kind: 'propose', agents: [agent, { ...agent, name: 'b', model, samples: 2 }] }, ...stages],
  }) as unknown as MoaConfig;
const room = settleSpace(
  unwrap(
    parseSearchSpace(
      {
        version: 1,
        name: 'new',
        temperatures: [0, 1],
        agents: { min: 1, max: 1 },
        stages: { kinds: [], max: 0 },
        prompts: { single: ['Answer.'] },
      },
      'space',
    ),
  ),
  ['sim/wisp-1b', 'sim/sage-70b'],
);
const fuser = { kind: 'fuse', agent: { ...agent, prompt: 'Join {{references}}' } };
const fitting = config('sim/sage-70b', [fuser]);

test.each(['mine.yaml', 'my-run', 'my-run:knee'])('%s widens the space, and says by what', (reference) => {
  const isOwn = reference.endsWith('.yaml');
  const { seeds, space, notes } = startFrom([{ reference, isOwn, configs: [fitting] }], room);
  expect(notes).toEqual([
    `--from ${reference}: 1 of 1 configs begin with settings of the space new, such as temperature 0 in place of 0.4, maxTokens 2048 in place of 400`,
    `--from ${reference} widens the space new: agents 1 to 2 in place of 1 to 1, samples 1 to 2 in place of 1 to 1, stages.kinds with fuse, stages.max 1 in place of 0`,
  ]);
  expect(seeds.map((seed) => contains(space, seed))).toEqual([true]);
  expect([space.temperatures, space.prompts.single]).toEqual([[0, 1], ['Answer.']]);
});

test('what a search cannot go on from is counted, with the first reason', () => {
  const others = [config('sim/elsewhere'), config('sim/far'), fitting];
  const { seeds, notes } = startFrom([{ reference: 'my-run', isOwn: false, configs: others }], room);
  expect(seeds).toHaveLength(1);
  expect(notes[0]).toMatch(
    /^--from my-run: 2 of 3 configs left out, the first: at stages\[0\]\.agents\[1\]\.model expected a model that the search may call: sim\/wisp-1b, sim\/sage-70b .*, found sim\/elsewhere$/,
  );
  expect(() => startFrom([{ reference: 'my-run', isOwn: false, configs: others.slice(0, 2) }], room)).toThrow(
    /^--from my-run at stages\[0\]\.agents\[1\]\.model: expected .*found sim\/elsewhere in the first of 2 configs, none of which fits$/,
  );
  const critic = { ...agent, prompt: 'Find faults. {{references}}' };
  const critique = { kind: 'critique', agents: ['one', 'two', 'three'].map((name) => ({ ...critic, name })) };
  const each = critique.agents.map((one, index) => ({ ...one, prompt: `${index}. ${critic.prompt}` }));
  const odd = config('sim/sage-70b', [{ ...critique, agents: each }, fuser]);
  const given = { reference: 'odd.yaml', isOwn: true, configs: [odd] };
  const start = startFrom([given], room);
  expect([start.seeds, start.space]).toEqual([[], room]);
  expect(start.notes).toEqual([
    '--from odd.yaml: measured as it is, and nothing that the search goes on from: at stages expected stages in a form that the search writes, found propose, critique, fuse',
  ]);
});
