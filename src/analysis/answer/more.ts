import { elementAt } from '../../core/element-at.ts';
import type { Rng } from '../../core/rng.ts';
import { mean } from '../../core/statistics.ts';
import { mostOf } from '../../run/end/end-reserve.ts';
import { bestAmong, gainsOf, type Inference, shortestInterval } from './forecast.ts';
import { type Hindcast, hindcastOf, isProposal, leastProposals } from './hindcast.ts';
import type { RunHistory } from './history.ts';
import { trueSpread } from './lineage.ts';

/** A further budget, as given; one of them. */
export type FurtherBudget =
  | { readonly kind: 'seconds'; readonly amount: number }
  | { readonly kind: 'usd'; readonly amount: number }
  | { readonly kind: 'tokens'; readonly amount: number };

/** What going on with the search would bring, in true score of the config that the run recommends. */
export type Prospect = {
  /** `2x`, `10x`, `seconds`, `usd` or `tokens`. */
  readonly horizon: string;
  /** Amount of a given further budget, in its unit. */
  readonly amount?: number;
} & (
  | {
      readonly kind: 'expected';
      /** Further evaluations that the budget pays at what recent ones took, with the end measured out of it, too. */
      readonly evaluations: number;
      readonly gain: number;
      /** Shortest interval that holds 80%. */
      readonly low: number;
      readonly high: number;
      /** Chance, 0..1, of a gain of at least 0.01. */
      readonly chance: number;
    }
  | {
      readonly kind: 'refused';
      readonly because: string;
      /** Further evaluations that it pays for; `null` where unknown. */
      readonly evaluations: number | null;
    }
);

/** True score of what the run would recommend after so many evaluations in all, with its 80% interval. */
interface CurvePoint {
  readonly evaluations: number;
  readonly score: number;
  readonly low: number;
  readonly high: number;
  /** `past`: of this run; `forecast`: of its continuation. */
  readonly part: 'past' | 'forecast';
}

export interface Outlook {
  readonly prospects: readonly Prospect[];
  readonly curve: readonly CurvePoint[];
  /** Why nothing is extrapolated, where nothing is. */
  readonly refused: string | null;
  /** What would have to be measured beside it for a trend, where too little was; else `null`. */
  readonly needed: Needed | null;
  /** The forecast put to the test on the run itself; `null` where it is too short for that. */
  readonly hindcast: Hindcast | null;
}

/** Further evaluations of the search, and what they take as the later half of the run's did; `null` where unknown. */
interface Needed {
  readonly evaluations: number;
  readonly tokens: number | null;
  readonly usd: number | null;
  readonly seconds: number | null;
}

const leastDegreesOfFreedom = 20;
/** Share of the variance of measured scores that must be more than noise. */
const leastReliability = 0.2;
const farthest = 10;
/** A hindcast with a smaller p-value says that the run does not go on as the model thinks. */
const surprising = 0.02;
/** So many evaluations are played on at most, for time's sake. */
const mostPlayed = 20_000;
const level = 0.8;
/** A gain that a reader would care about. */
export const noticeable = 0.01;
const curveFactors = [1.25, 1.5, 2, 3, 5, 7, 10] as const;

/** Why the run cannot be extrapolated; `null` where it can. */
function whyNot(history: RunHistory, inference: Inference | null): string | null {
  const { trials } = history;
  const proposals = trials.filter(isProposal);
  if (proposals.length < leastProposals) {
    return `the search proposed ${proposals.length} configs by itself; a trend takes at least ${leastProposals}`;
  }
  if (history.ended === 'space-exhausted')
    return 'every config of the space was tried: there is nothing more to find';
  if (inference === null || inference.measured.degreesOfFreedom < leastDegreesOfFreedom) {
    return 'each config was asked too few times to tell luck from skill (raise --repeats)';
  }
  const measured = inference.measured.trials;
  const noise = mean(measured.map(({ variance }) => variance)) ?? 0;
  const spread = trueSpread(measured);
  const reliability = spread / (spread + noise);
  if (reliability < leastReliability) {
    return `the configs differ no more than noise alone would make them (${Math.round(100 * reliability)}% of the variance is more than noise)`;
  }
  if (new Set(measured.map((trial) => trial.mean)).size < 3) return 'nearly all configs score the same';
  return null;
}

