import { elementAt, valueAt } from '../../core/element-at.ts';
import { type Budget, spendingCeilingsOf } from '../../domain/budget.ts';
import {
  headliners,
  isBaseline,
  leastHoldout,
  type MeasuredConfig,
  spentIn,
} from '../../domain/headliners.ts';
import { configsById } from '../../domain/moa-config.ts';
import { type PlainWay, plainWays } from '../../search/equal-spend.ts';
import { withoutHopeless } from '../../search/hopeful-models.ts';
import type { SearchSpace } from '../../search/space.ts';
import type { Trial } from '../../search/trial.ts';
import { byScore, type TrialBook } from '../../search/trial-book.ts';
import { plannedCalls } from '../calls/planned-calls.ts';
import { spendingEnds } from '../journal/events.ts';
import type { RunState } from '../run-state.ts';
import type { TuneSettings } from '../types.ts';
import { acceptableFirst } from './acceptable-trials.ts';

/** Each of the end's two parts, equal tuning cells and holdout, takes at most so many times the search's calls. */
export const defaultEndShare = 1;
/** Single-model baselines that are measured at the end beside the front. */
export const mostBaselines = 8;
/** Before the holdout is cut, so many configs are to have a place on it. */
export const placesOnHoldout = 4;

/** Who is measured on how many cells. */
export interface Measuring {
  readonly trials: readonly Trial[];
  readonly cells: number;
  /** The first so many of them are whom the result is about: they get so many, in turn, before the others. */
  readonly headline?: { readonly trials: number; readonly cells: number };
}

export interface EndOptions {
  readonly state: RunState;
  readonly book: TrialBook;
  /** Calls that each part may take for each of the search's; absent: as many as it needs. */
  readonly share: number | undefined;
  /** Calls that earlier runs made for what this one began with: its search is as large as if it had made them. */
  readonly earlierCalls: number;
  readonly budget: Budget;
}

/** Calls that one part of the end may take. */
export function endAllowance({
  state,
  share,
  earlierCalls,
}: Pick<EndOptions, 'state' | 'share' | 'earlierCalls'>): number {
  if (share === undefined) return Number.POSITIVE_INFINITY;
  return share * ((state.searchCalls ?? state.calls) + earlierCalls);
}

/** Calls that earlier runs made for what a run begins with. */
export function earlierCallsOf({ seeds = [], own = [], paidCells = {} }: EarlierParts): number {
  const configs = configsById([...own, ...seeds]);
  return [...configs].reduce((sum, [id, config]) => sum + plannedCalls(config) * (paidCells[id] ?? 0), 0);
}

type EarlierParts = Pick<TuneSettings, 'seeds' | 'own' | 'paidCells'>;

/** A ceiling on calls, tokens or dollars says what the end may take, or the time that ended the search. */
function isLimited({ state, budget }: EndOptions): boolean {
  return state.ended === 'time' || spendingCeilingsOf(budget).some(({ ends }) => spendingEnds.has(ends));
}

/**
 * Who gets equal tuning cells: the finalists, on as many cells as planned, or fewer where the search was small.
 * @param cells what is wanted, `least` what all have
 */
export function planFinish(options: EndOptions, cells: number, least: number): Measuring {
  // Where means run out, the claim is about the first.
  const best = withoutHopeless(options.book.finalists(mostBaselines)).sort(byScore);
  const trials = acceptableFirst(best, options.book.aims);
  const allowed = endAllowance(options);
  let size = cells;
  while (size > least && callsOf(trials, (trial) => Math.max(0, size - trial.tuningBegun)) > allowed) size--;
  return { trials, cells: size };
}

/**
 * Vote and best of several of the tuned single model, for what the best mixture spends; none where there is no mixture,
 * where what it spends is unknown, or where that is less than one answer takes; none where a limit or the time left the
 * single model short of answers.
 */
