import { elementAt } from '../../core/element-at.ts';
import { logistic } from '../../core/logistic.ts';
import { remembered } from '../../core/remembered.ts';
import type { PlannedCalls } from './call-plan.ts';
import type { Answerer, EncodedConfig } from './encoded-config.ts';
import { asksOneAgentOnce, type LogEntry, type LoggedTrial } from './trial-log.ts';

/** Costs of one question; `usd` is NaN where no single model's price is known. */
export interface Costs {
  readonly tokens: number;
  readonly latency: number;
  readonly usd: number;
}

/** What an agent's own answers foretell about agents together, each 0..1 over the cells that all answered. */
export interface Ensemble {
  /** Chance that more than half of the answers are right, and more than a third. */
  readonly majority: number;
  readonly plurality: number;
  /** Chance that any answer is right. */
  readonly any: number;
  readonly mean: number;
}

/** An answer that is shown costs about so much of the call that wrote it. */
const readShare = 0.5;
/** Of a further sample of an agent: how much of what it got right the first time it gets right again. */
const sampleTrust = 0.6;

/** What single models' trials tell about all others: their costs, and on which questions each is right. */
export class Knowledge {
  readonly #costs: readonly (Costs | undefined)[];
  readonly #typical: Costs;
  readonly #byCall = new Map<number, Float32Array>();
  readonly #byModel: (Float32Array | undefined)[];
  readonly #overall: Float32Array;
  readonly #means = new Map<Float32Array, number>();
  readonly #ensembles = new WeakMap<EncodedConfig, Ensemble>();

  /** @param newest the newest entry of each trial, by the trial's index */
  constructor(trials: readonly LoggedTrial[], newest: readonly LogEntry[], models: number) {
    const costs = Array.from({ length: models }, (): Costs[] => []);
    const answers = Array.from({ length: models }, (): Float32Array[] => []);
    for (const [index, entry] of newest.entries()) {
      const encoded = trials[index]?.encoded;
      const answerer = encoded?.answerers[0];
      if (entry === undefined || encoded === undefined || answerer === undefined) continue;
      if (!asksOneAgentOnce(encoded) || answerer.model < 0) continue;
      const { tokens, latency, usd } = entry;
      if (tokens !== null && latency !== null) {
        costs[answerer.model]?.push({ tokens, latency, usd: usd ?? Number.NaN });
      }
      if (entry.cells === 0) continue;
      this.#byCall.set(answerer.call, entry.scores);
      answers[answerer.model]?.push(entry.scores);
    }
    this.#costs = costs.map(averageCosts);
    this.#typical = averageCosts(this.#costs.filter((each) => each !== undefined)) ?? {
      tokens: 1000,
      latency: 5,
      usd: Number.NaN,
    };
    this.#byModel = answers.map((vectors) => (vectors.length === 0 ? undefined : averageOf(vectors)));
    this.#overall = averageOf(this.#byModel.filter((vector) => vector !== undefined));
  }

  /** Whether any single agent's answers are known. */
  get isEmpty(): boolean {
    return this.#overall.length === 0;
  }

  costsOf(calls: PlannedCalls): Costs {
    const total = { tokens: 0, latency: 0, usd: 0 };
    let step = -1;
    let slowest = 0;
    for (const group of calls) {
      const base = this.#costs[group.model] ?? this.#typical;
      const times = group.samples * (1 + readShare * group.reads);
      total.tokens += base.tokens * times;
      total.usd += base.usd * times;
      if (group.step !== step) {
        total.latency += slowest;
        slowest = 0;
        step = group.step;
      }
      slowest = Math.max(slowest, base.latency);
    }
    total.latency += slowest;
    return total;
  }

  tokensOf(group: PlannedCalls[number]): number {
    const base = this.#costs[group.model] ?? this.#typical;
    return base.tokens * group.samples * (1 + readShare * group.reads);
  }

  /** Mean score of a model's single agents. */
  scoreOf(model: number | undefined): number {
    const vector = (model === undefined ? undefined : this.#byModel[model]) ?? this.#overall;
    return this.#meanOf(vector);
  }

  /** Remembered: a trial is looked at whenever something is told. */
  ensembleOf(encoded: EncodedConfig): Ensemble {
    return remembered(this.#ensembles, encoded, () => this.#ensemble(encoded));
  }

  #ensemble({ answerers }: EncodedConfig): Ensemble {
    const vectors = answerers.map((answerer) => this.#vectorOf(answerer));
    const means = vectors.map((vector) => this.#meanOf(vector));
    const total = { majority: 0, plurality: 0, any: 0, mean: 0 };
    let cells = 0;
    for (let cell = 0; cell < this.#overall.length; cell++) {
      const here = together(cell, answerers, vectors, means);
      if (here === undefined) continue;
      cells++;
      total.majority += chanceAbove(here, 0.5);
      total.plurality += chanceAbove(here, 0.34);
      total.any += 1 - here.none;
      total.mean += here.sum / here.count;
    }
    if (cells === 0) {
      const best = Math.max(0, ...means);
      return { majority: best, plurality: best, any: best, mean: best };
    }
    return {
      majority: total.majority / cells,
      plurality: total.plurality / cells,
      any: total.any / cells,
      mean: total.mean / cells,
    };
  }

  #vectorOf(answerer: Answerer): Float32Array {
    return this.#byCall.get(answerer.call) ?? this.#byModel[answerer.model] ?? this.#overall;
  }

  #meanOf(vector: Float32Array): number {
    return remembered(this.#means, vector, () => {
      const known = vector.filter((value) => !Number.isNaN(value));
      return known.length === 0 ? 0 : known.reduce((sum, value) => sum + value, 0) / known.length;
    });
  }
}