export interface OutlookOptions {
  readonly budgets?: readonly FurtherBudget[];
  /** Multiples of the evaluations made. Default 2 and 10. */
  readonly factors?: readonly number[];
}

/** Expected gains of 2×, 10× and the given budgets, and the learning curve. */
export function outlookOf(
  history: RunHistory,
  inference: Inference | null,
  { budgets = [], factors = [2, farthest] }: OutlookOptions,
  rng: Rng,
): Outlook {
  const early = whyNot(history, inference);
  const hindcast = early === null && inference !== null ? hindcastOf(inference, rng) : null;
  const refused = early ?? surpriseOf(hindcast);
  const asked = [
    ...factors.map((factor) => ({
      horizon: `${factor}x`,
      evaluations: (factor - 1) * history.search.evaluations,
    })),
    ...budgets.map(({ kind, amount }) => ({
      horizon: kind,
      amount,
      evaluations: evaluationsFor(history, kind, amount),
    })),
  ].map((given) => ({ ...given, because: refused ?? tooFar(history, given.evaluations) }));
  const furthest = Math.max(
    ...asked.map(({ evaluations, because }) => (because === null ? (evaluations ?? 0) : 0)),
  );
  const ahead = curveFactors
    .map((factor) => Math.round((factor - 1) * history.search.evaluations))
    .filter((evaluations) => evaluations <= furthest);
  const wanted = [
    ...ahead,
    ...asked.flatMap(({ evaluations, because }) =>
      because === null && evaluations !== null ? [evaluations] : [],
    ),
  ];
  const horizons = [...new Set(wanted)].sort((a, b) => a - b);
  const gains = inference === null || horizons.length === 0 ? [] : gainsOf(inference, horizons, rng);
  const played = new Map(horizons.map((evaluations, index) => [evaluations, gains[index] ?? []]));
  const byHorizon = new Map(
    horizons.map((evaluations) => [evaluations, bestUpTo(evaluations, played, ahead)]),
  );
  const prospects = asked.map(({ evaluations, because, ...given }): Prospect => {
    const draws = evaluations === null ? undefined : byHorizon.get(evaluations);
    if (because !== null || evaluations === null || draws === undefined) {
      return { ...given, kind: 'refused', because: because ?? 'nothing is known of it', evaluations };
    }
    return { ...given, ...expected(evaluations, draws) };
  });
  const past = inference === null ? [] : pastCurve(inference);
  const curve = forecastCurve(past, history.search.evaluations, ahead, byHorizon);
  return { prospects, curve: [...past, ...curve], refused, needed: neededOf(history), hindcast };
}

/**
 * What so many further evaluations bring: at least what fewer do, since a search may be stopped earlier. Played on, more
 * configs may be worth less by luck alone, which has more to choose from.
 *
 * @param ahead those of the curve, which are always played, so that nothing hangs on what else is asked for
 */
function bestUpTo(
  evaluations: number,
  played: ReadonlyMap<number, readonly number[]>,
  ahead: readonly number[],
): readonly number[] {
  const upTo = [evaluations, ...ahead.filter((fewer) => fewer < evaluations)].flatMap((each) => {
    const draws = played.get(each);
    return draws === undefined ? [] : [{ draws, gain: mean(draws) ?? 0 }];
  });
  return upTo.reduce((best, each) => (each.gain > best.gain ? each : best)).draws;
}

/** The continuation of the curve, from where the past leaves it. */
function forecastCurve(
  past: readonly CurvePoint[],
  done: number,
  ahead: readonly number[],
  byHorizon: ReadonlyMap<number, readonly number[]>,
): CurvePoint[] {
  const now = past.at(-1)?.score ?? 0;
  return ahead.flatMap((evaluations): CurvePoint[] => {
    const draws = byHorizon.get(evaluations);
    if (draws === undefined) return [];
    const { low, high } = shortestInterval(draws, level);
    const score = now + (mean(draws) ?? 0);
    return [{ evaluations: done + evaluations, score, low: now + low, high: now + high, part: 'forecast' }];
  });
}

