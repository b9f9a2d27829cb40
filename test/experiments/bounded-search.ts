/**
 * What `--bound` buys: a strategy (`auto`) with bounds against itself without, in worlds of `npm run bench:search`, by the true
 * hypervolume inside the bounds of what each recommends, as a share of what the best known configs have there:
 *
 *   npx tsx test/experiments/bounded-search.ts --worlds topology,critics --seeds 3 --budget 50
 *   npx tsx test/experiments/bounded-search.ts --bound latency,score --strategy bandit
 *
 * Each bound is the median (or `--quantile`) of that objective over the best known front. That front is found once for each world and
 * kept below `--cache`, as are the runs.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { unwrap } from '../../src/core/result.ts';
import { createRng } from '../../src/core/rng.ts';
import { boundsText } from '../../src/domain/bound-text.ts';
import { type Bounds, keepsBounds } from '../../src/domain/bounds.ts';
import type { ConfigId } from '../../src/domain/moa-config.ts';
import type { ObjectiveName } from '../../src/domain/objective.ts';
import { hypervolume, normaliseObjective } from '../../src/pareto/index.ts';
import { SearchSession } from '../../src/search/session.ts';
import { parseStrategyName } from '../../src/search/strategies.ts';
import { inDrawnOrder } from '../bench/search/methods.ts';
import { quantileOf } from '../bench/search/metric.ts';
import { referenceConfigs } from '../bench/search/reference.ts';
import { tokensPerEvaluation } from '../bench/search/run.ts';
import { simulatedWorlds } from '../bench/search/worlds/catalogue.ts';
import type { SimulatedWorld } from '../bench/search/worlds/simulated.ts';
import type { Truth } from '../bench/search/worlds/world.ts';

const { values: given } = parseArgs({
  options: {
    worlds: { type: 'string', default: 'topology,critics' },
    seeds: { type: 'string', default: '3' },
    budget: { type: 'string', default: '50' },
    strategy: { type: 'string', default: 'auto' },
    bound: { type: 'string', default: 'latency' },
    quantile: { type: 'string', default: '0.5' },
    name: { type: 'string', default: 'now' },
    cache: { type: 'string', default: join(tmpdir(), 'mixtune-bounded-search') },
  },
});
const moments = [10, 20, 50, 100, 200].filter((units) => units <= Number(given.budget));
const seeds = Array.from({ length: Number(given.seeds) }, (_, index) => index + 1);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

interface Moment {
  readonly units: number;
  readonly trials: number;
  /** True values of what is recommended. */
  readonly recommended: readonly Truth[];
}

function play(world: SimulatedWorld, seed: number, bounds: Bounds | undefined): Moment[] {
  const run = world.start(seed);
  const { space, objectives } = world;
  const { searchCells } = run;
  const order = createRng(`bench/${seed}/cells`).shuffle([...Array(searchCells).keys()]);
  const session = new SearchSession({
    ...{ space, objectives, searchCells, seed, strategy: unwrap(parseStrategyName(given.strategy)) },
    ...(bounds === undefined ? {} : { bounds }),
    cells: inDrawnOrder(run.cells, searchCells, order),
  });
  const unit = tokensPerEvaluation(world);
  const due = [...moments];
  const found: Moment[] = [];
  let paid = 0;
  for (let step = session.next(); step.kind === 'cell' && due.length > 0; step = session.next()) {
    const { trial, cell } = step;
    const { measurement, paidTokens } = run.measure(trial.config, cell, trial.id);
    while (due[0] !== undefined && paid + paidTokens > due[0] * unit) {
      const recommended = session.front().map(({ config, id }) => world.truth(config, id));
      found.push({ units: due.shift() as number, trials: session.trials.length, recommended });
    }
    paid += paidTokens;
    session.finish(trial, cell, measurement);
  }
  return found;
}

/** The value that is kept in a file, or made and kept. */
function kept<Value>(file: string, make: () => Value): Value {
  const path = join(given.cache, file);
  if (!existsSync(path)) {
    mkdirSync(given.cache, { recursive: true });
    writeFileSync(path, JSON.stringify(make()));
  }
  return JSON.parse(readFileSync(path, 'utf8')) as Value;
}

const valueIn = (truth: Truth, name: ObjectiveName): number => truth[name] ?? Number.POSITIVE_INFINITY;

const worthless = { score: 0, latency: Infinity, tokens: Infinity, usd: Infinity };

function inside(truths: readonly Truth[], world: SimulatedWorld, bounds: Bounds): number {
  const { objectives } = world;
  const points = truths.map((truth) =>
    objectives.map((name) => normaliseObjective(name, valueIn(truth, name))),
  );
  const corner = objectives.map((name) => normaliseObjective(name, bounds[name] ?? worthless[name]));
  return hypervolume(points, corner);
}

for (const world of simulatedWorlds().filter(({ name }) => given.worlds.split(',').includes(name))) {
  const reference = Object.values(
    kept<Record<ConfigId, Truth>>(`reference-${world.name}.json`, () =>
      referenceConfigs(world, (config) => world.estimate(config, 250)),
    ),
  );
  const names = given.bound.split(',') as ObjectiveName[];
  const bounds: Bounds = Object.fromEntries(
    names.map((name) => [
      name,
      quantileOf(
        reference.map((truth) => valueIn(truth, name)),
        Number(given.quantile),
      ),
    ]),
  );
  const best = inside(reference, world, bounds);
  const met = (truths: readonly Truth[]): readonly Truth[] =>
    truths.filter((truth) => keepsBounds((name) => valueIn(truth, name), bounds));
  print(`\n${world.name}, ${boundsText(bounds)}; best known inside: ${best.toFixed(4)}`);
  print('units  bounds  share inside (mean)  best score inside  members inside  trials  each share');
  const methods = [
    { name: 'without', bounds: undefined, file: 'without' },
    { name: 'with', bounds, file: `${given.name}-${given.quantile}-${names.join('+')}` },
  ];
  const runs = methods.map((method) => ({
    ...method,
    found: seeds.map((seed) =>
      kept(`${world.name}-${seed}-${given.budget}-${given.strategy}-${method.file}.json`, () =>
        play(world, seed, method.bounds),
      ),
    ),
  }));
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  for (const [index, units] of moments.entries()) {
    for (const { name, found } of runs) {
      const at = found.flatMap((run) => run[index] ?? []);
      const shares = at.map(({ recommended }) => inside(recommended, world, bounds) / best);
      const accepted = at.map(({ recommended }) => met(recommended));
      const scores = accepted.map((truths) => Math.max(0, ...truths.map(({ score }) => score)));
      print(
        [
          `${units}`.padStart(5),
          name.padStart(7),
          mean(shares).toFixed(3).padStart(20),
          mean(scores).toFixed(3).padStart(18),
          mean(accepted.map(({ length }) => length))
            .toFixed(1)
            .padStart(15),
          mean(at.map(({ trials }) => trials))
            .toFixed(0)
            .padStart(7),
          `  ${shares.map((share) => share.toFixed(3)).join(' ')}`,
        ].join(' '),
      );
    }
  }
}
