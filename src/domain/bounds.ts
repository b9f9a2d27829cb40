import {
  type Estimates,
  type Measurement,
  type ObjectiveName,
  objectiveDirections,
  objectiveNames,
} from './objective.ts';

/** What a user can accept: at least so much score (0..1), at most so many seconds, tokens, US dollars per question. */
export type Bounds = { readonly [Name in ObjectiveName]?: number };

type Values = (name: ObjectiveName) => number | null;

/** The values of what was measured, by its means. */
export const valuesOf =
  ({ means }: { readonly means: Measurement }): Values =>
  (name) =>
    means[name];

/** Each objective that has a bound. */
export function listBounds(bounds: Bounds): { readonly name: ObjectiveName; readonly bound: number }[] {
  return objectiveNames.flatMap((name) => {
    const bound = bounds[name];
    return bound === undefined ? [] : [{ name, bound }];
  });
}

/** What an unknown value exceeds a bound by. */
const unknownExcess = 1e9;

/** How far values are outside the bounds, as shares of them added up; 0: they keep all. */
function excessOver(bounds: Bounds, values: Values): number {
  let excess = 0;
  for (const { name, bound } of listBounds(bounds)) {
    const value = values(name);
    if (keeps(name, bound, value)) continue;
    const share = value === null ? unknownExcess : Math.abs(value - bound) / bound;
    excess += Math.min(unknownExcess, share);
  }
  return excess;
}

/** Order by how near values come to bounds: nearest in costs first, and of equals in score; 0 where they are level. */
export function byNearness(bounds: Bounds): (a: Values, b: Values) => number {
  const { score, ...costs } = bounds;
  const scoreOnly = score === undefined ? {} : { score };
  return (a, b) =>
    excessOver(costs, a) - excessOver(costs, b) || excessOver(scoreOnly, a) - excessOver(scoreOnly, b);
}

/** Whether values keep all bounds; an unknown value keeps none. */
export function keepsBounds(values: Values, bounds: Bounds): boolean {
  return listBounds(bounds).every(({ name, bound }) => keeps(name, bound, values(name)));
}

function keeps(name: ObjectiveName, bound: number, value: number | null): boolean {
  if (value === null) return objectiveDirections[name] === 'max' && bound <= 0;
  return objectiveDirections[name] === 'max' ? value >= bound : value <= bound;
}

/** What was measured of a config: on tuning cells, and on the holdout where it was. */
export interface Judged {
  readonly objectives: Estimates;
  readonly holdout?: Estimates | null | undefined;
}

/**
 * What a config is held against bounds by: the score on the holdout where it was measured there, since the search
 * chose by the other; costs as they are on tuning cells.
 */
export function judgedBy({ objectives, holdout }: Judged): Estimates {
  const score = holdout?.score;
  return score === undefined || score.mean === null ? objectives : { ...objectives, score };
}

/** How a config stands to bounds, best first; `?`: an interval reaches over a bound that decides it, so that it may be noise. */
export const standings = ['met', 'met?', 'missed?', 'missed'] as const;
export type Standing = (typeof standings)[number];

/** How a config that was measured stands to bounds, by what {@link judgedBy} says. */
export function standingOf(bounds: Bounds, measured: Judged): Standing {
  const estimates = judgedBy(measured);
  const mean = keepsBounds((name) => estimates[name].mean, bounds);
  const end = (good: boolean) => (name: ObjectiveName) => {
    const { mean: middle, low, high } = estimates[name];
    return ((objectiveDirections[name] === 'max') === good ? high : low) ?? middle;
  };
  if (mean) return keepsBounds(end(false), bounds) ? 'met' : 'met?';
  return keepsBounds(end(true), bounds) ? 'missed?' : 'missed';
}

/** Those that meet the bounds; where none does, all, since bounds then choose nothing. */
export function acceptable<Each>(
  all: readonly Each[],
  bounds: Bounds | undefined,
  values: (each: Each) => Values,
): readonly Each[] {
  if (bounds === undefined) return all;
  const met = all.filter((each) => keepsBounds(values(each), bounds));
  return met.length === 0 ? all : met;
}
