import { formatObjective, formatPoints } from '../../report/format.ts';
import { bestOf, type Standing, standingOf } from '../../report/view-model/choice.ts';
import type { EstimateColumns, ObjectiveName, RunView } from '../../report/view-model/schema.ts';

export function estimateAt({ mean, low, high }: EstimateColumns, trial: number) {
  return { mean: mean[trial] ?? null, low: low[trial] ?? null, high: high[trial] ?? null };
}

export function figure(
  view: RunView,
  basis: 'tuning' | 'holdout',
  name: ObjectiveName,
  trial: number,
): string {
  return formatObjective(name, view.trials[basis][name].mean[trial] ?? null);
}

export function points(view: RunView, trial: number): string {
  const { scale } = view.head;
  return scale === null ? '' : formatPoints(view.trials.tuning.score.mean[trial] ?? null, scale.max);
}

/** How a trial stands to the run's bounds; `undefined` where there are none, or nothing of it was measured. */
export function standing({ head, trials }: RunView, trial: number): Standing | undefined {
  const [objectives, holdout] = [trials.tuning, trials.holdout].map((columns) => ({
    score: estimateAt(columns.score, trial),
    latency: estimateAt(columns.latency, trial),
    tokens: estimateAt(columns.tokens, trial),
    usd: estimateAt(columns.usd, trial),
  }));
  if (head.bounds === null || objectives === undefined || objectives.score.mean === null) return undefined;
  return standingOf(head.bounds, { objectives, holdout });
}

/** What a trial is marked as: best, knee, fastest, cheapest. */
export function marksOf({ front }: RunView, trial: number): string[] {
  return Object.entries(front.marks).flatMap(([mark, marked]) => (marked === trial ? [mark] : []));
}

/** The trials that are looked at first: the front, the single models and the run's best, which may be neither; each once. */
export function frontAndBaselines(view: RunView): number[] {
  const { members, baselines } = view.front;
  return [...new Set([...members, ...baselines, ...[bestOf(view) ?? []].flat()])];
}

/** `single sim/sage-70b` for a baseline, else what the config is made of. */
export function nameOf({ trials, front }: RunView, trial: number): string {
  const baseline = front.baselines.indexOf(trial);
  return baseline >= 0 ? (front.baselineLabels[baseline] ?? '') : (trials.shape[trial] ?? '');
}

/** How a config came to be: `change-model + change-temperature`. */
export function operatorOf({ trials }: RunView, trial: number): string {
  return (trials.operator[trial] ?? '').replaceAll('+', ' + ');
}

/** Whether it is a single model as asked first; another may have brought it along, too. */
export const isSingleBaseline = (operator = ''): boolean => operator.split('+').includes('baseline');