interface Together {
  readonly sum: number;
  readonly variance: number;
  readonly count: number;
  /** Chance that no answer is right. */
  readonly none: number;
}

/** The answers to one question; `undefined` where somebody's are not known. */
function together(
  cell: number,
  answerers: readonly Answerer[],
  vectors: readonly Float32Array[],
  means: readonly number[],
): Together | undefined {
  let sum = 0;
  let variance = 0;
  let count = 0;
  let none = 1;
  for (let index = 0; index < answerers.length; index++) {
    const first = elementAt(vectors, index)[cell];
    if (first === undefined || Number.isNaN(first)) return undefined;
    const { samples } = elementAt(answerers, index);
    const further = sampleTrust * first + (1 - sampleTrust) * elementAt(means, index);
    sum += first + (samples - 1) * further;
    variance += first * (1 - first) + (samples - 1) * further * (1 - further);
    count += samples;
    none *= (1 - first) * (1 - further) ** (samples - 1);
  }
  return count === 0 ? undefined : { sum, variance, count, none };
}

/** Chance that more than a share of the answers is right, by a normal approximation. */
function chanceAbove({ sum, variance, count }: Together, share: number): number {
  const z = (sum - share * count) / Math.sqrt(variance + 0.02);
  // The logistic function with this slope is within 0.01 of the normal distribution's.
  return logistic(1.702 * z);
}

function averageCosts(all: readonly Costs[]): Costs | undefined {
  if (all.length === 0) return undefined;
  const of = (name: keyof Costs): number => all.reduce((sum, each) => sum + each[name], 0) / all.length;
  return { tokens: of('tokens'), latency: of('latency'), usd: of('usd') };
}

/** Element by element over what is not NaN, as long as the longest. */
function averageOf(vectors: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(vectors.reduce((most, vector) => Math.max(most, vector.length), 0));
  for (let at = 0; at < result.length; at++) {
    let sum = 0;
    let count = 0;
    for (const vector of vectors) {
      const value = vector[at];
      if (value === undefined || Number.isNaN(value)) continue;
      sum += value;
      count++;
    }
    result[at] = count === 0 ? Number.NaN : sum / count;
  }
  return result;
}
