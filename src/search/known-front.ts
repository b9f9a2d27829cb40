import type { Bounds } from '../domain/bounds.ts';
import { meansOf } from '../domain/estimates.ts';
import type { Estimates, ObjectiveName } from '../domain/objective.ts';
import { directionsOf, hypervolumeGain, normaliseObjective, ParetoFront, vectorOf } from '../pareto/index.ts';
import { boundedCorner, insideOf, reachedCorner } from './bounded-corner.ts';

/**
 * The front of what has been told, on scales on which hypervolume means something (0 ideal, 1 worthless).
 * Points move when they are told again; a point with an unknown objective is not on it.
 */
export class KnownFront {
  readonly #objectives: readonly ObjectiveName[];
  readonly #front: ParetoFront;
  readonly #bounded: readonly number[];
  #points: { readonly id: string; readonly point: readonly number[] }[] | undefined;

  constructor(objectives: readonly ObjectiveName[], bounds?: Bounds) {
    this.#objectives = objectives;
    this.#front = new ParetoFront(directionsOf(objectives));
    this.#bounded = boundedCorner(objectives, bounds);
  }

  insert(id: string, estimates: Estimates): void {
    this.#front.insert(id, vectorOf(meansOf(estimates), this.#objectives));
    this.#points = undefined;
  }

  points(): readonly { readonly id: string; readonly point: readonly number[] }[] {
    this.#points ??= this.#front.members().map(({ id, vector }) => ({ id, point: this.#scaled(vector) }));
    return this.#points;
  }

  /** What a further point would add to the hypervolume inside the bounds; 0 where one of its objectives is unknown. */
  gainOf(estimates: Estimates): number {
    const vector = this.#objectives.map((name) => estimates[name].mean).filter((value) => value !== null);
    if (vector.length < this.#objectives.length) return 0;
    const others = this.points().map(({ point }) => point);
    const corner = reachedCorner(this.#bounded, others);
    return hypervolumeGain(this.#scaled(vector), insideOf(others, corner), corner);
  }

  #scaled(vector: readonly number[]): number[] {
    return vector.map((value, axis) => normaliseObjective(this.#objectives[axis] ?? 'score', value));
  }
}
