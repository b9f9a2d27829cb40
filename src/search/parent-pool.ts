import { bisect } from '../core/bisect.ts';
import { elementAt } from '../core/element-at.ts';
import type { Rng } from '../core/rng.ts';
import type { Bounds } from '../domain/bounds.ts';
import { meansOf } from '../domain/estimates.ts';
import type { ConfigId, MoaConfig } from '../domain/moa-config.ts';
import type { Estimates, ObjectiveName } from '../domain/objective.ts';
import { directionsOf, normaliseObjective, ParetoFront, vectorOf } from '../pareto/index.ts';
import { boundedCorner, excessOf } from './bounded-corner.ts';
import { crowding } from './crowding.ts';
import { drawElite, eliteShare, eliteSize, memberWeight } from './parent-draw.ts';
import type { TrialReport } from './strategy.ts';

export interface Parent {
  readonly id: ConfigId;
  readonly config: MoaConfig;
  /** Value that steers selection, larger is better. */
  readonly worth: number;
}

interface Member extends Parent {
  /** Outside the bounds on costs, on the front's scales; 0: it meets them, or there are none. */
  readonly excess: number;
}

/** Share of parents drawn from the winners of single cells; the rest but for the elite: the front. */
const cellShare = 0.1;

/**
 * The trials worth having children: the front, the best by score, and the winner of each cell. A trial
 * with an unknown score is never drawn, one with another unknown objective is not on the front. With bounds those
 * that meet the bounds on costs come before all others, and of the others the nearest to them.
 */
export class ParentPool {
  readonly #objectives: readonly ObjectiveName[];
  readonly #steering: ObjectiveName;
  readonly #bounded: readonly number[];
  readonly #front: ParetoFront;
  readonly #members = new Map<ConfigId, Member>();
  /** Worth of every finished trial, ascending. */
  readonly #worths: number[] = [];
  /** Worths that are not yet among those. */
  readonly #unsortedWorths: number[] = [];
  /** Best first. */
  #elite: Member[] = [];
  readonly #cells = new Map<string, { id: ConfigId; score: number; tokens: number }>();
  /** The front with its weights, made when first drawn from after a change. */
  #table: { parents: Parent[]; weights: number[] } | undefined;

  constructor(objectives: readonly ObjectiveName[], bounds?: Bounds) {
    this.#objectives = objectives;
    this.#bounded = boundedCorner(objectives, bounds);
    this.#steering = objectives.includes('score') ? 'score' : (objectives[0] ?? 'score');
    this.#front = new ParetoFront(directionsOf(objectives));
  }

  get size(): number {
    return this.#members.size;
  }

  get(id: ConfigId): Parent | undefined {
    return this.#members.get(id);
  }

  /** Takes in a finished trial; told again with more cells, the trial moves. */
  add(report: TrialReport): void {
    const worth = this.#worthOf(report.estimates);
    if (worth === undefined) return;
    const excess = this.#excessOf(report.estimates);
    const parent: Member = { id: report.id, config: report.config, worth, excess };
    const former = this.#members.get(report.id);
    this.#members.set(report.id, parent);
    if (former === undefined) this.#enlist(parent);
    else this.#move(former, parent);
    this.#front.insert(report.id, vectorOf(meansOf(report.estimates), this.#objectives));
    this.#takeCells(report);
    this.#table = undefined;
  }

