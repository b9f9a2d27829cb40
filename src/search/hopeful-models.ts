import { defined } from '../core/defined.ts';
import { remembered } from '../core/remembered.ts';
import { baseline, cameBy } from '../domain/headliners.ts';
import { modelsOf } from '../domain/moa-config.ts';
import type { SearchSpace } from './space.ts';
import type { TrialReport } from './strategy.ts';
import type { Trial } from './trial.ts';

/** Of so many cells without a point the true mean is below `3 / cells` with 95% confidence (the rule of three). */
const ruleOfThree = 3;
/** Of the best one's score. */
const little = 1 / 3;
/** Of the best one's score; a model that was hopeless is one again that may be proposed only above it. */
const enough = 1 / 2;
/** Fewer cells condemn nobody. */
const leastCells = 8;

/** Whether what scored so little on so many cells is out of reach of the best. */
export function isHopeless(cells: number, score: number | null, bestScore: number): boolean {
  if (score === null || cells < leastCells) return false;
  return score <= little * bestScore && score + ruleOfThree / cells <= bestScore;
}

/** Whether all of its first cells scored nothing: hopeless as soon as another scores, and to be measured last until then. */
export function isAtZero(trial: Trial): boolean {
  return trial.estimates.score.mean === 0 && trial.measurements().length >= leastCells;
}

/** Trials without those that score next to nothing beside the best of them, however cheap they are. */
export function withoutHopeless(trials: readonly Trial[]): Trial[] {
  let best = 0;
  for (const { estimates } of trials) best = Math.max(best, estimates.score.mean ?? 0);
  return trials.filter((trial) => !isHopeless(trial.measurements().length, trial.estimates.score.mean, best));
}

/**
 * The models of a space without those that score nothing alone while others do: what they would answer, comment or
 * choose in a mixture is not worth its calls. Nor is one a router any more that named nobody where it was one. A fold
 * over reports.
 */
export class HopefulModels {
  readonly #whole: SearchSpace;
  readonly #heldBack: () => ReadonlySet<string>;
  readonly #singles = new Map<string, { readonly cells: number; readonly score: number | null }>();
  readonly #hopeless = new Set<string>();
  #space: SearchSpace;

  /** Those of the present space without some models, by the models that are left. */
  readonly #smaller = new Map<string, SearchSpace>();

  /** @param heldBack models that are left out for now, too. @defaultValue none */
  constructor(space: SearchSpace, heldBack: () => ReadonlySet<string> = () => new Set()) {
    this.#whole = space;
    this.#heldBack = heldBack;
    this.#space = space;
  }

  /** As proposals should be drawn at present. */
  get space(): SearchSpace {
    const held = this.#heldBack();
    if (held.size === 0) return this.#space;
    const models = this.#space.models.filter((name) => !held.has(name));
    return remembered(this.#smaller, models.join(), () => spaceOf(this.#space, models));
  }

  take({ origin, config, cells, estimates, unfitRouter }: TrialReport): void {
    const { unfitRouters = [] } = this.#space;
    if (unfitRouter !== undefined && !unfitRouters.includes(unfitRouter)) {
      this.#space = { ...this.#space, unfitRouters: [...unfitRouters, unfitRouter] };
      this.#smaller.clear();
    }
    const [model] = modelsOf(config);
    if (!cameBy(baseline, origin.operator) || model === undefined) return;
    this.#singles.set(model, { cells: cells.length, score: estimates.score.mean });
    const best = Math.max(0, ...[...this.#singles.values()].map(({ score }) => score ?? 0));
    for (const [name, { cells: of, score }] of this.#singles) {
      if (isHopeless(of, score, best)) this.#hopeless.add(name);
      else if ((score ?? 0) > enough * best) this.#hopeless.delete(name);
    }
    const models = this.#whole.models.filter((name) => !this.#hopeless.has(name));
    if (models.join() === this.#space.models.join()) return;
    this.#space = { ...spaceOf(this.#whole, models), ...defined({ unfitRouters: this.#space.unfitRouters }) };
    this.#smaller.clear();
  }
}

/** The same where none is left. */
function spaceOf(space: SearchSpace, [first, ...others]: readonly string[]): SearchSpace {
  return first === undefined ? space : { ...space, models: [first, ...others] };
}
