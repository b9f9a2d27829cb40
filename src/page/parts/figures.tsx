import { formatInterval, unknown } from '../../report/format.ts';
import type { EstimateColumns, RunView } from '../../report/view-model/schema.ts';
import { linkTo } from '../state/route.ts';
import { estimateAt, marksOf } from './trials.ts';

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

export function Marks({ view, trial }: { readonly view: RunView; readonly trial: number }) {
  return (
    <>
      {marksOf(view, trial).map((mark) => (
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
