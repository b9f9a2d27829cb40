import { bisect } from '../core/bisect.ts';
import { elementAt } from '../core/element-at.ts';
import { groupBy } from '../core/group-by.ts';
import { mean, quantile } from '../core/statistics.ts';

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

/** What a run found of a provider that calls slow down. */
export interface ProviderLoad {
  /** The share of the time of one call that each further one in flight adds; 0 where that could not be told. */
  readonly growth: number;
  /** Calls in flight that latencies are told at: 1 for one user, more where calls were never few enough to tell. */
  readonly statedAt: number;
  /** How many times as slow as at that load the provider was at its slowest. */
  readonly slowest: number;
}

/** How slow a provider was, and what calls take when it is not. Times in seconds of the run. */
export interface FoundSlowness {
  readonly load: ProviderLoad;
  /** Seconds at the stated load that do what was done between two moments. */
  serviceBetween(from: number, to: number): number;
  /** What a model's call of so many tokens takes at the stated load; `undefined` for a model that was not asked. */
  usual(model: string, outputTokens: number): number | undefined;
}

/** Calls begun or ended in one window of time: few enough to follow the load, enough to know it within some percent. */
const eventsPerWindow = 16;
/**
 * Rounds in which the windows' slowness and the models' own times are found by turns. Where a model is asked only under
 * load its own time takes most of them: with 6 a config that was told within 15% stayed up to 2.1 times apart.
 */
const rounds = 24;
/** It must explain this much of what models and tokens leave unexplained, or there is none. */
const leastExplained = 0.2;
/** Calls from which on a model's own times tell of slowness. */
const leastOfModel = 12;
/** Of what a model's own times leave unexplained, the slowness that the other models' calls show must explain this much. */
const leastShared = 0.1;
/** Without loads so many times apart nothing can be told of another load. */
const leastSpread = 2;
/** Twice the logarithm of how much likelier calls are with growth than without: chance gets there once in 2,000 times. */
const leastLikelihoodRatio = 12;
/** The same for the calls that are left without one model's, whichever it is. */
const leastOfOthers = 4;
/** Growths that are tried. */
const growths = [0, ...Array.from({ length: 60 }, (_, step) => 0.0005 * 1.15 ** step)];

/**
 * The time of a call is `(a + b × output tokens) × slowness`, with `a` and `b` of each model and a slowness of each
 * window of time, found by turns. Slowness against calls in flight then says what it is for one user.
 *
 * `undefined` where calls take no longer at one time than at another.
 */
export function findSlowness(calls: readonly ServedCall[]): FoundSlowness | undefined {
  const before = unexplained(
    calls,
    modelTimes(calls, () => 1),
    () => 1,
  );
  const fitted = fitWindows(calls);
  const { timeline, within, slownessOf } = fitted;
  let { models } = fitted;
  const loads = within.map((those) => mean(those.map(({ inFlight }) => inFlight)));
  let found = atOneUser(timeline.slots, loads);
  const isExplained = unexplained(calls, models, slownessOf) <= (1 - leastExplained) * before;
  if (!isExplained || !isShared(calls)) {
    // No time is unlike the others: the load was always the same, but for few calls that may tell what it adds.
    const growth = growthByCalls(calls);
    if (growth === undefined) return undefined;
    timeline.slots = loads.map((load) => slowdown(growth, load ?? 1));
    found = { alone: 1, growth, statedAt: 1 };
    models = modelTimes(calls, slownessOf);
  }
  const { alone, growth, statedAt } = found;
  return {
    load: { growth, statedAt, slowest: Math.max(...timeline.slots) / alone },
    serviceBetween: (from, to) => (timeline.work(from * 1000, to * 1000) * alone) / 1000,
    usual: (model, outputTokens) => {
      const times = models.get(model);
      return times === undefined ? undefined : ((times.base + times.each * outputTokens) * alone) / 1000;
    },
  };
}

/** The windows' slowness and the models' own times, found by turns. */
function fitWindows(calls: readonly ServedCall[]) {
  const timeline = new Timeline(edgesOf(calls));
  let models = modelTimes(calls, () => 1);
  const within = timeline.slots.map((_, slot) => calls.filter((call) => timeline.isIn(call, slot)));
  const slownessOf = ({ from, to }: ServedCall): number => timeline.slownessOf(from, to);
  for (let round = 0; round < rounds; round++) {
    const residuals = new Map(calls.map((call) => [call, residual(call, models, slownessOf(call))]));
    timeline.scale(
      within.map(
        (those) =>
          quantile(
            those.map((call) => residuals.get(call) ?? 0),
            0.5,
          ) ?? 0,
      ),
    );
    models = modelTimes(calls, slownessOf);
  }
  return { timeline, within, slownessOf, models };
}

