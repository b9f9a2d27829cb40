import { formatInterval, formatObjective, formatPoints, unknown } from '../../report/format.ts';
import type { EstimateColumns, ObjectiveName, RunView } from '../../report/view-model/schema.ts';
import { linkTo } from '../state/route.ts';

export function estimateAt({ mean, low, high }: EstimateColumns, trial: number) {
  return { mean: mean[trial] ?? null, low: low[trial] ?? null, high: high[trial] ?? null };
}

/** A score with its interval, as text and as a bar on 0..1. */
export function Score({
  columns,
  trial,
  isBrief = false,
}: {
  readonly columns: EstimateColumns;
  readonly trial: number;
  /** Where the mean stands beside it already. */
  readonly isBrief?: boolean;
}) {
  const { mean, low, high } = estimateAt(columns, trial);
  if (mean === null) return <>{unknown}</>;
  return (
    <span class="score">
      <svg viewBox="0 0 100 10" aria-hidden="true">
        <line class="track" x1="0" y1="5" x2="100" y2="5" />
        {low !== null && high !== null && (
          <line class="interval" x1={low * 100} y1="5" x2={high * 100} y2="5" />
        )}
        <circle cx={mean * 100} cy="5" r="3.5" />
      </svg>
      <span>
        {!isBrief
          ? formatInterval('score', { mean, low, high })
          : low !== null && high !== null && `${low.toFixed(2)} to ${high.toFixed(2)}`}
      </span>
    </span>
  );
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

/** The marks of a trial: best, knee, fastest, cheapest. */
export function Marks({ view, trial }: { readonly view: RunView; readonly trial: number }) {
  const marks = Object.entries(view.front.marks).flatMap(([mark, marked]) =>
    marked === trial ? [mark] : [],
  );
  return (
    <>
      {marks.map((mark) => (
        <span key={mark} class="mark">
          {mark}
        </span>
      ))}
    </>
  );
}

export function ConfigLink({ view, trial }: { readonly view: RunView; readonly trial: number }) {
  return (
    <a class="id" href={linkTo('config', [trial])}>
      {view.trials.id[trial]}
    </a>
  );
}

/** `single sim/sage-70b` for a baseline, else what the config is made of. */
export function nameOf({ trials, front }: RunView, trial: number): string {
  const baseline = front.baselines.indexOf(trial);
  return baseline >= 0 ? (front.baselineLabels[baseline] ?? '') : (trials.shape[trial] ?? '');
}
