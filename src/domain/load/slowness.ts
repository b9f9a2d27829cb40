import { mean } from '../../core/statistics.ts';
import { atOneUser, growthByCalls, leastOfModel, slowdown } from './growth.ts';
import { type ServedCall, ServedCalls } from './served-calls.ts';
import { fittingRounds, fitWindows } from './windows.ts';

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

/** It must explain this much of what models and tokens leave unexplained, or there is none. */
const leastExplained = 0.2;
/** Of the windows that are only to say whether other models are slow at the same times, which few rounds show. */
const testingRounds = 8;
/** Of what a model's own times leave unexplained, the slowness that the other models' calls show must explain this much. */
const leastShared = 0.1;

/**
 * The time of a call is `(a + b × output tokens) × slowness`, with `a` and `b` of each model and a slowness of each
 * window of time, found by turns. Slowness against calls in flight then says what it is for one user.
 *
 * `undefined` where calls take no longer at one time than at another.
 */
export function findSlowness(calls: readonly ServedCall[]): FoundSlowness | undefined {
  const served = new ServedCalls(calls);
  const { timeline, within, slowness, ...fitted } = fitWindows(served, fittingRounds);
  const isExplained =
    total(served.unexplained(fitted.times, slowness)) <= (1 - leastExplained) * unexplainedByModels(served);
  let { times } = fitted;
  const loads = within.map((those) => mean(those.flatMap((at) => calls[at]?.inFlight ?? [])));
  let found = atOneUser(timeline.slots, loads);
  if (!isExplained || !isShared(served)) {
    // No time is unlike the others: the load was always the same, but for few calls that may tell what it adds.
    const growth = growthByCalls(served);
    if (growth === undefined) return undefined;
    timeline.slots = loads.map((load) => slowdown(growth, load ?? 1));
    found = { alone: 1, growth, statedAt: 1 };
    times = served.timesAt(timeline.slownessOf(timeline.spansOf(served)));
  }
  const { alone, growth, statedAt } = found;
  const timesOf = new Map(served.models.map(({ name }, index) => [name, times[index]]));
  return {
    load: { growth, statedAt, slowest: Math.max(...timeline.slots) / alone },
    serviceBetween: (from, to) => (timeline.work(from * 1000, to * 1000) * alone) / 1000,
    usual: (model, outputTokens) => {
      const own = timesOf.get(model);
      return own === undefined ? undefined : ((own.base + own.each * outputTokens) * alone) / 1000;
    },
  };
}

/**
 * Whether what slows one model down slows the others down, too. A model whose prompts take longer than others of its own
 * looks like slow windows, and where models are asked at different times their own times take up any slowness. True
 * where one model alone was asked enough.
 */
function isShared(served: ServedCalls): boolean {
  const known = served.ofModels(leastOfModel);
  if (known.length < 2) return true;
  let [before, after] = [0, 0];
  for (const own of known) {
    const { timeline } = fitWindows(served.without(own), testingRounds);
    const slowness = timeline.slownessOf(timeline.spansOf(own));
    before += unexplainedByModels(own);
    after += total(own.unexplained(own.timesAt(slowness), slowness));
  }
  return after <= (1 - leastShared) * before;
}

/** What models and tokens alone leave unexplained. */
function unexplainedByModels(served: ServedCalls): number {
  return total(served.unexplained(served.timesAt(served.level), served.level));
}

function total(errors: Float64Array): number {
  return errors.reduce((sum, error) => sum + error, 0);
}
