import type { Rng } from '../core/rng.ts';
import type { Bounds } from '../domain/bounds.ts';
import type { ConfigId, MoaConfig } from '../domain/moa-config.ts';
import type { ObjectiveName } from '../domain/objective.ts';
import { type Parent, ParentPool } from './parent-pool.ts';
import type { TrialReport } from './strategy.ts';

/** Finished trials as parents; those that lost a race only as long as nothing has finished. */
export class Parents {
  readonly #finished: ParentPool;
  readonly #dropped: ParentPool;

  constructor(objectives: readonly ObjectiveName[], bounds?: Bounds) {
    this.#finished = new ParentPool(objectives, bounds);
    this.#dropped = new ParentPool(objectives, bounds);
  }

  get size(): number {
    return this.#finished.size + this.#dropped.size;
  }

  add(report: TrialReport): void {
    if (report.status === 'finished') this.#finished.add(report);
    else if (report.status === 'dropped' && this.#finished.size === 0) this.#dropped.add(report);
  }

  /** The config of a trial that may be a parent. */
  configOf(id: ConfigId): MoaConfig | undefined {
    return (this.#finished.get(id) ?? this.#dropped.get(id))?.config;
  }

  draw(rng: Rng): Parent | undefined {
    return this.#finished.draw(rng) ?? this.#dropped.draw(rng);
  }
}