/**
 * Whether what slows one model down slows the others down, too. A model whose prompts take longer than others of its own
 * looks like slow windows, and where models are asked at different times their own times take up any slowness. True
 * where one model alone was asked enough.
 */
function isShared(calls: readonly ServedCall[]): boolean {
  const known = knownModels(calls);
  if (known.length < 2) return true;
  let [before, after] = [0, 0];
  for (const own of known) {
    const { slownessOf } = fitWindows(without(calls, own));
    before += unexplained(
      own,
      modelTimes(own, () => 1),
      () => 1,
    );
    after += unexplained(own, modelTimes(own, slownessOf), slownessOf);
  }
  return after <= (1 - leastShared) * before;
}

/** Where windows begin and end; the first and the last go on for ever. */
function edgesOf(calls: readonly ServedCall[]): number[] {
  const events = calls.flatMap(({ from, to }) => [from, to]).sort((a, b) => a - b);
  const edges = events.filter((_at, index) => index % eventsPerWindow === 0 && index > 0);
  return [...new Set(edges)];
}

/** A slowness for each window of time. */
class Timeline {
  readonly #edges: readonly number[];
  #slots: readonly number[];
  /** Work done up to each edge from the first. */
  #done: number[] = [];

  constructor(edges: readonly number[]) {
    this.#edges = edges;
    this.#slots = Array.from({ length: edges.length + 1 }, () => 1);
    this.#sum();
  }

  get slots(): readonly number[] {
    return this.#slots;
  }

  set slots(slots: readonly number[]) {
    this.#slots = slots;
    this.#sum();
  }

  /** @param logs what each slowness is to be multiplied by, as a logarithm */
  scale(logs: readonly number[]): void {
    this.slots = this.#slots.map((slowness, slot) => slowness * Math.exp(elementAt(logs, slot)));
  }

  /** Whether a call tells of a window: half of the one lies in the other. */
  isIn({ from, to }: ServedCall, slot: number): boolean {
    const begin = this.#edges[slot - 1] ?? Number.NEGATIVE_INFINITY;
    const end = this.#edges[slot] ?? Number.POSITIVE_INFINITY;
    const shared = Math.min(to, end) - Math.max(from, begin);
    return shared > 0 && 2 * shared >= Math.min(to - from, end - begin);
  }

  /** Time at a slowness of 1 that does what was done between two moments. */
  work(from: number, to: number): number {
    return this.#workUpTo(to) - this.#workUpTo(from);
  }

  slownessOf(from: number, to: number): number {
    const work = this.work(from, to);
    return work > 0 ? (to - from) / work : 1;
  }

  #sum(): void {
    this.#done = [];
    let done = 0;
    for (const [index, edge] of this.#edges.entries()) {
      const before = this.#edges[index - 1];
      if (before !== undefined) done += (edge - before) / elementAt(this.slots, index);
      this.#done.push(done);
    }
  }

  #workUpTo(at: number): number {
    const behind = bisect(this.#edges.length, (index) => elementAt(this.#edges, index) > at);
    const reference = Math.max(0, behind - 1);
    const edge = this.#edges[reference];
    if (edge === undefined) return at / elementAt(this.slots, 0);
    return elementAt(this.#done, reference) + (at - edge) / elementAt(this.slots, behind);
  }
}

interface ModelTimes {
  readonly base: number;
  readonly each: number;
}

/** Each model's own times, by least squares of relative errors, over output tokens. In ms. */
function modelTimes(
  calls: readonly ServedCall[],
  slownessOf: (call: ServedCall) => number,
): Map<string, ModelTimes> {
  const byModel = new Map<string, { x: number; y: number }[]>();
  for (const call of calls) {
    const points = byModel.get(call.model) ?? [];
    points.push({ x: call.outputTokens, y: Math.max(1e-6, (call.to - call.from) / slownessOf(call)) });
    byModel.set(call.model, points);
  }
  return new Map([...byModel].map(([model, points]) => [model, centred(points, lineOf(points))]));
}

