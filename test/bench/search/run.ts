import { createHash } from 'node:crypto';
import { createRng } from '../../../src/core/rng.ts';
import { type ConfigId, configId } from '../../../src/domain/moa-config.ts';
import { randomConfig } from '../../../src/search/random-config.ts';
import { singleConfig } from '../../../src/search/start-configs.ts';
import { type Method, measuringOptions, startSearch } from './methods.ts';
import { type Checkpoint, checkpointGrid, quantileOf, trueHypervolume } from './metric.ts';
import type { OptunaProcess } from './peers/optuna.ts';
import type { Truth, World } from './worlds/world.ts';

/** What one run left behind. */
export interface RunResult {
  readonly world: string;
  readonly method: string;
  readonly seed: number;
  /** Evaluations' worth of tokens that it had. */
  readonly budget: number;
  readonly checkpoints: readonly Checkpoint[];
  /** True values of everything that it recommended at a checkpoint: what the best known front is made of. */
  readonly recommended: Readonly<Record<ConfigId, Truth>>;
  readonly trials: number;
  readonly seconds: number;
}

/** Cells that an evaluation's worth of tokens is counted with, or all where a world has fewer. */
const cellsPerEvaluation = 60;
const configsForUnit = 201;
/**
 * A run ends after so many evaluations' cells in turn that cost nothing: every answer has been bought then, as on recorded
 * answers, whose votes are free. What comes after would cost nothing, and never end.
 */
const freeEvaluations = 100;

/**
 * Tokens of one evaluation: those of the median random config on 60 cells (search's random draws, which favour
 * small configs), so that a budget means about the same in every world.
 */
export function tokensPerEvaluation(world: World): number {
  const rng = createRng('unit');
  const run = world.start(0, { sharing: false });
  const cells = run.cells.slice(0, Math.min(cellsPerEvaluation, run.searchCells));
  const tokens = Array.from({ length: configsForUnit }, () => {
    const config = randomConfig(world.space, rng);
    if (config === undefined) return 0;
    const id = configId(config);
    return cells.reduce((sum, cell) => sum + run.measure(config, cell, id).paidTokens, 0);
  });
  return quantileOf(tokens, 0.5);
}

/** Hypervolume of the front of single models as every search would begin with them: the gap's lower end. */
export function singlesHypervolume(world: World): number {
  const truths = world.space.models.map((model) => {
    const config = singleConfig(world.space, model);
    return world.truth(config, configId(config));
  });
  return trueHypervolume(truths, world.objectives);
}

/** Changes with anything that changes what a world answers. */
export function fingerprint(world: World): string {
  const rng = createRng('fingerprint');
  const run = world.start(1);
  const seen: unknown[] = [world.space];
  for (let index = 0; index < 8; index++) {
    const config = randomConfig(world.space, rng);
    if (config === undefined) continue;
    const id = configId(config);
    seen.push(
      run.cells.slice(0, 10).map((cell) => run.measure(config, cell, id)),
      world.truth(config, id),
    );
  }
  return createHash('sha256').update(JSON.stringify(seen)).digest('hex').slice(0, 12);
}

export function runMethod(
  world: World,
  method: Method,
  seed: number,
  budget: number,
  unit: number,
  optuna: () => OptunaProcess,
): RunResult {
  const start = performance.now();
  const run = world.start(seed, measuringOptions(method));
  const search = startSearch(method, world, run, seed, optuna);
  const grid = checkpointGrid(budget);
  const checkpoints: Checkpoint[] = [];
  const recommended: Record<ConfigId, Truth> = {};
  let paid = 0;
  const record = (units: number): void => {
    const truths = search.front().map(({ id, config }) => {
      const truth = world.truth(config, id);
      recommended[id] = truth;
      return truth;
    });
    checkpoints.push({
      units,
      trials: search.trials(),
      hypervolume: trueHypervolume(truths, world.objectives),
      score: Math.max(0, ...truths.map(({ score }) => score)),
      members: truths.length,
    });
  };
  let free = 0;
  for (const tokens of search.steps) {
    free = tokens > 0 ? 0 : free + 1;
    if (free > freeEvaluations * cellsPerEvaluation) break;
    while (checkpoints.length < grid.length && paid + tokens > (grid[checkpoints.length] as number) * unit) {
      record(grid[checkpoints.length] as number);
    }
    if (checkpoints.length === grid.length) break;
    paid += tokens;
  }
  if (checkpoints.length < grid.length) record(paid / unit);
  return {
    world: world.name,
    method: method.spec,
    seed,
    budget,
    checkpoints,
    recommended,
    trials: search.trials(),
    seconds: (performance.now() - start) / 1000,
  };
}
