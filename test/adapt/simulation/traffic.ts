import type { ArmCandidate } from '../../../src/adapt/learner.ts';
import { type QuestionFeatures, questionFeatures } from '../../../src/adapt/question-features.ts';
import type { Rng } from '../../../src/core/rng.ts';

/** A member of a simulated front. */
export interface SimulatedArm {
  readonly id: string;
  /** Upper ends of what is known of its latency (s) and price (US dollars). */
  readonly latency: number;
  readonly usd: number;
  /** Mean reward by kind of question, before and from the middle of the traffic on. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export interface World {
  readonly name: string;
  readonly arms: readonly SimulatedArm[];
  /** Makes a question of each kind. */
  readonly kinds: readonly ((rng: Rng) => string)[];
  /** What a run measured before: mean reward of each arm over its questions. */
  readonly measured: readonly number[];
}

export interface SimulatedRequest {
  readonly kind: number;
  readonly features: QuestionFeatures;
  /** Indices of the arms whose known figures are inside the request's bounds, best by the run first. */
  readonly fitting: readonly number[];
  readonly maxLatency: number;
  readonly maxUsd: number;
  /** True mean reward of each arm on it. */
  readonly means: readonly number[];
  /** A thumb up or down of each arm, were it asked. */
  readonly rewards: readonly number[];
  /** Requests after which the reward is known. */
  readonly delay: number;
}

const costs = [
  { latency: 9, usd: 0.009 },
  { latency: 6, usd: 0.007 },
  { latency: 5, usd: 0.003 },
  { latency: 3, usd: 0.002 },
  { latency: 2, usd: 0.0008 },
  { latency: 1, usd: 0.0003 },
] as const;

/** A front of six: by score and cost as fronts are. */
const front = [0.84, 0.77, 0.7, 0.64, 0.58, 0.5];

const topics = {
  parcels: 'parcel delivery courier address tracking late lost package door neighbour driver'.split(' '),
  invoices: 'invoice refund charge card payment bank statement amount currency tax receipt'.split(' '),
  filler: 'the my is was please where why can you help with this still not when about order again'.split(' '),
} as const;

function sentence(words: readonly string[], rng: Rng): string {
  const count = 6 + rng.integer(14);
  const said = Array.from({ length: count }, () => rng.pick(rng.next() < 0.4 ? words : topics.filler));
  return `${said.join(' ')}?`;
}

const plain = (rng: Rng): string => sentence(rng.next() < 0.5 ? topics.parcels : topics.invoices, rng);
const parcels = (rng: Rng): string => sentence(topics.parcels, rng);
const invoices = (rng: Rng): string => sentence(topics.invoices, rng);
const code = (rng: Rng): string =>
  `Fix it: function f${rng.integer(99)}(x) { return x[${rng.integer(9)}] + (${rng.integer(99)}); } // ${sentence(topics.filler, rng)}`;

function arms(before: readonly (readonly number[])[], after = before): SimulatedArm[] {
  return costs.map((cost, at) => ({
    id: `arm-${at}`,
    ...cost,
    before: before[at] as readonly number[],
    after: after[at] as readonly number[],
  }));
}

const one = (scores: readonly number[]): number[][] => scores.map((score) => [score]);
const two = [
  [0.82, 0.52],
  [0.55, 0.85],
  [0.66, 0.64],
  [0.64, 0.6],
  [0.58, 0.56],
  [0.5, 0.5],
];
const average = (scores: readonly (readonly number[])[]): number[] =>
  scores.map((kinds) => kinds.reduce((sum, score) => sum + score, 0) / kinds.length);

/** What can happen to a front that is served. */
export const worlds: readonly World[] = [
  { name: 'as-measured', arms: arms(one(front)), kinds: [plain], measured: front },
  {
    name: 'best-breaks',
    arms: arms(one(front), one([0.45, ...front.slice(1)])),
    kinds: [plain],
    measured: front,
  },
  {
    name: 'best-swaps',
    arms: arms(one(front), one([0.64, 0.77, 0.7, 0.84, 0.58, 0.5])),
    kinds: [plain],
    measured: front,
  },
  {
    name: 'other-rises',
    arms: arms(one(front), one([0.84, 0.77, 0.7, 0.96, 0.58, 0.5])),
    kinds: [plain],
    measured: front,
  },
  {
    name: 'run-misled',
    arms: arms(one([0.66, 0.7, 0.84, 0.6, 0.58, 0.5])),
    kinds: [plain],
    measured: front,
  },
  { name: 'kinds-by-form', arms: arms(two), kinds: [plain, code], measured: average(two) },
  { name: 'kinds-by-words', arms: arms(two), kinds: [parcels, invoices], measured: average(two) },
];

/** Cells on which the run measured each member. */
const measuredCells = 200;

/** What a run over questions like `measured` would have found. */
export function priorsOf({ arms, measured }: World, rng: Rng): ArmCandidate[] {
  return arms.map(({ id }, at) => {
    const mean = measured[at] as number;
    let right = 0;
    for (let cell = 0; cell < measuredCells; cell++) if (rng.next() < mean) right++;
    const found = right / measuredCells;
    return { id, prior: { mean: found, variance: (found * (1 - found)) / measuredCells } };
  });
}

/** Share of the requests that have bounds. */
const boundedShare = 0.3;

export function* trafficOf(
  world: World,
  candidates: readonly ArmCandidate[],
  count: number,
  rng: Rng,
): Generator<SimulatedRequest> {
  const byRun = [...candidates.keys()].sort(
    (a, b) =>
      (candidates[b] as ArmCandidate).prior.mean - (candidates[a] as ArmCandidate).prior.mean || a - b,
  );
  for (let number = 0; number < count; number++) {
    const kind = rng.integer(world.kinds.length);
    const question = (world.kinds[kind] as (rng: Rng) => string)(rng);
    const bounded = rng.next() < boundedShare;
    const maxLatency = bounded ? 1 + 9 * rng.next() : Number.POSITIVE_INFINITY;
    const maxUsd = bounded ? 0.0003 + 0.009 * rng.next() : Number.POSITIVE_INFINITY;
    const means = world.arms.map((arm) => (number < count / 2 ? arm.before : arm.after)[kind] as number);
    const draws = means.map((mean) => (rng.next() < mean ? 1 : 0));
    const fitting = byRun.filter((at) => {
      const arm = world.arms[at] as SimulatedArm;
      return arm.latency <= maxLatency && arm.usd <= maxUsd;
    });
    const delay = rng.integer(10);
    yield {
      ...{ kind, features: questionFeatures(question), fitting, maxLatency, maxUsd },
      ...{ means, rewards: draws, delay },
    };
  }
}