export function planPlainWays({ book }: EndOptions, space: SearchSpace): PlainWay[] {
  const { objectives, bounds } = book.aims;
  const found = headliners(book.contenders().map(book.measured), objectives, bounds);
  const of = (kind: 'tuned-single' | 'mixture') => found.find((line) => line.kind === kind)?.of;
  const [single, mixture] = [of('tuned-single'), of('mixture')];
  if (single === undefined || mixture === undefined) return [];
  // What could not be asked once as often as the others cannot be asked several times as often.
  if (isBaseline(single) && !single.hasEqualCells) return [];
  const cost = spentIn(objectives);
  const [one, all] = [single.means[cost], mixture.means[cost]];
  if (one === null || one === 0 || all === null || all < one) return [];
  // What is itself the best mixture is compared with nothing.
  return plainWays(space, single.config, all / one).filter(({ id }) => id !== mixture.id);
}

/**
 * Who is measured on the holdout: first whom the result is about (the best, and the headline's), then the front,
 * then baselines, of both first who meets the bounds. After a small search on fewer of its cells, and the last of them
 * not at all; where a ceiling says how far the end may go, those of the front among them come last.
 * @param headlineCells of those whom the result is about, where the search was not small
 */
export function planHoldout(options: EndOptions, cells: number, headlineCells: number): Measuring {
  const { state, book } = options;
  const first = headlined(options);
  // Those that did not get their tuning cells stand in no table.
  const plain = (state.plain ?? [])
    .map(({ trial }) => elementAt(state.trials, trial))
    .filter(({ status }) => status === 'finished');
  const named = new Set([...first, ...plain]);
  const all = new Set([
    ...named,
    ...acceptableFirst(
      withoutHopeless([...book.front(), ...book.baselines().slice(0, mostBaselines)]),
      book.aims,
    ),
  ]);
  const allowed = endAllowance(options);
  const order = [...all];
  const placed = order.slice(0, Math.max(named.size, placesOnHoldout));
  const size = holdoutSize(options, placed, cells);
  const trials: Trial[] = [];
  const beyond: Trial[] = [];
  const front = new Set(isLimited(options) ? book.front() : []);
  let calls = 0;
  for (const trial of order) {
    const more = plannedCalls(trial.config) * size;
    if (!first.has(trial) && calls + more > allowed) {
      if (front.has(trial)) beyond.push(trial);
      continue;
    }
    trials.push(trial);
    calls += more;
  }
  return {
    trials: [...trials, ...beyond],
    cells: size,
    headline: {
      trials: trials.filter((trial) => named.has(trial)).length,
      cells: size < cells ? size : headlineCells,
    },
  };
}

/** Whom the result is about but for the plain ways: the best, and those that tuning put first of their kind. */
export function headlined({ state, book }: EndOptions): Set<Trial> {
  const { objectives, bounds } = book.aims;
  // Some of them may have begun their holdout early, in idle slots.
  const beforeHoldout = (trial: Trial): MeasuredConfig => ({
    ...book.measured(trial),
    holdout: [],
    holdoutBegun: 0,
  });
  const best = book.best(beforeHoldout);
  const headline = headliners(book.contenders().map(beforeHoldout), objectives, bounds);
  return new Set([
    ...(best === undefined ? [] : [best.best]),
    ...headline.map(({ of }) => valueAt(state.byId, of.id)),
  ]);
}

/** Cells that the trial at a place is to have. */
export function cellsAt({ cells, headline }: Omit<Measuring, 'trials'>, place: number): number {
  return headline !== undefined && place < headline.trials ? headline.cells : cells;
}

/** Holdout cells that so many trials can have each: all, or after a small search as many as it allows. */
export function holdoutSize(options: EndOptions, placed: readonly Trial[], cells: number): number {
  const each = callsOf(placed, () => 1);
  return Math.min(cells, Math.max(leastHoldout, Math.floor(endAllowance(options) / Math.max(1, each))));
}

/** Calls that so many cells of each take. */
export function callsOf(trials: readonly Trial[], cells: (trial: Trial, place: number) => number): number {
  return trials.reduce((sum, trial, place) => sum + plannedCalls(trial.config) * cells(trial, place), 0);
}
