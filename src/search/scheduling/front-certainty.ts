import { elementAt, valueAt } from '../../core/element-at.ts';
import type { Rng } from '../../core/rng.ts';
import { type Measurement, type ObjectiveName, objectiveDirections } from '../../domain/objective.ts';

export interface HasMeasurements {
  measurements(): readonly { readonly key: string; readonly measurement: Measurement }[];
}

export interface FrontCertaintyOptions {
  /** Others that may dominate them, of which nothing is asked; default none. */
  readonly rivals?: readonly HasMeasurements[];
  /** Reweighted sets of cells. With 400, the default, a probability's own standard error is at most 0.025. */
  readonly draws?: number;
}

/**
 * The probability, trial by trial, that none of the others dominates it, given what was measured: the share
 * of reweighted sets of cells (Bayesian bootstrap: Rubin, "The Bayesian Bootstrap", Annals of Statistics 9,
 * 1981) in which it is on the front. Trials share the weights of cells that they share, so luck that they have
 * in common does not count. A trial with an unknown objective gets 0. Cells that all measured the same leave
 * no doubt here, however few they are: look at the interval, too.
 */
export function frontCertainty(
  asked: readonly HasMeasurements[],
  objectives: readonly ObjectiveName[],
  rng: Rng,
  { rivals = [], draws = 400 }: FrontCertaintyOptions = {},
): number[] {
  const trials = [...asked, ...rivals];
  const tables = trials.map((trial) => tableOf(trial, objectives));
  const index = cellIndex(trials);
  const places = trials.map((trial) =>
    Int32Array.from(trial.measurements(), ({ key }) => valueAt(index, key)),
  );
  const axes = objectives.length;
  const wins = new Uint32Array(asked.length);
  const weights = new Float64Array(index.size);
  /** Trial by trial; NaN where anything is unknown. */
  const points = new Float64Array(trials.length * axes).fill(Number.NaN);
  for (let draw = 0; draw < draws; draw++) {
    for (let cell = 0; cell < weights.length; cell++) weights[cell] = -Math.log(1 - rng.next());
    for (const [at, table] of tables.entries()) {
      if (table !== undefined) weightedMeans(table, elementAt(places, at), weights, points, at * axes);
    }
    for (let at = 0; at < asked.length; at++) if (!isBeaten(at, points, axes)) (wins[at] as number)++;
  }
  return Array.from(wins, (count) => count / draws);
}

/**
 * The chance that a config is on the front of all that were tried, by what {@link frontCertainty} says of it: the same cells
 * chose who is looked at, and configs of few cells may be better yet. So often it was so in simulated worlds whose true
 * scores are known (test/experiments/search-beliefs.ts).
 */
export const chanceOnFront = (certainty: number): number => 0.75 * certainty;

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
  places: Int32Array,
  weights: Float64Array,
  into: Float64Array,
  offset: number,
): void {
  let total = 0;
  for (let row = 0; row < places.length; row++) total += weights[places[row] as number] as number;
  for (const [axis, values] of columns.entries()) {
    let sum = 0;
    for (let row = 0; row < places.length; row++)
      sum += (weights[places[row] as number] as number) * (values[row] as number);
    into[offset + axis] = sum / total;
  }
}

/** Whether any other dominates it; what is unknown is no rival, and counts as beaten. */
function isBeaten(at: number, points: Float64Array, axes: number): boolean {
  if (Number.isNaN(points[at * axes])) return true;
  for (let other = 0; other < points.length; other += axes)
    if (other !== at * axes && beats(other, at * axes, points, axes)) return true;
  return false;
}

/** Relative slack of rounding: equal columns give equal means only up to it. */
const rounding = 1e-12;

function beats(first: number, second: number, points: Float64Array, axes: number): boolean {
  let strict = false;
  for (let axis = 0; axis < axes; axis++) {
    const held = points[second + axis] as number;
    const difference = (points[first + axis] as number) - held;
    const slack = rounding * Math.abs(held);
    // NaN too: what is unknown beats nobody.
    if (!(difference >= -slack)) return false;
    if (difference > slack) strict = true;
  }
  return strict;
}
