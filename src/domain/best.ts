import { pairedDifference, type ScoredAnswer } from '../core/paired-difference.ts';
import { meanInterval, unitRange } from '../core/statistics.ts';
import { acceptable, type Bounds } from './bounds.ts';
import type { ConfigId, MoaConfig } from './moa-config.ts';
import { type Measurement, type ObjectiveName, objectiveDirections } from './objective.ts';

/** The score of one cell. */
export interface MeasuredCell extends ScoredAnswer {
  /** Its key. */
  readonly cell: string;
}

/** A config with all that a run measured of it. */
export interface MeasuredConfig {
  readonly id: ConfigId;
  readonly config: MoaConfig;
  /** Where it came from: `baseline`, `start`, `crossover`, … */
  readonly operator: string;
  /** Over its tuning cells. */
  readonly means: Measurement;
  /** Scored tuning cells, and scored holdout cells. */
  readonly tuning: readonly MeasuredCell[];
  readonly holdout: readonly MeasuredCell[];
}

/** Chance that any config is said to beat the best that does not. */
const overallError = 0.05;

/**
 * The level at which a run's configs are compared on a split: 95% for one of them against all others together
 * (Bonferroni). Whoever says that one config scores more than another goes by it, or what is called better beyond luck
 * might not be what the run calls the best.
 */
export function comparisonLevel(
  contenders: readonly Readonly<Record<'tuning' | 'holdout', readonly unknown[]>>[],
  split: 'tuning' | 'holdout' = 'holdout',
): number {
  const measured = contenders.filter((each) => each[split].length > 0).length;
  return 1 - overallError / Math.max(1, measured - 1);
}

/**
 * The best config of a run, and the only place that decides it: tune, front, show, ask, export, answer and
 * reproduce all mean this one.
 *
 * 1. Those compete that were measured on enough tuning cells: the front's members and the baselines.
 * 2. The best is the one with the highest mean score on its tuning cells; of equals the one that is better by the
 *    run's other objectives, in their order; of equals there, the first.
 * 3. The holdout does not choose, since whoever is the luckiest of many there would be taken, and its score on the
 *    holdout would be too good. It only turns down: where another beats the best there by more than the noise (paired
 *    by question, at the {@link comparisonLevel}), that one is the best; of several, the one with the
 *    highest score on the holdout. So nothing that was measured there beats the best by more than the noise.
 *
 * @param bounds only those compete that meet them (see `judgedBy`); where none does, all
 */
export function bestOf<Contender extends MeasuredConfig>(
  contenders: readonly Contender[],
  objectives: readonly ObjectiveName[],
  bounds?: Bounds,
): BestChoice<Contender> | undefined {
  const rivals = acceptable(contenders, bounds, judgedValues);
  const byTuning = firstByTuning(rivals, objectives);
  if (byTuning === undefined) return undefined;
  const level = comparisonLevel(contenders);
  let best = byTuning;
  for (;;) {
    const better = beaterOf(best, rivals, level);
    if (better === undefined) return best === byTuning ? { best } : { best, overruled: byTuning };
    best = better;
  }
}

export interface BestChoice<Contender> {
  readonly best: Contender;
  /** The one that tuning put first, where the holdout turned it down. */
  readonly overruled?: Contender;
}

/** The one with the highest mean score on tuning cells; ties as in {@link bestOf}. */
export function firstByTuning<Contender extends MeasuredConfig>(
  contenders: readonly Contender[],
  objectives: readonly ObjectiveName[],
): Contender | undefined {
  return [...contenders].sort((a, b) => byTuning(a.means, b.means, objectives))[0];
}

/** Order by score, then by the run's other objectives in their order; what is unknown comes last. */
function byTuning(a: Measurement, b: Measurement, objectives: readonly ObjectiveName[]): number {
  for (const name of ['score', ...objectives] as const) {
    const difference = costOf(a, name) - costOf(b, name);
    // Two unknown values differ by NaN.
    if (difference !== 0 && !Number.isNaN(difference)) return difference;
  }
  return 0;
}

function costOf(means: Measurement, name: ObjectiveName): number {
  const value = means[name];
  if (value === null) return Number.POSITIVE_INFINITY;
  return objectiveDirections[name] === 'max' ? -value : value;
}

/** As `judgedBy` judges a member of the front. */
function judgedValues({ means, holdout }: MeasuredConfig): (name: ObjectiveName) => number | null {
  const scores = holdout.map(({ score }) => score);
  const { score } = scores.length === 0 ? means : { score: meanInterval(scores, 0.95, unitRange).mean };
  return (name) => (name === 'score' ? score : means[name]);
}

/** Of those that beat it on the holdout beyond the noise, the best there. */
function beaterOf<Contender extends MeasuredConfig>(
  best: Contender,
  contenders: readonly Contender[],
  level: number,
): Contender | undefined {
  const rivals = contenders.filter((other) => other !== best && other.holdout.length > 0);
  let strongest: { readonly rival: Contender; readonly gain: number } | undefined;
  for (const rival of rivals) {
    const gain = pairedDifference(rival.holdout, best.holdout, level);
    if (gain === undefined || gain.low === null || gain.low <= 0) continue;
    if (strongest === undefined || gain.mean > strongest.gain) strongest = { rival, gain: gain.mean };
  }
  return strongest?.rival;
}
