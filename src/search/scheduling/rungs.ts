import { type Measurement, type ObjectiveName, objectiveDirections } from '../../domain/objective.ts';
import type { ScheduledTrial } from './types.ts';

/**
 * Remembers how trials did over their first cells, for successive halving over several objectives: at a rung, trials
 * are ranked by how many others dominate them there.
 */
export class Rungs<Trial extends ScheduledTrial> {
  readonly #keys: readonly string[];
  readonly #objectives: readonly ObjectiveName[];
  readonly #trials: Trial[] = [];
  readonly #known = new Set<number>();
  /** Means by rung and trial, larger is better; kept once a trial has been beyond the rung. */
  readonly #means = new Map<number, Map<number, readonly number[] | undefined>>();

  /** @param keys of the cells in the order in which fidelity grows */
  constructor(keys: readonly string[], objectives: readonly ObjectiveName[]) {
    this.#keys = keys;
    this.#objectives = objectives;
  }

  add(trial: Trial): void {
    if (this.#known.has(trial.trial)) return;
    this.#known.add(trial.trial);
    this.#trials.push(trial);
  }

  /**
   * Whether a trial is among the best share of those that have come to a rung before it or with it. The first to
   * come goes on, and so does one of which nothing is known.
   * @param cells of the rung
   */
  survives(trial: Trial, cells: number, keep: number): boolean {
    const own = this.#meansOf(trial, cells);
    if (own === undefined) return true;
    const peers: (readonly number[])[] = [];
    for (const other of this.#trials) {
      if (other.trial === trial.trial || other.granted < cells) continue;
      // One that is still on its way to the rung has not come there.
      if (other.granted === cells && other.status === 'running') continue;
      const means = this.#meansOf(other, cells);
      if (means !== undefined) peers.push(means);
    }
    const everybody = [...peers, own];
    const faults = dominators(own, everybody);
    const better = peers.filter((peer) => dominators(peer, everybody) < faults).length;
    return better < Math.ceil(keep * everybody.length);
  }

  #meansOf(trial: Trial, cells: number): readonly number[] | undefined {
    let rung = this.#means.get(cells);
    if (rung === undefined) {
      rung = new Map();
      this.#means.set(cells, rung);
    }
    if (rung.has(trial.trial)) return rung.get(trial.trial);
    const keys = new Set(this.#keys.slice(0, cells));
    const rows = trial.measurements().filter(({ key }) => keys.has(key));
    const means = this.#averages(rows.map(({ measurement }) => measurement));
    // Cells of a rung that a trial stands on may still come in.
    if (trial.status !== 'running' || trial.granted > cells) rung.set(trial.trial, means);
    return means;
  }

  #averages(rows: readonly Measurement[]): readonly number[] | undefined {
    if (rows.length === 0) return undefined;
    const means: number[] = [];
    for (const name of this.#objectives) {
      let sum = 0;
      for (const row of rows) {
        const value = row[name];
        if (value === null) return undefined;
        sum += value;
      }
      means.push((objectiveDirections[name] === 'max' ? sum : -sum) / rows.length);
    }
    return means;
  }
}

function dominators(point: readonly number[], others: readonly (readonly number[])[]): number {
  let count = 0;
  for (const other of others) {
    let isStrict = false;
    let isBelow = false;
    for (let axis = 0; axis < point.length; axis++) {
      const difference = (other[axis] as number) - (point[axis] as number);
      if (difference < 0) isBelow = true;
      if (difference > 0) isStrict = true;
    }
    if (isStrict && !isBelow) count++;
  }
  return count;
}
