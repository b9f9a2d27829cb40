/**
 * What `auto` believes against what is true, in the worlds of `npm run bench:search`:
 *
 *   npx tsx test/experiments/search-beliefs.ts --name before --worlds topology,critics --seeds 4 --budget 50
 *   npx tsx test/experiments/search-beliefs.ts --report --name before,after --budget 50
 *
 * Runs are kept below `--cache` by name, so that an interrupted series goes on. The table: root mean square and mean
 * of z = (true - believed) / believed standard deviation of the believed front's scores; median share of the gap
 * that lies between the recommended front and the best that was tried; share of the gap closed; and how often
 * members of the front were truly on it, by what was said of them.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRng } from '../../src/core/rng.ts';
import { type Cell, cellKey } from '../../src/domain/cell.ts';
import { estimatesOf, meansOf } from '../../src/domain/estimates.ts';
import type { ConfigId } from '../../src/domain/moa-config.ts';
import { directionsOf, nonDominated, vectorOf } from '../../src/pareto/index.ts';
import { type AutoOptions, AutoStrategy } from '../../src/search/auto.ts';
import { advisedSchedule } from '../../src/search/scheduling/advised-scheduler.ts';
import { chanceOnFront, frontCertainty } from '../../src/search/scheduling/front-certainty.ts';
import type { ScheduleOptions } from '../../src/search/scheduling/types.ts';
import { SearchSession } from '../../src/search/session.ts';
import type { Trial } from '../../src/search/trial.ts';
import { withBaselines } from '../../src/search/with-baselines.ts';
import { inDrawnOrder } from '../bench/search/methods.ts';
import { quantileOf, trueHypervolume } from '../bench/search/metric.ts';
import { referenceConfigs } from '../bench/search/reference.ts';
import { singlesHypervolume, tokensPerEvaluation } from '../bench/search/run.ts';
import { simulatedWorlds } from '../bench/search/worlds/catalogue.ts';
import { type SimulatedWorld, truthCells } from '../bench/search/worlds/simulated.ts';
import type { Truth, World, WorldRun } from '../bench/search/worlds/world.ts';

interface Moment {
  readonly units: number;
  readonly trials: number;
  readonly recommended: number;
  /** Hypervolume of all that was tried. */
  readonly tried: number;
  /** Of each believed member. */
  readonly z: readonly number[];
  readonly errors: readonly number[];
}

/** The probability that is told, and the truth. */
type Said = readonly [number, boolean];

interface Kept {
  readonly world: string;
  readonly seed: number;
  readonly moments: readonly Moment[];
  /** Of each member after all finalists were measured on equal cells: what is said of it, and whether it is so. */
  readonly said: readonly Said[];
  /** Of the last front: what the best known one is made of. */
  readonly truths: Readonly<Record<ConfigId, Truth>>;
  readonly cells: number;
  readonly seconds: number;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const glanceCells = 150;
const grid = [5, 10, 20, 50, 100, 200, 500, 1000];

const { values: given } = parseArgs({
  options: {
    name: { type: 'string', default: 'now' },
    worlds: { type: 'string' },
    seeds: { type: 'string', default: '4' },
    budget: { type: 'string', default: '50' },
    report: { type: 'boolean', default: false },
    schedule: { type: 'string', default: '{}' },
    options: { type: 'string', default: '{}' },
    each: { type: 'boolean', default: false },
    cache: { type: 'string', default: join(tmpdir(), 'mixtune-search-beliefs') },
  },
});
const budget = Number(given.budget);
const worlds = simulatedWorlds().filter(
  ({ name }) => given.worlds === undefined || given.worlds.split(',').includes(name),
);
const [firstSeed = 1, lastSeed = firstSeed] = (given.seeds.includes('-') ? given.seeds : `1-${given.seeds}`)
  .split('-')
  .map(Number);

if (!given.report) {
  for (let seed = firstSeed; seed <= lastSeed; seed++) for (const world of worlds) compute(world, seed);
}
for (const name of given.name.split(',')) report(name);

function compute(world: SimulatedWorld, seed: number): void {
  const folder = join(given.cache, given.name);
  const file = join(folder, `${world.name}-${seed}-${budget}.json`);
  if (existsSync(file)) return;
  const kept = play(world, seed);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify(kept));
  process.stderr.write(`${world.name} seed ${seed}: ${kept.seconds.toFixed(0)} s\n`);
}

