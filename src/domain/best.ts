import { pairedDifference } from '../core/paired-difference.ts';
import { meanInterval, unitRange } from '../core/statistics.ts';
import { acceptable, type Bounds } from './bounds.ts';
import { equalSpend, firstByTuning, headliners, type MeasuredConfig } from './headliners.ts';
import type { ObjectiveName } from './objective.ts';

/**
 * The best config of a run, and the only place that decides it: tune, front, show, ask, export, answer and
 * reproduce all mean this one.
 *
 * 1. Those compete that were measured on enough tuning cells: the front's members and the baselines.
 * 2. The best is the front's member with the highest mean score on its tuning cells, of those with a holdout where a ceiling
 *    left others without, and of those with equal cells in the same way (others of few cells may have measured higher: that
 *    is luck until they have as many); of equals the one that takes least of the
 *    run's other objectives together; of equals there, the better one by them in their order, and then the first.
 * 3. The holdout does not choose, since whoever is the luckiest of many there would be taken, and its score on the
 *    holdout would be too good. It only turns down: where another beats the best there by more than the noise, that one
 *    is the best; of several, the one with the highest score on the holdout. What the headline compares it with was
 *    chosen before the holdout was seen, so each of these comparisons stands for itself (95%, paired by question). Of the
 *    others the luckiest is looked for, so for all of them together the level is 95% (Bonferroni). So nothing that was
 *    measured there beats the best by more than the noise, and nothing is told as better beyond luck that is not the best.
 *
 * @param bounds only those compete that meet them (see `judgedBy`); where none does, all
 * @param isOnFront whether one is a member of the front. @defaultValue all are
 */
export function bestOf<Contender extends MeasuredConfig>(
  contenders: readonly Contender[],
  objectives: readonly ObjectiveName[],
  bounds?: Bounds,
  isOnFront: (contender: Contender) => boolean = () => true,
): BestChoice<Contender> | undefined {
  const rivals = new Set(acceptable(contenders, bounds, judgedValues));
  // Only bounds can leave none of the front.
  const byTuning =
    firstByTuning([...rivals].filter(isOnFront), objectives) ?? firstByTuning([...rivals], objectives);
  if (byTuning === undefined) return undefined;
  const levelOf = levelsOf(contenders, objectives, bounds);
  let best = byTuning;
  for (;;) {
    // Whoever was turned down stays so: of different questions each may beat the next in a circle.
    rivals.delete(best);
    const better = beaterOf(best, rivals, levelOf);
    if (better === undefined) return best === byTuning ? { best } : { best, overruled: byTuning };
    best = better;
  }
}

export interface BestChoice<Contender> {
  readonly best: Contender;
  /** The one that tuning put first, where the holdout turned it down. */
  readonly overruled?: Contender;
}

/** As `judgedBy` judges a member of the front. */
function judgedValues({ means, holdout }: MeasuredConfig): (name: ObjectiveName) => number | null {
  const scores = holdout.map(({ score }) => score);
  const { score } = scores.length === 0 ? means : { score: meanInterval(scores, 0.95, unitRange).mean };
  return (name) => (name === 'score' ? score : means[name]);
}

/** Chance that a comparison on the holdout calls one better beyond luck that is not. */
const error = 0.05;

/** At which level each of the contenders is compared with the best. */
function levelsOf(
  contenders: readonly MeasuredConfig[],
  objectives: readonly ObjectiveName[],
  bounds: Bounds | undefined,
): (rival: MeasuredConfig) => number {
  const planned = new Set<MeasuredConfig>(headliners(contenders, objectives, bounds).map(({ of }) => of));
  const isPlanned = (rival: MeasuredConfig) => planned.has(rival) || rival.operator === equalSpend;
  const others = contenders.filter((each) => each.holdout.length > 0 && !isPlanned(each)).length;
  return (rival) => 1 - error / (isPlanned(rival) ? 1 : others);
}

/** Of those that beat it on the holdout beyond the noise, the best there. */
function beaterOf<Contender extends MeasuredConfig>(
  best: Contender,
  rivals: Iterable<Contender>,
  levelOf: (rival: Contender) => number,
): Contender | undefined {
  let strongest: { readonly rival: Contender; readonly gain: number } | undefined;
  for (const rival of rivals) {
    if (rival.holdout.length === 0) continue;
    const gain = pairedDifference(rival.holdout, best.holdout, levelOf(rival));
    if (gain === undefined || gain.low === null || gain.low <= 0) continue;
    if (strongest === undefined || gain.mean > strongest.gain) strongest = { rival, gain: gain.mean };
  }
  return strongest?.rival;
}
