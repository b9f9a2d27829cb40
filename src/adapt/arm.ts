import { type ArmBelief, ArmPosterior, type ArmPrior, type PosteriorState } from './arm-posterior.ts';
import { ChangeDetector, type DetectorState } from './change-detector.ts';
import type { QuestionFeatures } from './question-features.ts';

export interface AdaptArmState {
  readonly posterior: PosteriorState;
  readonly detector: DetectorState;
  readonly recent: readonly Observation[];
  readonly forgotten: boolean;
}

interface Observation {
  readonly features: QuestionFeatures;
  readonly reward: number;
}

/** Rewards that can be kept over a change. */
const keptAfterChange = 100;

/** What is known of one arm since it last changed. */
export class Arm {
  #posterior: ArmPosterior;
  #detector: ChangeDetector;
  #recent: Observation[];
  #forgotten: boolean;

  constructor(state?: AdaptArmState) {
    this.#posterior = new ArmPosterior(state?.posterior);
    this.#detector = new ChangeDetector(state?.detector);
    this.#recent = [...(state?.recent ?? [])];
    this.#forgotten = state?.forgotten ?? false;
  }

  /** Whether it has changed since the prior was measured, so that the prior says little. */
  get forgotten(): boolean {
    return this.#forgotten;
  }

  believe(features: QuestionFeatures, prior: ArmPrior, noise: number, kinds: number): ArmBelief {
    return this.#posterior.believe(features, prior, noise, kinds);
  }

  /** What somebody else says on an answer that was rewarded before. */
  add(features: QuestionFeatures, reward: number): void {
    this.#posterior.add(features, reward);
  }

  /**
   * @param foretold the reward that was expected
   * @returns whether the arm is no longer what it was: then only what came since counts
   */
  take(features: QuestionFeatures, reward: number, foretold: number, watches: boolean): boolean {
    this.#posterior.add(features, reward);
    if (!watches) return false;
    this.#recent.push({ features, reward });
    if (this.#recent.length > keptAfterChange) this.#recent.shift();
    const since = this.#detector.take(reward, foretold);
    if (since === undefined) return false;
    this.#recent = this.#recent.slice(-since);
    this.#posterior = new ArmPosterior();
    for (const one of this.#recent) this.#posterior.add(one.features, one.reward);
    this.#detector = new ChangeDetector();
    this.#forgotten = true;
    return true;
  }

  state(): AdaptArmState {
    return {
      posterior: this.#posterior.state(),
      detector: this.#detector.state(),
      recent: [...this.#recent],
      forgotten: this.#forgotten,
    };
  }
}