function play(world: SimulatedWorld, seed: number): Kept {
  const from = process.cpuUsage();
  const run = world.start(seed);
  const { space, objectives } = world;
  const { searchCells } = run;
  const order = createRng(`bench/${seed}/cells`).shuffle([...Array(searchCells).keys()]);
  const cells = inDrawnOrder(run.cells, searchCells, order);
  let auto: AutoStrategy | undefined;
  const session = new SearchSession({
    ...{ space, objectives, cells, searchCells, seed },
    strategy: {
      create: (context) => {
        auto = new AutoStrategy(context, JSON.parse(given.options) as Partial<AutoOptions>);
        return withBaselines(auto, context);
      },
      schedule: { ...advisedSchedule, ...(JSON.parse(given.schedule) as Partial<ScheduleOptions>) },
    },
  });
  const unit = tokensPerEvaluation(world);
  const truth = ({ config, id }: Trial): Truth => world.truth(config, id);
  // The truth takes long: it is asked of what by a glance may be on the front of all that was tried.
  const glances = new Map<Trial, Truth>();
  const isHopeful = (trial: Trial): boolean => {
    const glance = glances.get(trial) ?? world.estimate(trial.config, glanceCells);
    glances.set(trial, glance);
    const { score, latency, tokens } = glance;
    const hope = { score: score + 0.12, latency: latency * 0.95, tokens: tokens * 0.95 };
    return !session.front().some((member) => {
      const known = truth(member);
      return known.score > hope.score && known.latency < hope.latency && known.tokens < hope.tokens;
    });
  };
  const moments: Moment[] = [];
  const record = (units: number): void => {
    const front = session.front();
    const believed = new Map((auto?.believed() ?? []).map((each) => [each.id, each]));
    const members = front.flatMap((trial) => {
      const belief = believed.get(trial.id);
      if (belief === undefined) return [];
      const { score } = truth(trial);
      const error = score - belief.score;
      // The truth is a mean over questions, too.
      return [{ error, z: error / Math.sqrt(belief.deviation ** 2 + (score * (1 - score)) / truthCells) }];
    });
    const tried = session.trials.filter((trial) => trial.status === 'finished' && isHopeful(trial));
    moments.push({
      units,
      trials: session.trials.length,
      recommended: trueHypervolume(front.map(truth), objectives),
      tried: trueHypervolume(tried.map(truth), objectives),
      z: members.map(({ z }) => z),
      errors: members.map(({ error }) => error),
    });
  };
  const due = grid.filter((units) => units <= budget);
  let paid = 0;
  for (let step = session.next(); step.kind === 'cell'; step = session.next()) {
    const { trial, cell } = step;
    const { measurement, paidTokens } = run.measure(trial.config, cell, trial.id);
    while (due[0] !== undefined && paid + paidTokens > due[0] * unit) record(due.shift() as number);
    if (due.length === 0) break;
    paid += paidTokens;
    session.finish(trial, cell, measurement);
  }
  const used = process.cpuUsage(from);
  const truths: Record<ConfigId, Truth> = {};
  for (const trial of session.front()) truths[trial.id] = truth(trial);
  return {
    world: world.name,
    seed,
    moments,
    said: finish(
      world,
      session,
      cells.slice(0, Math.min(searchCells, 2 * session.levelSize)),
      run,
      isHopeful,
    ),
    truths,
    cells: session.trials.reduce((sum, trial) => sum + trial.tuningBegun, 0),
    seconds: (used.user + used.system) / 1e6,
  };
}

/** As a run ends: finalists get equal cells, and the front is what measures as non-dominated then. */
function finish(
  world: World,
  session: SearchSession,
  cells: readonly Cell[],
  run: WorldRun,
  isHopeful: (trial: Trial) => boolean,
): Said[] {
  const { objectives } = world;
  const directions = directionsOf(objectives);
  const finished = session.trials.filter(({ status }) => status === 'finished');
  const hopeful = finished.filter(isHopeful);
  const measuredFront = nonDominated(finished, ({ means }) => vectorOf(means, objectives), directions);
  const finalists = [...new Set([...session.front(), ...measuredFront])].map((trial) => {
    const known = new Map(trial.measurements().map((cell) => [cell.key, cell]));
    for (const cell of cells) {
      const key = cellKey(cell);
      if (known.has(key)) continue;
      known.set(key, { key, measurement: run.measure(trial.config, cell, trial.id).measurement });
    }
    const all = [...known.values()];
    return {
      trial,
      measurements: () => all,
      means: meansOf(estimatesOf(all.map(({ measurement }) => measurement))),
    };
  });
  const front = nonDominated(finalists, ({ means }) => vectorOf(means, objectives), directions);
  const rest = finalists.filter((each) => !front.includes(each));
  const pool = [...front, ...nonDominated(rest, ({ means }) => vectorOf(means, objectives), directions)];
  const certainty = frontCertainty(pool, objectives, createRng('certainty'));
  const vectors = (trial: Trial) =>
    vectorOf({ usd: null, ...world.truth(trial.config, trial.id) }, objectives);
  const truly = new Set(nonDominated(hopeful, vectors, directions));
  return front.map(({ trial }, at) => [chanceOnFront(certainty[at] ?? 0), truly.has(trial)]);
}

