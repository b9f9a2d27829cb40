import { numberAt } from '../core/element-at.ts';
import { cholesky, dot, float64At, solveLower, solveUpper } from '../core/linear.ts';
import { featureCount, type QuestionFeatures } from './question-features.ts';

/** What is believed of an arm's mean reward before any traffic. */
export interface ArmPrior {
  readonly mean: number;
  /** Of the belief, squared units of reward; the learner sees to it that it is not surer than it may be. */
  readonly variance: number;
}

export interface ArmBelief {
  readonly mean: number;
  readonly deviation: number;
}

export interface PosteriorState {
  readonly count: number;
  /** Lower triangle of the sum of products of features, row by row. */
  readonly gram: readonly number[];
  readonly moment: readonly number[];
}

/** How far kinds of questions may lie from the arm's mean: variances for each feature, of which traffic picks one. */
export const kindVariances = [0.0001, 0.003, 0.03] as const;

/**
 * Reward of one arm as a linear function of a question's features: Bayesian linear regression, whose constant has
 * the arm's prior and whose other weights are shrunk to 0, that is, to the arm's mean.
 */
export class ArmPosterior {
  readonly #gram = new Float64Array(featureCount * featureCount);
  readonly #moment = new Float64Array(featureCount);
  #count = 0;
  #fits: (Fit | undefined)[] = [];

  constructor(state?: PosteriorState) {
    if (state === undefined) return;
    this.#count = state.count;
    this.#moment.set(state.moment);
    let at = 0;
    for (let row = 0; row < featureCount; row++) {
      for (let column = 0; column <= row; column++) {
        this.#gram[row * featureCount + column] = numberAt(state.gram, at++);
      }
    }
  }

  add(features: QuestionFeatures, reward: number): void {
    this.#count++;
    for (let row = 0; row < featureCount; row++) {
      const value = numberAt(features, row);
      if (value === 0) continue;
      for (let column = 0; column <= row; column++) {
        const at = row * featureCount + column;
        this.#gram[at] = float64At(this.#gram, at) + value * numberAt(features, column);
      }
    }
    for (let row = 0; row < featureCount; row++) {
      this.#moment[row] = float64At(this.#moment, row) + reward * numberAt(features, row);
    }
    this.#fits = [];
  }

  /**
   * @param noise variance of one reward around its mean
   * @param kinds index among {@link kindVariances}
   */
  believe(features: QuestionFeatures, prior: ArmPrior, noise: number, kinds: number): ArmBelief {
    const { factor, weights } = this.#fitFor(prior, noise, kinds);
    const row = Float64Array.from(features);
    const reduced = solveLower(factor, featureCount, row);
    return { mean: dot(weights, row), deviation: Math.sqrt(dot(reduced, reduced)) };
  }

  state(): PosteriorState {
    const gram: number[] = [];
    for (let row = 0; row < featureCount; row++) {
      gram.push(...this.#gram.subarray(row * featureCount, row * featureCount + row + 1));
    }
    return { count: this.#count, gram, moment: [...this.#moment] };
  }

  #fitFor(prior: ArmPrior, noise: number, kinds: number): Fit {
    const known = this.#fits[kinds];
    if (known?.noise === noise && known.mean === prior.mean && known.variance === prior.variance)
      return known;
    const precision = this.#gram.map((sum) => sum / noise);
    const right = this.#moment.map((sum) => sum / noise);
    for (let row = 1; row < featureCount; row++) {
      const diagonal = row * (featureCount + 1);
      precision[diagonal] = float64At(precision, diagonal) + 1 / numberAt(kindVariances, kinds);
    }
    precision[0] = float64At(precision, 0) + 1 / prior.variance;
    right[0] = float64At(right, 0) + prior.mean / prior.variance;
    const factor = cholesky(precision, featureCount);
    const weights = solveUpper(factor, featureCount, solveLower(factor, featureCount, right));
    const fit = { noise, mean: prior.mean, variance: prior.variance, factor, weights };
    this.#fits[kinds] = fit;
    return fit;
  }
}

interface Fit extends ArmPrior {
  readonly noise: number;
  readonly factor: Float64Array;
  readonly weights: Float64Array;
}
