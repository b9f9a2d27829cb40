import { elementAt } from '../../core/element-at.ts';
import { float64At } from '../../core/linear.ts';

/** A call that was answered, as far as its time tells of the load of its provider. Times in ms of the run. */
export interface ServedCall {
  readonly provider: string;
  readonly model: string;
  readonly from: number;
  readonly to: number;
  readonly outputTokens: number;
  /** Calls in flight at the provider on average while it was served, itself among them. */
  readonly inFlight: number;
}

/** What a call of a model takes at a slowness of 1, in ms: `base + each × output tokens`. */
export interface ModelTimes {
  readonly base: number;
  readonly each: number;
}

interface OneModel {
  readonly name: string;
  /** Its calls, as indices. */
  readonly own: readonly number[];
}

/** Of calls that took no time at all. */
const leastMs = 1e-6;

/**
 * Calls of a provider, and what their models take by them. In columns, since models are fitted to them some dozens of
 * times; a slowness for each call stands in the same order.
 */
export class ServedCalls {
  readonly calls: readonly ServedCall[];
  readonly models: readonly OneModel[];
  /** A slowness of 1 for each call. */
  readonly level: Float64Array;
  readonly #took: Float64Array;
  readonly #tokens: Float64Array;

  constructor(calls: readonly ServedCall[]) {
    this.calls = calls;
    this.level = new Float64Array(calls.length).fill(1);
    this.#took = columnOf(calls, ({ from, to }) => to - from);
    this.#tokens = columnOf(calls, ({ outputTokens }) => outputTokens);
    const models = new Map<string, number[]>();
    for (const [at, { model }] of calls.entries()) {
      const own = models.get(model);
      if (own === undefined) models.set(model, [at]);
      else own.push(at);
    }
    this.models = [...models].map(([name, own]) => ({ name, own }));
  }

  /** Each model's own times where calls were so slow, by least squares of relative errors. In the order of models. */
  timesAt(slowness: Float64Array): ModelTimes[] {
    return this.models.map(({ own }) => {
      const took = new Float64Array(own.length);
      const tokens = new Float64Array(own.length);
      for (const [place, at] of own.entries()) {
        took[place] = Math.max(leastMs, float64At(this.#took, at) / float64At(slowness, at));
        tokens[place] = float64At(this.#tokens, at);
      }
      return centred(tokens, took, lineOf(tokens, took));
    });
  }

  /** The logarithm of each call's time over what it was to be. */
  residuals(times: readonly ModelTimes[], slowness: Float64Array): Float64Array {
    const residuals = new Float64Array(this.calls.length);
    for (const [model, { own }] of this.models.entries()) {
      const { base, each } = times[model] ?? { base: 0, each: 0 };
      for (const at of own) {
        const expected = Math.max(leastMs, base + each * float64At(this.#tokens, at));
        const took = Math.max(leastMs, float64At(this.#took, at));
        residuals[at] = Math.log(took / (expected * float64At(slowness, at)));
      }
    }
    return residuals;
  }

  /** What models and slowness leave unexplained: errors, of which outliers count as much as any other large one. */
  unexplained(times: readonly ModelTimes[], slowness: Float64Array): Float64Array {
    return this.residuals(times, slowness).map((residual) => Math.min(1, Math.abs(residual)));
  }

  /** Those of each model that has so many of its own. */
  ofModels(least: number): ServedCalls[] {
    return this.models
      .filter(({ own }) => own.length >= least)
      .map(({ name }) => new ServedCalls(this.calls.filter(({ model }) => model === name)));
  }

  without(others: ServedCalls): ServedCalls {
    const left = new Set(others.calls);
    return new ServedCalls(this.calls.filter((call) => !left.has(call)));
  }
}

/** As `Float64Array.from`, which takes several times as long. */
export function columnOf<Item>(items: readonly Item[], of: (item: Item) => number): Float64Array {
  const column = new Float64Array(items.length);
  for (let at = 0; at < items.length; at++) column[at] = of(elementAt(items, at));
  return column;
}

/** @param took in ms, in the order of `tokens` */
function lineOf(tokens: Float64Array, took: Float64Array): ModelTimes {
  let [w, wx, wxx, wy, wxy] = [0, 0, 0, 0, 0];
  for (let at = 0; at < took.length; at++) {
    const x = float64At(tokens, at);
    const y = float64At(took, at);
    const weight = 1 / (y * y);
    w += weight;
    wx += weight * x;
    wxx += weight * x * x;
    wy += weight * y;
    wxy += weight * x * y;
  }
  const spread = w * wxx - wx * wx;
  const slope = spread <= 1e-9 * w * wxx ? 0 : (w * wxy - wx * wy) / spread;
  const each = Math.min(Math.max(0, slope), wx === 0 ? 0 : wy / wx);
  return { base: (wy - each * wx) / w, each };
}

/** Relative errors pull a line down; it is put in the middle. */
function centred(tokens: Float64Array, took: Float64Array, { base, each }: ModelTimes): ModelTimes {
  const logs = took.map((ms, at) => Math.log(ms / Math.max(leastMs, base + each * float64At(tokens, at))));
  const middle = Math.exp(sortedMedian(logs));
  return { base: base * middle, each: each * middle };
}

/** The median, 0 of none; sorts the values. */
export function sortedMedian(values: Float64Array): number {
  if (values.length === 0) return 0;
  values.sort();
  const place = (values.length - 1) / 2;
  const below = float64At(values, Math.floor(place));
  return below + (place % 1) * (float64At(values, Math.ceil(place)) - below);
}
