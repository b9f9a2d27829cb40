import { mean } from '../../core/statistics.ts';
import { columnOf, type ServedCalls } from './served-calls.ts';

/** Calls from which on a model's own times tell of slowness. */
export const leastOfModel = 12;
/** Without loads so many times apart nothing can be told of another load. */
const leastSpread = 2;
/** Twice the logarithm of how much likelier calls are with growth than without: chance gets there once in 2,000 times. */
const leastLikelihoodRatio = 12;
/** The same for the calls that are left without one model's, whichever it is. */
const leastOfOthers = 4;
/** Growths that are tried. */
const growths = [0, ...Array.from({ length: 60 }, (_, step) => 0.0005 * 1.15 ** step)];

/** How many times as long a call takes with so many in flight. */
export function slowdown(growth: number, inFlight: number): number {
  return 1 + growth * Math.max(0, inFlight - 1);
}

/** What a further call in flight adds, by all calls; `undefined` where chance alone might show as much. */
export function growthByCalls(served: ServedCalls): number | undefined {
  const loads = served.calls.map(({ inFlight }) => inFlight);
  if (Math.max(...loads) < leastSpread * Math.min(...loads)) return undefined;
  let best = { growth: 0, error: errorOfGrowth(served, 0) };
  for (const growth of growths) {
    const error = errorOfGrowth(served, growth);
    if (error < best.error) best = { growth, error };
  }
  const ratioOf = (those: ServedCalls): number =>
    those.calls.length * Math.log(errorOfGrowth(those, 0) / errorOfGrowth(those, best.growth));
  if (ratioOf(served) <= leastLikelihoodRatio) return undefined;
  // Not of one model's calls alone, see isShared.
  const known = served.ofModels(leastOfModel);
  const isOfMore = known.length < 2 || known.every((own) => ratioOf(served.without(own)) > leastOfOthers);
  return isOfMore ? best.growth : undefined;
}

/** Sum of squares. */
function errorOfGrowth(served: ServedCalls, growth: number): number {
  const slowness = columnOf(served.calls, ({ inFlight }) => slowdown(growth, inFlight));
  return served
    .unexplained(served.timesAt(slowness), slowness)
    .reduce((sum, error) => sum + error * error, 0);
}

/** The slowness of one call alone, from windows of several loads; where there is but one load, what it is there. */
export function atOneUser(
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