function lineOf(points: readonly { readonly x: number; readonly y: number }[]): ModelTimes {
  let [w, wx, wxx, wy, wxy] = [0, 0, 0, 0, 0];
  for (const { x, y } of points) {
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
function centred(
  points: readonly { readonly x: number; readonly y: number }[],
  { base, each }: ModelTimes,
): ModelTimes {
  const middle =
    quantile(
      points.map(({ x, y }) => Math.log(y / Math.max(1e-6, base + each * x))),
      0.5,
    ) ?? 0;
  return { base: base * Math.exp(middle), each: each * Math.exp(middle) };
}

/** Logarithm of a call's time over what it was to be. */
function residual(call: ServedCall, models: ReadonlyMap<string, ModelTimes>, slowness: number): number {
  const { base, each } = models.get(call.model) ?? { base: 0, each: 0 };
  const expected = Math.max(1e-6, base + each * call.outputTokens) * slowness;
  return Math.log(Math.max(1e-6, call.to - call.from) / expected);
}

/** Outliers count as much as any other large error. */
function unexplained(
  calls: readonly ServedCall[],
  models: ReadonlyMap<string, ModelTimes>,
  slownessOf: (call: ServedCall) => number,
): number {
  return calls.reduce(
    (sum, call) => sum + Math.min(1, Math.abs(residual(call, models, slownessOf(call)))),
    0,
  );
}

/** How many times as long a call takes with so many in flight. */
function slowdown(growth: number, inFlight: number): number {
  return 1 + growth * Math.max(0, inFlight - 1);
}

/** What a further call in flight adds, by all calls; `undefined` where chance alone might show as much. */
function growthByCalls(calls: readonly ServedCall[]): number | undefined {
  const loads = calls.map(({ inFlight }) => inFlight);
  if (Math.max(...loads) < leastSpread * Math.min(...loads)) return undefined;
  let best = { growth: 0, error: errorOfGrowth(calls, 0) };
  for (const growth of growths) {
    const error = errorOfGrowth(calls, growth);
    if (error < best.error) best = { growth, error };
  }
  const ratioOf = (those: readonly ServedCall[]): number =>
    those.length * Math.log(errorOfGrowth(those, 0) / errorOfGrowth(those, best.growth));
  if (ratioOf(calls) <= leastLikelihoodRatio) return undefined;
  // Not of one model's calls alone, see isShared.
  const known = knownModels(calls);
  const isOfMore = known.length < 2 || known.every((own) => ratioOf(without(calls, own)) > leastOfOthers);
  return isOfMore ? best.growth : undefined;
}

/** Sum of squares. */
function errorOfGrowth(calls: readonly ServedCall[], growth: number): number {
  const slownessOf = ({ inFlight }: ServedCall): number => slowdown(growth, inFlight);
  const models = modelTimes(calls, slownessOf);
  return calls.reduce((sum, call) => {
    const error = Math.min(1, Math.abs(residual(call, models, slownessOf(call))));
    return sum + error * error;
  }, 0);
}

/** Each model's calls where these are enough to tell. */
function knownModels(calls: readonly ServedCall[]): readonly (readonly ServedCall[])[] {
  return [...groupBy(calls, ({ model }) => model).values()].filter(({ length }) => length >= leastOfModel);
}

function without(calls: readonly ServedCall[], own: readonly ServedCall[]): ServedCall[] {
  const left = new Set(own);
  return calls.filter((call) => !left.has(call));
}

/** The slowness of one call alone, from windows of several loads; where there is but one load, what it is there. */
function atOneUser(
  slots: readonly number[],
  loads: readonly (number | null)[],
): { readonly alone: number; readonly growth: number; readonly statedAt: number } {
  const seen = slots.flatMap((slowness, slot) => {
    const load = loads[slot] ?? null;
    return load === null ? [] : [{ log: Math.log(slowness), load }];
  });
  const range = seen.map(({ load }) => load);
  const usual = Math.exp(mean(seen.map(({ log }) => log)) ?? 0);
  if (Math.max(...range) < leastSpread * Math.min(...range))
    return { alone: usual, growth: 0, statedAt: Math.round(mean(range) ?? 1) };
  let best = { error: Number.POSITIVE_INFINITY, alone: usual, growth: 0 };
  for (const growth of growths) {
    const logs = seen.map(({ log, load }) => log - Math.log(slowdown(growth, load)));
    const centre = mean(logs) ?? 0;
    const error = logs.reduce((sum, log) => sum + (log - centre) ** 2, 0);
    if (error < best.error) best = { error, alone: Math.exp(centre), growth };
  }
  return { alone: best.alone, growth: best.growth, statedAt: 1 };
}
