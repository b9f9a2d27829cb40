/**
 * `npm run bench:search`: tokens that the search needs to close the gap between the front of single models and the
 * best known one, against random search, best-of-n and Optuna, in simulated worlds and on real answers.
 *
 *   npx tsx test/bench/search/main.ts --list                          worlds and methods
 *   npx tsx test/bench/search/main.ts --quick                         a first impression in about two minutes
 *   npx tsx test/bench/search/main.ts --worlds critics,rare --methods auto,evolution,tpe-helped --seeds 5 --budget 1000
 *   npx tsx test/bench/search/main.ts --methods evolution,evolution+racing=e-process,evolution+start=all,evolution+crn=off
 *
 *   npx tsx test/bench/search/main.ts --report --methods auto,tpe-helped   only what has been measured so far
 *
 * The first method is the one that others are compared with. Switches after `+`: racing=e-process|paired-t|
 * bayesian-bootstrap|none, start= (cells of the first level, or all), grow= (trials until the next level), look=
 * (cells until the first look), reevaluation= (share of cells), limit= (times the level), cells= (of a plain peer's
 * trial), crn=off, sharing=off; of auto: children=1 (no surrogate), free=0 (no votes computed from calls that ran), … Results are kept in `--cache` (default: a folder of the system's temporary folder):
 * those of our own methods until anything in src/search changes, those of peers until `--fresh`.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { spaceSize } from '../../../src/search/space-size.ts';
import { type Method, parseMethod } from './methods.ts';
import { OptunaProcess } from './peers/optuna.ts';
import { referenceConfigs } from './reference.ts';
import { bestHypervolume, renderReport, type WorldReport } from './report.ts';
import { type RunResult, runMethod, singlesHypervolume, tokensPerEvaluation } from './run.ts';
import { ResultStore } from './store.ts';
import { simulatedWorlds } from './worlds/catalogue.ts';
import { matrixWorlds } from './worlds/matrix.ts';
import { SimulatedWorld } from './worlds/simulated.ts';
import type { World } from './worlds/world.ts';

const defaultMethods = [
  'auto',
  'evolution',
  'random',
  'random-plain',
  'tpe-plain',
  'tpe-helped',
  'nsga2-plain',
  'nsga2-helped',
  'best-of-n',
  'vote-of-n',
];

const options = readOptions();
const store = new ResultStore(join(options.cache, 'results'));
let peerProcess: OptunaProcess | undefined;
const optuna = (): OptunaProcess => {
  peerProcess ??= new OptunaProcess(options.cache);
  return peerProcess;
};

if (options.list) list();
else if (options.shard !== undefined) compute(options.shard);
else {
  if (!options.report) await computeAll();
  const text = renderReport(options.worlds.map(reportOf));
  if (options.out !== undefined) {
    mkdirSync(dirname(options.out), { recursive: true });
    writeFileSync(options.out, `${text}\n`);
  }
  console.log(text);
}
peerProcess?.close();

function list(): void {
  for (const { name, description, space } of allWorlds()) {
    console.log(`${name}: ${description} (${spaceSize(space)} configs)`);
  }
}

/** In this process, or split over several that leave their results in the store. */
async function computeAll(): Promise<void> {
  if (options.jobs === 1) {
    compute({ index: 0, of: 1 });
    return;
  }
  const children = Array.from({ length: options.jobs }, (_, index) => {
    const shard = `${index}/${options.jobs}`;
    const own = [fileURLToPath(import.meta.url), ...process.argv.slice(2), '--shard', shard];
    const child = spawn(process.execPath, ['--import', 'tsx', ...own], { stdio: 'inherit' });
    return new Promise<void>((resolve, reject) => {
      child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`shard ${shard} failed`))));
    });
  });
  await Promise.all(children);
}

/** Seed by seed, so that what has been done when it is interrupted is paired. */
function compute(shard: { index: number; of: number }): void {
  let task = 0;
  for (const [index, world] of options.worlds.entries()) {
    if (index % shard.of === shard.index) reference(world);
  }
  const units = new Map(options.worlds.map((world) => [world, tokensPerEvaluation(world)]));
  for (const seed of options.seeds) {
    for (const [world, unit] of units) {
      for (const method of options.methods) {
        if (task++ % shard.of !== shard.index) continue;
        if (!options.fresh && store.find(world, method, seed, options.budget) !== undefined) continue;
        const result = runMethod(world, method, seed, options.budget, unit, optuna);
        store.save(world, method, result);
        const { trials, seconds, checkpoints } = result;
        const hypervolume = checkpoints.at(-1)?.hypervolume.toFixed(4);
        process.stderr.write(
          `${world.name} ${method.spec} seed ${seed}: ${trials} trials, hypervolume ${hypervolume}, ${seconds.toFixed(1)} s\n`,
        );
      }
    }
  }
}

/** The quick mode makes none, which takes half a minute a world: the best known is then the best of the runs. */
function reference(world: World): ReturnType<typeof referenceConfigs> {
  if (options.quick) return store.knownReference(world) ?? {};
  return store.reference(world, () =>
    referenceConfigs(world, (config, id) =>
      world instanceof SimulatedWorld ? world.estimate(config, 250) : world.truth(config, id),
    ),
  );
}

function reportOf(world: World): WorldReport {
  const best = bestHypervolume(world, [reference(world), ...store.recommended(world)]);
  const methods = options.methods.map((method) => ({ spec: method.spec, runs: runsOf(world, method) }));
  return {
    world,
    unit: tokensPerEvaluation(world),
    budget: options.budget,
    configs: spaceSize(world.space).toString(),
    singles: singlesHypervolume(world),
    best,
    methods,
  };
}

function runsOf(world: World, method: Method): RunResult[] {
  return options.seeds.flatMap((seed) => store.find(world, method, seed, options.budget) ?? []);
}

function allWorlds(): World[] {
  return [...simulatedWorlds(), ...matrixWorlds()];
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      report: { type: 'boolean', default: false },
      worlds: { type: 'string' },
      methods: { type: 'string' },
      seeds: { type: 'string' },
      budget: { type: 'string' },
      jobs: { type: 'string', default: '1' },
      cache: { type: 'string', default: join(tmpdir(), 'mixtune-bench-search') },
      shard: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const worlds = allWorlds();
  const names = values.worlds?.split(',') ?? worlds.map(({ name }) => name);
  const unknown = names.find((name) => !worlds.some((world) => world.name === name));
  if (unknown !== undefined) throw new Error(`--worlds: no world "${unknown}"; see --list`);
  const methods =
    values.methods ?? (values.quick ? 'auto,random-plain,nsga2-helped' : defaultMethods.join(','));
  const [index, of] = values.shard?.split('/').map(Number) ?? [];
  return {
    list: values.list,
    quick: values.quick,
    fresh: values.fresh,
    report: values.report,
    worlds: worlds.filter(({ name }) => names.includes(name)),
    methods: methods.split(',').map(parseMethod),
    seeds: seedsOf(values.seeds ?? (values.quick ? '3' : '20')),
    budget: Number(values.budget ?? (values.quick ? 200 : 1000)),
    jobs: Number(values.jobs),
    cache: values.cache,
    out: values.out,
    shard: index === undefined || of === undefined ? undefined : { index, of },
  };
}

/** `20` is 1 to 20; `5-9` those. */
function seedsOf(text: string): number[] {
  const [first, last] = text.includes('-') ? text.split('-').map(Number) : [1, Number(text)];
  return Array.from({ length: (last ?? 0) - (first ?? 1) + 1 }, (_, index) => (first ?? 1) + index);
}
