import { elementAt, numberAt } from '../core/element-at.ts';
import type { Rng } from '../core/rng.ts';
import { type AdaptArmState, Arm } from './arm.ts';
import { type ArmBelief, type ArmPrior, kindVariances } from './arm-posterior.ts';
import type { QuestionFeatures } from './question-features.ts';
import { thompsonShares } from './thompson.ts';

/** A member that a request may get. */
export interface ArmCandidate {
  readonly id: string;
  readonly prior: ArmPrior;
}

/** Which arm answers a request, and all that is needed to learn from it later. */
export interface AdaptDecision {
  readonly features: QuestionFeatures;
  /** Ids of the arms there were. */
  readonly arms: readonly string[];
  /** What was known of each without traffic. */
  readonly priors: readonly ArmPrior[];
  /** Chance with which each was to be chosen; they add up to 1. */
  readonly propensities: readonly number[];
  /** Reward that was expected of each. */
  readonly expected: readonly number[];
  /** Indices of the arm that is held for the best, and of the one that was chosen. */
  readonly champion: number;
  readonly chosen: number;
}

export interface LearnerOptions {
  /** Share of the requests that may leave the champion, 0..1. Default {@link defaultExplore}. */
  readonly explore?: number;
  /** Observations that a prior is worth at most. Default 20. */
  readonly priorWorth?: number;
  readonly parts?: Partial<LearnerParts>;
}

/** What can be switched off, to measure what it is worth. */
export interface LearnerParts {
  readonly detector: boolean;
  readonly kinds: boolean;
}

export interface LearnerState {
  readonly noise: { readonly sum: number; readonly count: number };
  readonly arms: Readonly<Record<string, AdaptArmState>>;
  /** Logarithms of how well each strength of the kinds foretold the rewards. */
  readonly evidence: readonly number[];
}

export const defaultExplore = 0.05;

/** Variance of a reward before anything is known of it, and the observations that this is worth. */
const firstNoise = 0.2;
const noiseWorth = 20;
const leastNoise = 0.005;
/** An arm's optimistic score is so many deviations above the mean: the upper end of a 90% interval. */
const optimism = 1.645;
/**
 * Learns from rewards which arm answers which question best, and decides by it. A fold over what it is told: no
 * clock, no randomness of its own; equal histories and random numbers give equal decisions.
 */
export class Learner {
  readonly #explore: number;
  readonly #priorWorth: number;
  readonly #parts: LearnerParts;
  readonly #arms = new Map<string, Arm>();
  readonly #evidence: number[];
  #noise = { sum: 0, count: 0 };

  constructor(
    { explore = defaultExplore, priorWorth = 20, parts }: LearnerOptions = {},
    state?: LearnerState,
  ) {
    this.#explore = explore;
    this.#priorWorth = priorWorth;
    this.#parts = { detector: true, kinds: true, ...parts };
    this.#evidence = [...(state?.evidence ?? kindVariances.map(() => 0))];
    if (state === undefined) return;
    this.#noise = { ...state.noise };
    for (const [id, arm] of Object.entries(state.arms)) this.#arms.set(id, new Arm(arm));
  }

  /**
   * Changes nothing.
   * @param candidates at least one, the best by what is known without traffic first; only these can be chosen
   */
  decide(features: QuestionFeatures, candidates: readonly ArmCandidate[], rng: Rng): AdaptDecision {
    const arms = candidates.map(({ id }) => id);
    const beliefs = candidates.map((candidate) => this.believe(candidate, features));
    const champion = largest(beliefs.map(({ mean }) => mean));
    const propensities = this.#propensities(beliefs, champion);
    const chosen = rng.weighted(propensities);
    const expected = beliefs.map(({ mean }) => Math.min(1, Math.max(0, mean)));
    const priors = candidates.map(({ prior }) => prior);
    return { features, arms, priors, propensities, expected, champion, chosen };
  }

  /**
   * What the answer of a decision turned out to be worth, 0..1.
   * @param first whether nobody has spoken on it before: the watch for changes takes one word a decision
   */
  reward(decision: AdaptDecision, value: number, first = true): void {
    const { arms, expected, chosen, features } = decision;
    const id = elementAt(arms, chosen);
    if (!first) {
      this.#arm(id).add(features, value);
      return;
    }
    const foretold = numberAt(expected, chosen);
    this.#weighKinds(id, features, value, elementAt(decision.priors, chosen));
    this.#noise.sum += (value - foretold) ** 2;
    this.#noise.count++;
    this.#arm(id).take(features, value, foretold, this.#parts.detector);
  }

  believe({ id, prior }: ArmCandidate, features: QuestionFeatures, kinds = this.#kinds): ArmBelief {
    const noise = this.#noiseVariance;
    const arm = this.#arms.get(id) ?? untried;
    const worth = arm.forgotten ? 1 : this.#priorWorth;
    const variance = Math.max(prior.variance, noise / worth);
    return arm.believe(features, { mean: prior.mean, variance }, noise, kinds);
  }

  state(): LearnerState {
    return {
      noise: { ...this.#noise },
      arms: Object.fromEntries([...this.#arms].map(([id, arm]) => [id, arm.state()])),
      evidence: [...this.#evidence],
    };
  }

  get #noiseVariance(): number {
    const { sum, count } = this.#noise;
    const found = (noiseWorth * firstNoise + sum) / (noiseWorth + count);
    // Two digits are all that matters, and with them most arms need no new fit.
    return Math.max(leastNoise, Number(found.toPrecision(2)));
  }

  /** How much questions differ by kind: the strength under which the rewards were least surprising. */
  get #kinds(): number {
    if (!this.#parts.kinds) return 0;
    return largest(this.#evidence);
  }

  #weighKinds(id: string, features: QuestionFeatures, value: number, prior: ArmPrior): void {
    for (const at of kindVariances.keys()) {
      const { mean, deviation } = this.believe({ id, prior }, features, at);
      const variance = this.#noiseVariance + deviation ** 2;
      const surprise = ((value - mean) ** 2 / variance + Math.log(variance)) / 2;
      this.#evidence[at] = numberAt(this.#evidence, at) - surprise;
    }
  }

  /** Thompson sampling among the champion and those that may be better, but leaving it no oftener than allowed. */
  #propensities(beliefs: readonly ArmBelief[], champion: number): number[] {
    const { mean } = elementAt(beliefs, champion);
    const hopeful = [...beliefs.keys()].filter((at) => {
      const belief = elementAt(beliefs, at);
      return at === champion || belief.mean + optimism * belief.deviation >= mean;
    });
    const shares = thompsonShares(hopeful.map((at) => elementAt(beliefs, at)));
    const leaving = 1 - numberAt(shares, hopeful.indexOf(champion));
    const left = Math.min(leaving, this.#explore);
    const propensities = beliefs.map(() => 0);
    propensities[champion] = 1;
    if (left === 0) return propensities;
    for (const [place, at] of hopeful.entries()) {
      propensities[at] = at === champion ? 1 - left : (left * numberAt(shares, place)) / leaving;
    }
    return propensities;
  }

  #arm(id: string): Arm {
    const known = this.#arms.get(id);
    if (known !== undefined) return known;
    const made = new Arm();
    this.#arms.set(id, made);
    return made;
  }
}

const untried = new Arm();

/** Index of the largest; of equal ones the first. */
function largest(values: readonly number[]): number {
  return values.reduce((best, value, at) => (value > numberAt(values, best) ? at : best), 0);
}
