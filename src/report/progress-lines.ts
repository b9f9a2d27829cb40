import type { RehearsalProgress } from '../analysis/rehearse/index.ts';
import { withoutQuestion } from '../domain/question-notice.ts';
import type { Progress } from '../domain/run-result.ts';
import {
  formatCount,
  formatCounted,
  formatDuration,
  formatObjective,
  formatShortCount,
  formatUsd,
  simulatedSuffix,
} from './format.ts';

const phaseNames: Record<Progress['phase'], string> = {
  baselines: 'measuring the baselines',
  search: 'searching',
  finish: 'measuring the front again',
  holdout: 'measuring the holdout',
  done: 'done',
};

/** Seconds without a line, at most, of a run that takes them. */
const longestSilence = 10;

export function phaseName(phase: Progress['phase']): string {
  return phaseNames[phase];
}

/**
 * Progress as plain lines, for pipes and logs: one when a phase begins, one after every `every`
 * evaluations, one after ten seconds of a run that is not simulated, one per new notice; of
 * equal ones, of whatever question, the first, the second, the fourth, and so on, with their number.
 * The lines depend on the snapshots alone.
 *
 * @param every evaluations between lines; default 25.
 */
export function createProgressLines(
  write: (line: string) => void,
  options: { readonly every?: number } = {},
): (progress: Progress) => void {
  const every = options.every ?? 25;
  let phase: Progress['phase'] | undefined;
  let nextEvaluations = every;
  let notices = 0;
  const timesTold = new Map<string, number>();
  let saidAt = 0;
  return (progress) => {
    const told = progress.notices;
    for (const notice of told.slice(notices)) {
      const kind = withoutQuestion(notice);
      const times = (timesTold.get(kind) ?? 0) + 1;
      timesTold.set(kind, times);
      if (Number.isInteger(Math.log2(times)))
        write(`notice: ${notice}${times === 1 ? '' : ` (${formatCount(times)} times so far)`}`);
    }
    notices = told.length;
    const phaseBegan = progress.phase !== phase;
    phase = progress.phase;
    const { simulated, spent } = progress;
    const isDue = !simulated && spent.seconds - saidAt >= longestSilence;
    if (!phaseBegan && !isDue && progress.evaluations < nextEvaluations) return;
    saidAt = spent.seconds;
    nextEvaluations = (Math.floor(progress.evaluations / every) + 1) * every;
    write(progressLine(progress));
  };
}

/** `searching: 75 of 200 evaluations, 1,204 calls, 1.2M tokens, $0.84 (simulated), 1h 02m, best 0.942, front 6`. */
export function progressLine(progress: Progress): string {
  const { spent, budget } = progress;
  const { maxEvaluations } = budget;
  const evaluations = formatCounted(maxEvaluations ?? progress.evaluations, 'evaluation');
  return `${phaseName(progress.phase)}: ${[
    maxEvaluations === undefined ? evaluations : `${formatCount(progress.evaluations)} of ${evaluations}`,
    formatCounted(spent.calls, 'call'),
    `${formatShortCount(spent.tokensIn + spent.tokensOut)} tokens`,
    ...(spent.usd === null ? [] : [`${formatUsd(spent.usd)}${simulatedSuffix(progress.simulated)}`]),
    `${formatDuration(spent.seconds)}${progress.simulated ? ' simulated' : ''}`,
    `best score ${progress.bestScore === null ? 'none yet' : formatObjective('score', progress.bestScore)}`,
    `front ${progress.front.length}`,
  ].join(', ')}`;
}

/** Wall seconds after which a rehearsal knows its pace. */
const paceKnownAfter = 5;

/**
 * `Rehearsal 2 of 9: 75 evaluations, 1,204 calls, about 4m 10s left`; of another concurrency
 * `Rehearsing with --concurrency 16: …`.
 *
 * @param seconds of wall time that it has taken
 */
export function rehearsalLine(progress: RehearsalProgress, seconds: number): string {
  const { rehearsal, rehearsals, concurrency, evaluations, calls, share } = progress;
  const what =
    rehearsal === undefined
      ? `Rehearsing with --concurrency ${concurrency}`
      : `Rehearsal ${rehearsal} of ${rehearsals}`;
  const isPaceKnown = seconds >= paceKnownAfter && share > 0;
  return `${what}: ${[
    formatCounted(evaluations, 'evaluation'),
    formatCounted(calls, 'call'),
    ...(isPaceKnown ? [`about ${formatDuration((seconds / share) * (1 - Math.min(1, share)))} left`] : []),
  ].join(', ')}`;
}
