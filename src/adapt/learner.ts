import type { Rng } from '../core/rng.ts';
import { Arm, type ArmState } from './arm.ts';
import type { ArmPrior, Belief } from './arm-posterior.ts';
import { Challenges, type ChallengesState } from './challenges.ts';
import type { QuestionFeatures } from './question-features.ts';
import { thompsonShares } from './thompson.ts';

/** A member that a request may get. */
export interface Candidate {
  readonly id: string;
  readonly prior: ArmPrior;
}

/** Which arm answers a request, and all that is needed to learn from it later. */
export interface Decision {
  readonly features: QuestionFeatures;
  /** Ids of the arms there were. */
  readonly arms: readonly string[];
  /** Chance with which each was to be chosen; they add up to 1. */
  readonly propensities: readonly number[];
  /** Reward that was expected of each. */
  readonly expected: readonly number[];
  /** Indices of the arm that is held for the best, and of the one that was chosen. */
  readonly champion: number;
  readonly chosen: number;
}

export interface LearnerOptions {
  /** Share of the requests that may leave the champion, 0..1. Default 0.05. */
  readonly explore?: number;
  /** Observations that a prior is worth at most. Default 20. */
  readonly priorWorth?: number;
  readonly parts?: Partial<LearnerParts>;
}

/** What can be switched off, to measure what it is worth. */
export interface LearnerParts {
  readonly gate: boolean;
  readonly bank: boolean;
  readonly detector: boolean;
  readonly kinds: boolean;
}

export interface LearnerState {
  readonly bank: number;
  readonly noise: { readonly sum: number; readonly count: number };
  readonly arms: Readonly<Record<string, ArmState>>;
  readonly challenges: ChallengesState;
}

/** Variance of a reward before anything is known of it, and the observations that this is worth. */
const firstNoise = 0.2;
const noiseWorth = 20;
const leastNoise = 0.005;
/** An arm's optimistic score is so many deviations above the mean: the upper end of a 90% interval. */
const optimism = 1.645;
/** Share of the unused exploration that one request may use, and the most that it may explore. */
const bankShare = 0.01;
const mostAtOnce = 0.5;

/**
 * Learns from rewards which arm answers which question best, and decides by it. A fold over what it is told: no
 * clock, no randomness of its own; equal histories and random numbers give equal decisions.
 */
export class Learner {
  readonly #explore: number;
  readonly #priorWorth: number;
  readonly #parts: LearnerParts;
  readonly #arms = new Map<string, Arm>();
  readonly #challenges: Challenges;
  #noise = { sum: 0, count: 0 };
  /** Exploration that was allowed and not used, in requests. */
  #bank = 0;

  constructor({ explore = 0.05, priorWorth = 20, parts }: LearnerOptions = {}, state?: LearnerState) {
    this.#explore = explore;
    this.#priorWorth = priorWorth;
    this.#parts = { gate: true, bank: true, detector: true, kinds: true, ...parts };
    this.#challenges = new Challenges(state?.challenges);
    if (state === undefined) return;
    this.#bank = state.bank;
    this.#noise = { ...state.noise };
    for (const [id, arm] of Object.entries(state.arms)) this.#arms.set(id, new Arm(arm));
  }

  /**
   * Changes nothing: what was decided counts when it is told to {@link decided}.
   * @param candidates at least one, the best by what is known without traffic first; only these can be chosen
   */
  decide(asked: QuestionFeatures, candidates: readonly Candidate[], rng: Rng): Decision {
    const features = this.#parts.kinds ? asked : asked.map((value, at) => (at === 0 ? value : 0));
    const arms = candidates.map(({ id }) => id);
    const beliefs = candidates.map((candidate) => this.believe(candidate, features));
    const champion = this.#championOf(arms, beliefs);
    const propensities = this.#propensities(beliefs, champion);
    const chosen = rng.weighted(propensities);
    const expected = beliefs.map(({ mean }) => Math.min(1, Math.max(0, mean)));
    return { features, arms, propensities, expected, champion, chosen };
  }

  /** The decision stands. */
  decided({ arms, propensities, champion }: Decision): void {
    if (arms.length < 2) return;
    const left = 1 - (propensities[champion] as number);
    this.#bank = Math.max(0, this.#bank + this.#explore - left);
    if (this.#parts.gate) this.#challenges.admitFirst(arms, champion);
  }

  /**
   * What the answer of a decision turned out to be worth, 0..1.
   * @param first whether nobody has spoken on it before: tests of change and of champions take one word a decision
   */
  reward(decision: Decision, value: number, first = true): void {
    const { arms, expected, chosen, features } = decision;
    const id = arms[chosen] as string;
    if (!first) {
      this.#arm(id).add(features, value);
      return;
    }
    const foretold = expected[chosen] as number;
    this.#noise.sum += (value - foretold) ** 2;
    this.#noise.count++;
    const changed = this.#arm(id).take(features, value, foretold, this.#parts.detector);
    if (this.#parts.gate) {
      this.#challenges.take(decision, value);
      if (changed) this.#challenges.forget(id);
    }
  }

  believe({ id, prior }: Candidate, features: QuestionFeatures): Belief {
    const noise = this.#noiseVariance;
    const arm = this.#arms.get(id) ?? untried;
    const worth = arm.forgotten ? 1 : this.#priorWorth;
    const variance = Math.max(prior.variance, noise / worth);
    return arm.believe(features, { mean: prior.mean, variance }, noise);
  }

  state(): LearnerState {
    return {
      bank: this.#bank,
      noise: { ...this.#noise },
      arms: Object.fromEntries([...this.#arms].map(([id, arm]) => [id, arm.state()])),
      challenges: this.#challenges.state(),
    };
  }

  get #noiseVariance(): number {
    const { sum, count } = this.#noise;
    return Math.max(leastNoise, (noiseWorth * firstNoise + sum) / (noiseWorth + count));
  }

  #championOf(arms: readonly string[], beliefs: readonly Belief[]): number {
    const admitted = this.#parts.gate ? arms.map((id) => this.#challenges.isAdmitted(id)) : [];
    const open = admitted.includes(true) ? admitted : arms.map(() => true);
    let best = open.indexOf(true);
    for (const [at, { mean }] of beliefs.entries()) {
      if (open[at] === true && mean > (beliefs[best] as Belief).mean) best = at;
    }
    return best;
  }

  /** Thompson sampling among the champion and those that may be better, but leaving it no oftener than allowed. */
  #propensities(beliefs: readonly Belief[], champion: number): number[] {
    const { mean } = beliefs[champion] as Belief;
    const hopeful = [...beliefs.keys()].filter((at) => {
      const belief = beliefs[at] as Belief;
      return at === champion || belief.mean + optimism * belief.deviation >= mean;
    });
    const shares = thompsonShares(hopeful.map((at) => beliefs[at] as Belief));
    const leaving = 1 - (shares[hopeful.indexOf(champion)] as number);
    const allowed = this.#parts.bank
      ? Math.min(mostAtOnce, this.#explore + bankShare * this.#bank)
      : this.#explore;
    const left = Math.min(leaving, Math.max(allowed, this.#explore));
    const propensities = beliefs.map(() => 0);
    for (const [place, at] of hopeful.entries()) {
      propensities[at] = at === champion ? 1 - left : (left * (shares[place] as number)) / leaving;
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
