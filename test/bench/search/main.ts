/**
 * `npm run bench:search`: tokens that the search needs to close the gap between the front of single models and the
 * best known one, against random search, best-of-n and Optuna, in simulated worlds and on real answers.
 * Options and examples: `npm run bench:search -- --help`.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
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
const quickMethods = ['auto', 'random-plain', 'nsga2-helped'];

const examples = `Switches of a method after +: racing=e-process|bayesian-bootstrap|none, start= (cells of the first level, or all),
grow= (trials until the next level), look= (cells until the first look), reevaluation= (share of cells), limit= (times
the level), cells= (of a plain peer's trial), crn=off, sharing=off; of auto: children=1 (no surrogate), free=0 (no votes
computed from calls that ran), screening=0 (of many prompts none is asked alone on purpose).
Results are kept in --cache: our own until anything in src/search changes, those of peers until --fresh.

Examples:
  npm run bench:search -- --quick --worlds critics
  npm run bench:search -- --worlds critics,rare --methods auto,evolution,tpe-helped --seeds 5
  npm run bench:search -- --methods evolution,evolution+racing=e-process,evolution+crn=off
  npm run bench:search -- --report --methods auto,tpe-helped --seeds 8 --budget 50`;

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

interface Given {
  readonly list?: true;
  readonly quick?: true;
  readonly fresh?: true;
  readonly report?: true;
  readonly worlds?: World[];
  readonly methods?: Method[];
  readonly seeds?: number[];
  readonly budget?: number;
  readonly jobs: number;
  readonly cache: string;
  readonly shard?: string;
  readonly out?: string;
}

function readOptions() {
  const given = new Command('npm run bench:search --')
    .description('Tokens that the search needs, beside random search, best-of-n and Optuna (needs Python 3).')
    .option('--list', 'the worlds')
    .option('--quick', 'a first impression: three methods and seeds, 200 units; about two minutes a world')
    .option('--worlds <names>', 'default: all', worldsOf)
    .option(
      '--methods <names>',
      `the first is compared with all; default: ${defaultMethods.join(', ')}`,
      methodsOf,
    )
    .option('--seeds <n or a-b>', 'default: 20', seedsOf)
    .option('--budget <units>', 'an evaluation is a unit; default: 1000', positive)
    .option('--jobs <n>', 'processes', positive, 1)
    .option('--fresh', 'measure peers anew, too')
    .option('--report', 'only what was measured so far')
    .option('--out <file>', 'write the report there, too')
    .option('--cache <folder>', 'where results are kept', join(tmpdir(), 'mixtune-bench-search'))
    .addOption(new Option('--shard <i/n>').hideHelp())
    .addHelpText('after', `\n${examples}`)
    .parse()
    .opts<Given>();
  const [index, of] = given.shard?.split('/').map(Number) ?? [];
  return {
    ...given,
    worlds: given.worlds ?? allWorlds(),
    methods: given.methods ?? (given.quick ? quickMethods : defaultMethods).map(parseMethod),
    seeds: given.seeds ?? seedsOf(given.quick ? '3' : '20'),
    budget: given.budget ?? (given.quick ? 200 : 1000),
    shard: index === undefined || of === undefined ? undefined : { index, of },
  };
}

function worldsOf(text: string): World[] {
  const all = allWorlds();
  return text.split(',').map((name) => {
    const world = all.find((each) => each.name === name);
    if (world === undefined)
      throw new InvalidArgumentError(
        `no world "${name}"; there are: ${all.map((each) => each.name).join(', ')}`,
      );
    return world;
  });
}

function methodsOf(text: string): Method[] {
  try {
    return text.split(',').map(parseMethod);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError(`expected a number above 0, found "${text}"`);
  return value;
}

/** `20` is 1 to 20; `5-9` those. */
function seedsOf(text: string): number[] {
  if (!/^\d+(-\d+)?$/.test(text))
    throw new InvalidArgumentError(`expected a number like 8 or a range like 5-9, found "${text}"`);
  const [first, last] = text.includes('-') ? text.split('-').map(Number) : [1, Number(text)];
  return Array.from({ length: (last ?? 0) - (first ?? 1) + 1 }, (_, index) => (first ?? 1) + index);
}
