import { drawBeta, drawGamma } from '../../core/beta.ts';
import { elementAt } from '../../core/element-at.ts';
import type { Rng } from '../../core/rng.ts';
import type { AdjustedScore } from './noise.ts';

interface Normal {
  readonly mean: number;
  readonly variance: number;
}

export interface LineageOptions {
  /** Position of each trial's parent among the trials given; -1 for none. Parents come before children. */
  readonly parents: readonly number[];
  readonly rng: Rng;
  readonly draws: number;
}

const burnIn = 200;
const thinning = 3;
/** A noiseless grader must not make a division by zero. */
const leastVariance = 1e-9;

/**
 * Draws each trial's true score from the posterior of a hierarchical model of a search, by Gibbs sampling (Gelfand & Smith 1990):
 * a trial's measured mean is its true score plus noise of known size; a child's true score is either its
 * parent's plus a small change, or unrelated to it; proposals without a parent come from one normal. All
 * trials are in the likelihood, lucky or not, so the best's estimate carries no winner's curse (Efron 2011).
 * The priors are weak: inverse gamma with shape 2 for variances (scaled by the spread seen), Beta(2, 2)
 * for the share.
 */
export function drawTruths(trials: readonly AdjustedScore[], options: LineageOptions): Float64Array[] {
  const sampler = new LineageSampler(trials, options);
  for (let sweep = 0; sweep < burnIn; sweep++) sampler.sweep();
  return Array.from({ length: options.draws }, () => {
    for (let sweep = 0; sweep < thinning; sweep++) sampler.sweep();
    return sampler.truth();
  });
}

class LineageSampler {
  readonly #trials: readonly AdjustedScore[];
  readonly #parents: readonly number[];
  readonly #children: readonly (readonly number[])[];
  readonly #rng: Rng;
  readonly #truth: Float64Array;
  readonly #isNear: Uint8Array;
  /** Variance of true scores as a first look tells it; scales the priors. */
  readonly #spread: number;
  readonly #centre: number;
  #fresh: Normal;
  #near: Normal;
  #far: Normal;
  #nearShare = 0.5;

  constructor(trials: readonly AdjustedScore[], { parents, rng }: LineageOptions) {
    this.#trials = trials.map((trial) => ({ ...trial, variance: Math.max(trial.variance, leastVariance) }));
    this.#parents = parents;
    this.#rng = rng;
    const children: number[][] = trials.map(() => []);
    for (const [child, parent] of parents.entries()) if (parent >= 0) children[parent]?.push(child);
    this.#children = children;
    this.#truth = Float64Array.from(trials, ({ mean }) => Math.min(1, Math.max(0, mean)));
    this.#isNear = Uint8Array.from(parents, (parent) => (parent >= 0 ? 1 : 0));
    this.#centre = trials.reduce((sum, { mean }) => sum + mean, 0) / trials.length;
    this.#spread = trueSpread(trials);
    this.#fresh = { mean: this.#centre, variance: this.#spread };
    this.#near = { mean: 0, variance: this.#spread / 4 };
    this.#far = { mean: this.#centre, variance: this.#spread };
  }

  sweep(): void {
    this.#drawKinds();
    this.#drawScores();
    this.#drawParameters();
  }

  truth(): Float64Array {
    return this.#truth.slice();
  }

  #drawKinds(): void {
    for (const [child, parent] of this.#parents.entries()) {
      if (parent < 0) continue;
      const score = elementAt(this.#truth, child);
      const change = score - elementAt(this.#truth, parent);
      const near = this.#nearShare * density(change, this.#near);
      const far = (1 - this.#nearShare) * density(score, this.#far);
      this.#isNear[child] = this.#rng.next() * (near + far) < near ? 1 : 0;
    }
  }

  #drawScores(): void {
    for (const [index, trial] of this.#trials.entries()) {
      const parent = this.#parents[index] ?? -1;
      const prior = parent < 0 ? this.#fresh : this.#isNear[index] ? this.#near : this.#far;
      const base = parent >= 0 && this.#isNear[index] ? elementAt(this.#truth, parent) : 0;
      let precision = 1 / trial.variance + 1 / prior.variance;
      let weighted = trial.mean / trial.variance + (base + prior.mean) / prior.variance;
      for (const child of this.#children[index] ?? []) {
        if (!this.#isNear[child]) continue;
        precision += 1 / this.#near.variance;
        weighted += (elementAt(this.#truth, child) - this.#near.mean) / this.#near.variance;
      }
      this.#truth[index] = this.#within(weighted / precision, Math.sqrt(1 / precision));
    }
  }

  /** A normal draw within 0..1; far outside it, the nearer end. */
  #within(mean: number, deviation: number): number {
    for (let attempt = 0; attempt < 8; attempt++) {
      const value = mean + deviation * this.#rng.normal();
      if (value >= 0 && value <= 1) return value;
    }
    return Math.min(1, Math.max(0, mean));
  }

  #drawParameters(): void {
    const fresh: number[] = [];
    const near: number[] = [];
    const far: number[] = [];
    for (const [index, parent] of this.#parents.entries()) {
      const score = elementAt(this.#truth, index);
      if (parent < 0) fresh.push(score);
      else if (this.#isNear[index]) near.push(score - elementAt(this.#truth, parent));
      else far.push(score);
    }
    const { centre, spread } = { centre: this.#centre, spread: this.#spread };
    this.#fresh = this.#drawNormal(fresh, this.#fresh, { mean: centre, variance: 4 * spread }, spread);
    this.#near = this.#drawNormal(near, this.#near, { mean: 0, variance: spread / 4 }, spread / 8);
    this.#far = this.#drawNormal(far, this.#far, { mean: centre, variance: 4 * spread }, spread);
    this.#nearShare = drawBeta(2 + near.length, 2 + far.length, this.#rng);
  }

  /** Mean given variance, then variance given mean. */
  #drawNormal(values: readonly number[], was: Normal, prior: Normal, scale: number): Normal {
    const sum = values.reduce((total, value) => total + value, 0);
    const precision = 1 / prior.variance + values.length / was.variance;
    const centre = (prior.mean / prior.variance + sum / was.variance) / precision;
    const mean = centre + this.#rng.normal() / Math.sqrt(precision);
    const squares = values.reduce((total, value) => total + (value - mean) ** 2, 0);
    const shape = 2 + values.length / 2;
    return { mean, variance: (scale + squares / 2) / drawGamma(shape, this.#rng) };
  }
}

/** Variance of the means less what noise explains, at least a twentieth of it. */
export function trueSpread(trials: readonly AdjustedScore[]): number {
  const centre = trials.reduce((sum, { mean }) => sum + mean, 0) / trials.length;
  const total =
    trials.reduce((sum, { mean }) => sum + (mean - centre) ** 2, 0) / Math.max(1, trials.length - 1);
  const noise = trials.reduce((sum, { variance }) => sum + variance, 0) / trials.length;
  return Math.max(total - noise, total / 20, 1e-8);
}

function density(value: number, { mean, variance }: Normal): number {
  return Math.exp(-((value - mean) ** 2) / (2 * variance)) / Math.sqrt(variance) + 1e-300;
}
