import { useMemo, useState } from 'preact/hooks';
import { formatDuration, shortModel, simulatedSuffix } from '../../report/format.ts';
import type { CallView, CellView, RunView } from '../../report/view-model/schema.ts';
import { type Lane, lanesOf } from '../charts/lanes.ts';
import { Section } from '../parts/controls.tsx';
import { visible } from '../parts/text.tsx';
import { CallDetails, CallTable } from './call-table.tsx';

const lanesAtFirst = 40;

export function Calls({
  data,
  calls,
  view,
}: {
  readonly data: CellView;
  readonly calls: readonly CallView[];
  readonly view: RunView;
}) {
  const [chosen, choose] = useState<CallView | null>(calls.at(-1) ?? null);
  const [most, setMost] = useState(lanesAtFirst);
  const { lanes, end } = useMemo(() => lanesOf(calls), [calls]);
  return (
    <Section title={`How the answer came to be${simulatedSuffix(view.head.simulated)}`}>
      <div class="lanes">
        <div class="axis" aria-hidden="true">
          {[0, 0.25, 0.5, 0.75, 1].map((share) => (
            <span key={share} style={{ left: `${share * 100}%` }}>
              {formatDuration(share * end)}
            </span>
          ))}
        </div>
        {lanes.slice(0, most).map((lane) => (
          <LaneRow key={lane.key} lane={lane} end={end} chosen={chosen} onChoose={choose} />
        ))}
      </div>
      {lanes.length > most && (
        <button type="button" class="quiet" onClick={() => setMost(most + lanesAtFirst)}>
          Show {Math.min(lanesAtFirst, lanes.length - most)} more of {lanes.length} lanes
        </button>
      )}
      <div class="legend">
        <span>
          <i class="call-key critical" /> critical path: slowest of those side by side
        </span>
        <span>
          <i class="call-key" /> beside it
        </span>
        <span>
          <i class="call-key cached" /> had before, nothing paid now
        </span>
        <span>
          <i class="call-key failed" /> brought nothing
        </span>
      </div>
      {data.degraded.length > 0 && (
        <ul class="degraded">
          {data.degraded.map(({ stage, code, note }, at) => (
            <li key={at}>
              <b>{visible(code)}</b> in {visible(stage)}: {visible(note)}
            </li>
          ))}
        </ul>
      )}
      <CallTable calls={calls} chosen={chosen} onChoose={choose} />
      {chosen !== null && <CallDetails call={chosen} texts={data.texts} />}
    </Section>
  );
}

function LaneRow({
  lane,
  end,
  chosen,
  onChoose,
}: {
  readonly lane: Lane;
  readonly end: number;
  readonly chosen: CallView | null;
  readonly onChoose: (call: CallView) => void;
}) {
  const { title, model, stageKind, rows, hidden } = lane;
  return (
    <div class="lane">
      <div class="label">
        <b>{visible(title)}</b>
        <span>
          {stageKind} · {visible(shortModel(model))}
          {hidden > 0 && ` · ${hidden} more calls in the table`}
        </span>
      </div>
      <div class="track" style={{ height: `${rows.length * 18 + 6}px` }}>
        {rows.flatMap((calls, row) =>
          calls.map((call) => (
            <button
              key={`${call.start} ${call.round}`}
              type="button"
              class={callClass(call, chosen)}
              aria-pressed={call === chosen}
              aria-label={`${visible(call.agent)}, ${call.outcome}, ${formatDuration(call.seconds)} from ${formatDuration(call.start)}`}
              style={{
                left: `${end === 0 ? 0 : (100 * call.start) / end}%`,
                width: `${end === 0 ? 100 : Math.max(0.3, (100 * call.seconds) / end)}%`,
                top: `${row * 18 + 4}px`,
              }}
              onClick={() => onChoose(call)}
            />
          )),
        )}
      </div>
    </div>
  );
}

function callClass(call: CallView, chosen: CallView | null): string {
  return [
    'call',
    ...(call.critical ? ['critical'] : []),
    ...(call.cached ? ['cached'] : []),
    ...(call.outcome === 'failed' || call.outcome === 'empty' ? ['failed'] : []),
    ...(call === chosen ? ['chosen'] : []),
  ].join(' ');
}
