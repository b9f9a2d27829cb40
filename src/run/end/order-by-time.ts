import { elementAt } from '../../core/element-at.ts';
import type { Cell } from '../../domain/cell.ts';
import { leastHoldout } from '../../domain/headliners.ts';
import { modelsOf } from '../../domain/moa-config.ts';
import { cheapestOf, extremeOf, kneeOf } from '../../domain/named-points.ts';
import type { Trial } from '../../search/trial.ts';
import type { PlanOptions } from '../plan-types.ts';
import { each, inTurn, leftCells, type Share } from './end-cells.ts';

type Options = Pick<PlanOptions, 'recorder' | 'loop' | 'budget' | 'concurrency' | 'isPaced'>;

/** Whom the result is about may take at most this part of the holdout's time for their first answers. */
const mostForFirst = 0.6;

/**
 * In which order finalists get their equal cells where it is time that runs out; else as they are given.
 * @param msAfter so much of the time is set aside for what comes later, in ms
 */
export function finishOrder(shares: readonly Share[], options: Options, msAfter: number): readonly Share[] {
  const { budget, concurrency } = options;
  if (budget.maxSeconds === undefined) return shares;
  return [...pacedOf(shares, options), ...quickOf(shares, options, msAfter * concurrency), ...shares];
}

/** Who is to be measured on the holdout. */
export interface HoldoutShares {
  /** Whom the result is about. */
  readonly first: readonly Trial[];
  /** The cells of those, and of the others. */
  readonly firstCells: readonly Cell[];
  readonly others: readonly Trial[];
  readonly cells: readonly Cell[];
}

/**
 * In which order the holdout is measured: the first in turn, then the others. Where it is time that runs out, few
 * answers of all come before the rest of any, and what takes little of the time before those.
 * @param since when it was planned, in ms of the run
 */
export function holdoutOrder(
  { first, firstCells, others, cells }: HoldoutShares,
  options: Options,
  since: number,
): readonly Share[] {
  const headline = inTurn(first, firstCells);
  if (options.budget.maxSeconds === undefined) return [...headline, ...each(others, cells)];
  const few = cells.slice(0, leastHoldout);
  const firstFew = inTurn(first, few);
  const named = namedFirst(others, options);
  const further = each(named, cells);
  return [
    ...pacedOf([...headline, ...further], options),
    ...quickOf(headline, options),
    ...quickOf(further, options, keptFor(firstFew, options, since)),
    ...[...firstFew, ...each(named, few), ...headline, ...further],
  ];
}

/** Those whose models may all be asked so often a minute only: they take few slots, and would get too few answers later. */
function pacedOf(shares: readonly Share[], { isPaced }: Options): readonly Share[] {
  return shares.filter(({ trial }) => modelsOf(trial.config).every(isPaced));
}

/**
 * Those that need no more than their fair part of the slots' time that is left ({@link metInFull}), least first. Who
 * needs more does so as time goes by, too.
 * @param slotMs so much of the slots' time is not theirs, in ms
 */
function quickOf(shares: readonly Share[], options: Options, slotMs = 0): readonly Share[] {
  const { recorder, budget, concurrency } = options;
  const { maxSeconds = 0 } = budget;
  const needing = shares.filter((share) => leftCells(share) > 0);
  const needs = needing.map((share) => needOf(share, options));
  const left = (1000 * maxSeconds - recorder.now()) * concurrency - slotMs;
  return metInFull(needs, left).map((at) => elementAt(needing, at));
}

/** What shares need of the slots' time since then, in ms, but no more than their part of it. */
function keptFor(shares: readonly Share[], options: Options, since: number): number {
  const { budget, concurrency } = options;
  const { maxSeconds = 0 } = budget;
  const needed = shares.reduce((sum, share) => sum + needOf(share, options), 0);
  return Math.min(needed, mostForFirst * (1000 * maxSeconds - since) * concurrency);
}

/** How long slots are taken for what is left of a share, in ms. */
function needOf(share: Share, { recorder }: Options): number {
  return leftCells(share) * recorder.state.callTimes.slotMs(share.trial.config);
}

/**
 * Who gets all that it needs where what there is is parted equally, and whoever needs less than its part leaves the
 * rest to the others (max-min fairness: Bertsekas and Gallager, "Data Networks", 1992, section 6.5.2).
 * @returns places in `needs`, least need first
 */
export function metInFull(needs: readonly number[], available: number): number[] {
  const byNeed = [...needs.keys()].sort((a, b) => elementAt(needs, a) - elementAt(needs, b));
  let left = available;
  const end = byNeed.findIndex((place, at) => {
    const need = elementAt(needs, place);
    if (need * (byNeed.length - at) > left) return true;
    left -= need;
    return false;
  });
  return end < 0 ? byNeed : byNeed.slice(0, end);
}

/** Those first that are the front's knee, cheapest and fastest. */
function namedFirst(trials: readonly Trial[], { loop }: Options): readonly Trial[] {
  const { book } = loop;
  const points = book.front().map((trial) => ({ trial, objectives: trial.estimates }));
  const found = [kneeOf(points, book.aims.objectives), cheapestOf(points), extremeOf(points, 'latency')];
  const named = new Set(found.map((point) => point?.trial));
  return [...trials.filter((trial) => named.has(trial)), ...trials.filter((trial) => !named.has(trial))];
}