function referenceOf(world: SimulatedWorld): Record<ConfigId, Truth> {
  const file = join(given.cache, `reference-${world.name}.json`);
  if (!existsSync(file)) {
    mkdirSync(given.cache, { recursive: true });
    const found = referenceConfigs(world, (config) => world.estimate(config, 250));
    writeFileSync(file, JSON.stringify(found));
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Record<ConfigId, Truth>;
}

function bestKnown(world: SimulatedWorld): number {
  const found = { ...referenceOf(world) };
  for (const entry of readdirSync(given.cache, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    for (const file of readdirSync(join(given.cache, entry.name))) {
      if (file.startsWith(`${world.name}-`))
        Object.assign(found, keptIn(join(given.cache, entry.name, file)).truths);
    }
  }
  return trueHypervolume(Object.values(found), world.objectives);
}

function keptIn(file: string): Kept {
  return JSON.parse(readFileSync(file, 'utf8')) as Kept;
}

function report(name: string): void {
  const all: Said[] = [];
  print(
    `\n${name}, ${budget} units\nworld        units runs trials  z rms  z mean  bias    loss(med,max)  share(med)  each`,
  );
  const median = (values: readonly number[]): number => quantileOf(values, 0.5);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  for (const world of worlds) {
    const folder = join(given.cache, name);
    const runs: Kept[] = [];
    for (let seed = firstSeed; seed <= lastSeed; seed++) {
      const file = join(folder, `${world.name}-${seed}-${budget}.json`);
      if (existsSync(file)) runs.push(keptIn(file));
    }
    if (runs.length === 0) continue;
    const [low, high] = [singlesHypervolume(world), bestKnown(world)];
    const share = (value: number): number => (value - low) / (high - low);
    for (const units of grid) {
      const moments = runs.flatMap((run) => run.moments.filter((moment) => moment.units === units));
      if (moments.length === 0) continue;
      const z = moments.flatMap((moment) => moment.z);
      const losses = moments.map(({ tried, recommended }) => (tried - recommended) / (high - low));
      const shares = moments.map(({ recommended }) => share(recommended));
      print(
        [
          world.name.padEnd(12),
          `${units}`.padStart(5),
          `${moments.length}`.padStart(4),
          `${Math.round(mean(moments.map(({ trials }) => trials)))}`.padStart(6),
          Math.sqrt(mean(z.map((value) => value * value)))
            .toFixed(2)
            .padStart(6),
          mean(z).toFixed(2).padStart(7),
          mean(moments.flatMap(({ errors }) => errors))
            .toFixed(3)
            .padStart(7),
          `${median(losses).toFixed(3)} ${Math.max(...losses).toFixed(3)}`.padStart(14),
          median(shares).toFixed(3).padStart(8),
          `  ${given.each ? shares.map((value) => value.toFixed(3)).join(' ') : ''}`,
        ].join(' '),
      );
    }
    print(`  seconds ${mean(runs.map(({ seconds }) => seconds)).toFixed(0)}`);
    all.push(...runs.flatMap(({ said }) => said));
  }
  const fifths = [0, 1, 2, 3, 4].map((fifth) => {
    const part = all.filter(([chance]) => Math.min(4, Math.floor(chance * 5)) === fifth);
    const [told, is] = [mean(part.map(([chance]) => chance)), mean(part.map(([, truly]) => (truly ? 1 : 0)))];
    return `${told.toFixed(2)} -> ${is.toFixed(2)} (${part.length})`;
  });
  print(`said to be on the front -> truly: ${fifths.join(', ')}`);
}
