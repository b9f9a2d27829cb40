import type { Baseline, FrontFile, FrontMember } from '../../domain/run-result.ts';
import { formatInterval, simulatedSuffix } from '../format.ts';
import type { PointScale } from '../front-columns.ts';
import { which } from '../which.ts';

/** Says plainly whether the best point beats the best baseline, and whether the intervals tell them apart. */
export function verdictOf(file: FrontFile, scale?: PointScale): string | null {
  const best = which(file, 'best');
  const baseline = bestBaseline(file.baselines);
  const bestScore = best?.objectives.score;
  const plainScore = baseline?.objectives.score;
  if (best === undefined || baseline === undefined || !bestScore || !plainScore) return null;
  if (bestScore.mean === null || plainScore.mean === null) return null;
  const simulated = simulatedSuffix(file.simulated);
  if (bestScore.mean === 0 && plainScore.mean === 0) {
    return `Nothing scored above 0${simulated}, so there is nothing to choose between: look at the task's grader and prompt (mixtune task check ${file.task}).`;
  }
  const plain = `${baseline.label} (${formatInterval('score', plainScore)})`;
  const gain = bestScore.mean - plainScore.mean;
  if (best.id === baseline.id || gain <= 0) {
    return `No MoA beat the best baseline, ${plain}: use that one alone${simulated}.`;
  }
  const points = scale === undefined ? '' : ` (${(gain * scale.max).toFixed(1)} of ${scale.max} points)`;
  const apart =
    bestScore.low !== null && plainScore.high !== null && bestScore.low > plainScore.high
      ? ''
      : ' The intervals overlap, so the gain may be luck: measure again with more repeats.';
  const claim = `The best MoA scores ${bestScore.mean.toFixed(3)}${simulated}, ${gain.toFixed(3)}${points} above the best baseline, ${plain}.${apart}`;
  return [claim, holdoutVerdict(best, file.baselines, simulated)].filter((part) => part !== null).join('\n');
}

/** The same comparison on what the search never saw: the one to believe. */
function holdoutVerdict(best: FrontMember, baselines: readonly Baseline[], simulated: string): string | null {
  const fresh = best.holdout?.score.mean ?? null;
  const measured = baselines.filter((baseline) => baseline.holdout !== null);
  const scores = measured.map((baseline) => baseline.holdout?.score.mean ?? -1);
  if (fresh === null || scores.length === 0) return null;
  const strongest = Math.max(...scores);
  const label = measured[scores.indexOf(strongest)]?.label ?? '';
  const gain = fresh - strongest;
  const than = `${label} (${strongest.toFixed(3)})`;
  return gain > 0
    ? `On the holdout it scores ${fresh.toFixed(3)}${simulated}, ${gain.toFixed(3)} above ${than}.`
    : `On the holdout it scores ${fresh.toFixed(3)}${simulated} and does not beat ${than}.`;
}

function bestBaseline(baselines: readonly Baseline[]): Baseline | undefined {
  return baselines.reduce<Baseline | undefined>(
    (best, next) => ((next.objectives.score.mean ?? -1) > (best?.objectives.score.mean ?? -1) ? next : best),
    undefined,
  );
}
