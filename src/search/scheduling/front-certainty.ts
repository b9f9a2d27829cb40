import { elementAt, numberAt, valueAt } from '../../core/element-at.ts';
import { float64At } from '../../core/linear.ts';
import type { Rng } from '../../core/rng.ts';
import { type Measurement, type ObjectiveName, objectiveDirections } from '../../domain/objective.ts';

export interface HasMeasurements {
  measurements(): readonly { readonly key: string; readonly measurement: Measurement }[];
}

/** Draws of cells behind a probability: its own standard error is at most 0.025. */
const defaultDraws = 400;

/**
 * The probability, trial by trial, that none of the others dominates it, given what was measured: the share
 * of reweighted sets of cells (Bayesian bootstrap: Rubin, "The Bayesian Bootstrap", Annals of Statistics 9,
 * 1981) in which it is on the front. Trials share the weights of cells that they share, so luck that they have
 * in common does not count. A trial with an unknown objective gets 0. Cells that all measured the same leave
 * no doubt here, however few they are: look at the interval, too.
 *
 * @param draws reweighted sets; default 400
 */
export function frontCertainty(
  trials: readonly HasMeasurements[],
  objectives: readonly ObjectiveName[],
  rng: Rng,
  draws = defaultDraws,
): number[] {
  const tables = trials.map((trial) => tableOf(trial, objectives));
  const index = cellIndex(trials);
  const places = trials.map((trial) => trial.measurements().map(({ key }) => valueAt(index, key)));
  const wins = trials.map(() => 0);
  const weights = new Float64Array(index.size);
  for (let draw = 0; draw < draws; draw++) {
    for (let cell = 0; cell < weights.length; cell++) weights[cell] = -Math.log(1 - rng.next());
    const points = tables.map((table, at) =>
      table === undefined ? undefined : weightedMeans(table, elementAt(places, at), weights),
    );
    for (const [at, point] of points.entries())
      if (point !== undefined && !isBeaten(at, point, points)) wins[at] = elementAt(wins, at) + 1;
  }
  return wins.map((count) => count / draws);
}

/**
 * The chance that a config is on the front of all that were tried, by what {@link frontCertainty} says of it: the same cells
 * chose who is looked at, and configs of few cells may be better yet. The curve is how often it was so in simulated worlds
 * whose true scores are known (test/experiments/search-beliefs.ts).
 */
export const chanceOnFront = (certainty: number): number => 0.86 * certainty ** 1.4;

function cellIndex(trials: readonly HasMeasurements[]): Map<string, number> {
  const keys = new Set(trials.flatMap((trial) => trial.measurements().map(({ key }) => key)));
  return new Map([...keys].sort().map((key, at) => [key, at]));
}

/** A column an objective, larger is better; `undefined` where anything is unknown or nothing was measured. */
function tableOf(trial: HasMeasurements, objectives: readonly ObjectiveName[]): Float64Array[] | undefined {
  const cells = trial.measurements();
  if (cells.length === 0) return undefined;
  const columns: Float64Array[] = [];
  for (const name of objectives) {
    const sign = objectiveDirections[name] === 'max' ? 1 : -1;
    const values = cells.map(({ measurement }) => measurement[name]).filter((value) => value !== null);
    if (values.length < cells.length) return undefined;
    columns.push(Float64Array.from(values, (value) => sign * value));
  }
  return columns;
}

function weightedMeans(
  columns: readonly Float64Array[],
  places: readonly number[],
  weights: Float64Array,
): number[] {
  const own = new Float64Array(places.length);
  let total = 0;
  for (let row = 0; row < own.length; row++) {
    const weight = float64At(weights, numberAt(places, row));
    own[row] = weight;
    total += weight;
  }
  return columns.map((values) => {
    let sum = 0;
    for (let row = 0; row < own.length; row++) sum += float64At(own, row) * float64At(values, row);
    return sum / total;
  });
}

function isBeaten(
  at: number,
  point: readonly number[],
  points: readonly (readonly number[] | undefined)[],
): boolean {
  for (let by = 0; by < points.length; by++) {
    const other = points[by];
    if (by !== at && other !== undefined && beats(other, point)) return true;
  }
  return false;
}

/** Relative slack of rounding: equal columns give equal means only up to it. */
const rounding = 1e-12;

function beats(first: readonly number[], second: readonly number[]): boolean {
  let strict = false;
  for (let axis = 0; axis < first.length; axis++) {
    const difference = numberAt(first, axis) - numberAt(second, axis);
    const slack = rounding * Math.abs(numberAt(second, axis));
    if (difference < -slack) return false;
    if (difference > slack) strict = true;
  }
  return strict;
}