function surpriseOf(hindcast: Hindcast | null): string | null {
  if (hindcast === null || hindcast.p >= surprising) return null;
  const { after, gain, happened } = hindcast;
  return `the method fails on this run: after ${after} evaluations it would have foretold a gain of ${gain.toFixed(3)} for the rest, and it was ${happened.toFixed(3)}`;
}

function expected(evaluations: number, gains: readonly number[]) {
  return {
    kind: 'expected' as const,
    evaluations,
    gain: mean(gains) ?? 0,
    ...shortestInterval(gains, level),
    chance: mean(gains.map((gain) => (gain >= noticeable ? 1 : 0))) ?? 0,
  };
}

/** Where the search has proposed too few configs for a trend. */
function neededOf(history: RunHistory): Needed | null {
  const evaluations = leastProposals - history.trials.filter(isProposal).length;
  if (evaluations <= 0 || history.ended === 'space-exhausted') return null;
  const take = (kind: Spending): number | null => {
    const each = eachOf(history, kind);
    return each === null ? null : evaluations * each;
  };
  return { evaluations, tokens: take('tokens'), usd: take('usd'), seconds: take('seconds') };
}

type Spending = FurtherBudget['kind'];

/** What an evaluation took in the later half of the search; `null`: unknown. */
function eachOf(history: RunHistory, kind: Spending): number | null {
  const middle = history.trials[Math.floor(history.trials.length / 2)]?.at;
  if (middle === undefined) return null;
  const [end, before] = [history.search[kind], middle[kind]];
  const evaluations = history.search.evaluations - middle.evaluations;
  if (end === null || before === null || evaluations <= 0 || end <= before) return null;
  return (end - before) / evaluations;
}

/**
 * Evaluations that a further budget pays, at {@link eachOf}; `null`: unknown. As much of it goes into measuring the result
 * as did in this run, though no more than a search sets aside of a ceiling.
 */
function evaluationsFor(history: RunHistory, kind: Spending, amount: number): number | null {
  const each = eachOf(history, kind);
  if (each === null) return null;
  const end = history.search[kind] ?? 0;
  const total = history.total[kind] ?? end;
  const most = mostOf.finish + mostOf.holdout;
  const ofEnd = history.phase === 'done' && total > 0 ? Math.min(most, (total - end) / total) : most;
  return Math.floor(((1 - ofEnd) * amount) / each);
}

function tooFar(history: RunHistory, evaluations: number | null): string | null {
  const { evaluations: done } = history.search;
  if (evaluations === null) return 'what an evaluation takes of it is not known in this run';
  if (evaluations < 1) return 'it does not pay for a single further evaluation';
  if (evaluations > (farthest - 1) * done) {
    return `it pays for ${evaluations} further evaluations; beyond ${farthest} times the ${done} made, nothing here supports a forecast`;
  }
  if (evaluations > mostPlayed)
    return `it pays for ${evaluations} further evaluations, more than the ${mostPlayed} that are played on`;
  return null;
}

/**
 * The recommended config's true score so far, twice in each doubling, by posterior draws: after half of the run, where
 * the hindcast begins, too, and at the end that of the run's best.
 */
function pastCurve({ trials, measured, draws, best: last }: Inference): CurvePoint[] {
  const points: CurvePoint[] = [];
  const counts: number[] = [];
  for (let half = trials.length; half >= 4; half = Math.floor(half / 2)) {
    counts.unshift(half);
    const between = Math.floor(half / Math.SQRT2);
    if (between >= 4) counts.unshift(between);
  }
  for (const count of counts) {
    const best = count === trials.length ? last : bestAmong(trials.slice(0, count), measured);
    if (best < 0) continue;
    const scores = draws.map((draw) => elementAt(draw, best));
    points.push({
      evaluations: count,
      score: mean(scores) ?? 0,
      ...shortestInterval(scores, level),
      part: 'past',
    });
  }
  return points;
}