  /** A parent, or `undefined` while nothing is known. */
  draw(rng: Rng): Parent | undefined {
    if (this.#members.size === 0) return undefined;
    const from = rng.next();
    if (from < cellShare && this.#cells.size > 1) {
      const winner = rng.pick([...this.#cells.values()]);
      return this.#members.get(winner.id);
    }
    const front = this.#frontTable();
    if (from < cellShare + eliteShare || front.parents.length === 0) {
      return drawElite(this.#elite, rng);
    }
    return front.parents[rng.weighted(front.weights)];
  }

  /** Half-way between the mean and the interval's bad end: few cells and much noise count for less. */
  #worthOf(estimates: Estimates): number | undefined {
    const { mean, low, high } = estimates[this.#steering];
    if (mean === null) return undefined;
    const isScore = this.#steering === 'score';
    const bad = (isScore ? low : high) ?? mean;
    const value = (mean + bad) / 2;
    return isScore ? value : -Math.log(Math.max(value, 1e-9));
  }

  /** How far a trial lies outside the bounds on costs, on its worst scale; an unknown cost is as far out as any. */
  #excessOf(estimates: Estimates): number {
    const point = this.#objectives.map((name, axis) => {
      if (this.#bounded[axis] === 1) return 0;
      const { mean } = estimates[name];
      return mean === null ? 1 : normaliseObjective(name, mean);
    });
    return excessOf(point, this.#bounded);
  }

  #enlist(parent: Member): void {
    this.#unsortedWorths.push(parent.worth);
    const place = this.#elite.findIndex((other) => byStanding(other, parent) > 0);
    if (place < 0 && this.#elite.length >= eliteSize) return;
    this.#elite.splice(place < 0 ? this.#elite.length : place, 0, parent);
    this.#elite = this.#elite.slice(0, eliteSize);
  }

  /** Measured again: one that was pushed out of the elite may belong there now, so all are looked at. */
  #move(former: Member, parent: Member): void {
    this.#sortWorths();
    this.#worths.splice(this.#worths.indexOf(former.worth), 1);
    this.#unsortedWorths.push(parent.worth);
    this.#elite = [...this.#members.values()].sort(byStanding).slice(0, eliteSize);
  }

  /** New ones are put in their places when somebody looks: one by one while searching, all at once after a load. */
  #sortWorths(): void {
    const fresh = this.#unsortedWorths;
    if (fresh.length > 64) {
      for (const worth of fresh) this.#worths.push(worth);
      this.#worths.sort((a, b) => a - b);
    } else {
      for (const worth of fresh) this.#worths.splice(firstAbove(this.#worths, worth), 0, worth);
    }
    fresh.length = 0;
  }

  #takeCells(report: TrialReport): void {
    for (const { key, measurement } of report.cells) {
      if (measurement.score === null) continue;
      const tokens = measurement.tokens ?? Number.POSITIVE_INFINITY;
      const best = this.#cells.get(key);
      const isBetter =
        best === undefined ||
        measurement.score > best.score ||
        (measurement.score === best.score && tokens < best.tokens);
      if (isBetter) this.#cells.set(key, { id: report.id, score: measurement.score, tokens });
    }
  }

  #frontTable(): { parents: Parent[]; weights: number[] } {
    if (this.#table !== undefined) return this.#table;
    this.#sortWorths();
    const points = this.#front.members();
    const parents = points.flatMap(({ id }) => this.#members.get(id) ?? []);
    const room = crowding(points.map(({ vector }) => vector.map((value, axis) => this.#scaled(value, axis))));
    const median = this.#worths[Math.floor(this.#worths.length / 2)] ?? 0;
    const best = this.#worths.at(-1) ?? 0;
    const least = Math.min(...parents.map(({ excess }) => excess));
    const weights = parents.map(({ worth, excess }, index) =>
      excess > least ? 0 : memberWeight(worth, room[index], { median, best }),
    );
    this.#table = { parents, weights };
    return this.#table;
  }

  /** Costs on a log scale: half the tokens matters as much at a hundred as at ten thousand. */
  #scaled(value: number, axis: number): number {
    return this.#objectives[axis] === 'score' ? value : Math.log(Math.max(value, 1e-9));
  }
}

/** Those that meet the bounds first, then by worth. */
const byStanding = (a: Member, b: Member): number => a.excess - b.excess || b.worth - a.worth;

/** Position of the first value above `value` in an ascending list. */
const firstAbove = (sorted: readonly number[], value: number): number =>
  bisect(sorted.length, (index) => elementAt(sorted, index) > value);
