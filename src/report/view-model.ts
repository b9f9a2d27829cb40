import { isCeilingReason, type Spent } from '../domain/budget.ts';
import type { Baseline, FrontFile, FrontMember } from '../domain/run-result.ts';
import { formatCount, formatDuration, formatInterval, formatShortCount, formatUsd } from './format.ts';
import { type FrontRow, frontRow, type PointScale } from './front-columns.ts';
import { which, whichNames } from './which.ts';

export interface FrontView {
  /** `Front of code-challenge (simulated)`. */
  readonly title: string;
  readonly rows: readonly FrontRow[];
  readonly baselines: readonly FrontRow[];
  /** What the search was worth against the best plain way; absent where either is missing. */
  readonly verdict: string | null;
  readonly spent: string;
  /** How many answers were stopped by their time limit; absent where none was. */
  readonly timedOut: string | null;
  readonly ended: string;
}

export function frontView(file: FrontFile, scale?: PointScale): FrontView {
  const marks = marksOf(file);
  return {
    title: `Front of ${file.task}${simulatedSuffix(file.simulated)}`,
    rows: file.front.map((member) => frontRow({ ...member, marks: marks.get(member.id) ?? [], scale })),
    baselines: file.baselines.map((baseline) => ({
      ...frontRow({ ...baseline, scale }),
      config: baseline.label,
    })),
    verdict: verdictOf(file, scale),
    spent: spentLine(file.spent, file.simulated),
    timedOut: timedOutLine(file),
    ended: endedLine(file),
  };
}

/** By id, what each marked point is: `best`, `knee`, `fastest`, `cheapest`. */
export function marksOf(
  file: Pick<FrontFile, 'front' | 'objectives'>,
): ReadonlyMap<string, readonly string[]> {
  const marks = new Map<string, string[]>();
  for (const name of whichNames) {
    const member = which(file, name);
    if (member !== undefined) marks.set(member.id, [...(marks.get(member.id) ?? []), name]);
  }
  return marks;
}

function timedOutLine({ timedOut = 0 }: FrontFile): string | null {
  if (timedOut === 0) return null;
  const answers = timedOut === 1 ? '1 program was' : `${formatCount(timedOut)} programs were`;
  return `${answers} stopped by the time limit, and scored`;
}

export function simulatedSuffix(simulated: boolean): string {
  return simulated ? ' (simulated)' : '';
}

/** Says plainly whether the best point beats the best baseline, and whether the intervals tell them apart. */
function verdictOf(file: FrontFile, scale?: PointScale): string | null {
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

function spentLine(spent: Spent, simulated: boolean): string {
  const usd = spent.usd === null ? 'unknown cost' : formatUsd(spent.usd);
  return [
    `${formatCount(spent.calls)} calls`,
    `${formatShortCount(spent.tokensIn)} tokens in`,
    `${formatShortCount(spent.tokensOut)} out`,
    `${usd}${simulatedSuffix(simulated)}`,
    `${formatDuration(spent.seconds)}${simulatedSuffix(simulated)}`,
  ].join(', ');
}

const endings: Readonly<Record<string, string>> = {
  'space-exhausted': 'every config of the search space was tried',
  interrupted: 'interrupted; resume to go on',
  running: 'still running, or stopped without saying so',
};

function endedLine(file: FrontFile): string {
  const tried = file.evaluations === 1 ? '1 config' : `${formatCount(file.evaluations)} configs`;
  const ceiling = file.ended === 'usd' ? 'dollars' : file.ended;
  const why = isCeilingReason(file.ended) ? `the ceiling on ${ceiling} was reached` : endings[file.ended];
  return `${tried} evaluated; ${why ?? file.ended}`;
}
