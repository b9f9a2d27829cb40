import { useMemo, useState } from 'preact/hooks';
import {
  formatCount,
  formatDuration,
  formatObjective,
  formatUsd,
  shortModel,
  simulatedSuffix,
  unknown,
} from '../../report/format.ts';
import type { CallView, Cell, CellView, MatrixView, RunView } from '../../report/view-model/schema.ts';
import { type Lane, lanesOf } from '../charts/lanes.ts';
import { Absent, Beside, Section, Waiting } from '../parts/controls.tsx';
import { cellAt, rowsOfTrial, tracePlace } from '../parts/matrix-cells.ts';
import { Table } from '../parts/table.tsx';
import { LongText, visible } from '../parts/text.tsx';
import type { ViewProps } from '../parts/view-props.ts';
import { useLoaded } from '../state/loaded.ts';
import { goTo, route } from '../state/route.ts';
import { TrialHead, trialOfRoute } from './config.tsx';

export function TraceView({ source, view }: ViewProps) {
  const trial = trialOfRoute(view);
  const { run } = view.head;
  const matrix = useLoaded(run, () => source.matrix(run));
  if (trial === null) return <Absent because="The run has not begun any config yet." />;
  if (matrix === null) return <Waiting />;
  if (matrix.kind === 'absent') return <Absent because={matrix.because} />;
  const cells = cellsOf(matrix.value, trial);
  const cell = cellOfRoute(cells);
  return (
    <>
      <TrialHead view={view} trial={trial} to="trace" />
      {cell === null ? (
        <Absent because="This config has no answers yet." />
      ) : (
        <>
          <AnswerChoice trial={trial} cells={cells} cell={cell} />
          <OneTrace key={`${trial} ${keyOf(cell)}`} source={source} view={view} trial={trial} cell={cell} />
        </>
      )}
    </>
  );
}

interface ScoredCell extends Cell {
  readonly score: number | null;
}

function cellsOf(matrix: MatrixView, trial: number): ScoredCell[] {
  return rowsOfTrial(matrix, trial).map((row) => ({
    ...cellAt(matrix, row),
    score: matrix.score[row] ?? null,
  }));
}

function cellOfRoute(cells: readonly ScoredCell[]): ScoredCell | null {
  const [, split, repeat, ...instance] = route.value.rest;
  const named = cells.find(
    (cell) => cell.split === split && cell.repeat === Number(repeat) && cell.instance === instance.join('/'),
  );
  return named ?? cells[0] ?? null;
}

function keyOf({ split, repeat, instance }: Cell): string {
  return `${split}/${repeat}/${instance}`;
}

function AnswerChoice({
  trial,
  cells,
  cell,
}: {
  readonly trial: number;
  readonly cells: readonly ScoredCell[];
  readonly cell: ScoredCell;
}) {
  const at = cells.findIndex((each) => keyOf(each) === keyOf(cell));
  const go = (index: number): void => {
    const next = cells[index];
    if (next !== undefined) goTo('trace', tracePlace(trial, next));
  };
  return (
    <div class="controls">
      <span class="control wide">
        <label for="answer">Answer to</label>
        <select
          id="answer"
          value={String(at)}
          onChange={({ currentTarget }) => go(Number(currentTarget.value))}
        >
          {cells.map((each, index) => (
            <option key={keyOf(each)} value={String(index)}>
              {visible(each.instance)} · {each.split} · repeat {each.repeat + 1} ·{' '}
              {each.score === null ? 'unscored' : `score ${formatObjective('score', each.score)}`}
            </option>
          ))}
        </select>
      </span>
      <button type="button" disabled={at <= 0} onClick={() => go(at - 1)}>
        Earlier
      </button>
      <button type="button" disabled={at >= cells.length - 1} onClick={() => go(at + 1)}>
        Later
      </button>
    </div>
  );
}

function OneTrace({
  source,
  view,
  trial,
  cell,
}: Pick<ViewProps, 'source' | 'view'> & { readonly trial: number; readonly cell: Cell }) {
  const { run, simulated } = view.head;
  const loaded = useLoaded(`${run} ${trial} ${keyOf(cell)}`, () =>
    source.cell(run, trial, { split: cell.split, repeat: cell.repeat, instance: cell.instance }),
  );
  if (loaded === null) return <Waiting />;
  if (loaded.kind === 'absent') return <Absent because={loaded.because} />;
  const data = loaded.value;
  return (
    <>
      <Summary data={data} simulated={simulated} />
      {data.calls === null ? (
        <Absent because={`Its calls are not known: ${data.callsUnknown ?? ''}.`} />
      ) : (
        <Calls data={data} calls={data.calls} view={view} />
      )}
      <GradeSection data={data} />
      <Section title="The answer">
        {data.answer === null ? (
          <p>There is none: {visible(data.reason ?? '')}</p>
        ) : (
          <LongText text={data.answer} label="The answer" />
        )}
      </Section>
      {data.question !== null && (
        <Section title="The question">
          <LongText text={data.question} label="The question" />
        </Section>
      )}
    </>
  );
}

function Summary({ data, simulated }: { readonly data: CellView; readonly simulated: boolean }) {
  const { measurement, grade, calls } = data;
  return (
    <dl class="cards">
      <div>
        <dt>Score{simulatedSuffix(simulated)}</dt>
        <dd>
          <b>{grade.kind === 'scored' ? formatObjective('score', grade.value) : 'unscored'}</b>
          {grade.kind === 'scored' && grade.points !== undefined && (
            <span>
              {Number(grade.points.toFixed(1))} of {grade.max} points
              {grade.letter !== undefined && `, ${visible(grade.letter)}`}
            </span>
          )}
        </dd>
      </div>
      <div>
        <dt>Latency</dt>
        <dd>
          <b>{formatObjective('latency', measurement.latency)}</b>
          <span>critical path</span>
        </dd>
      </div>
      <div>
        <dt>Tokens</dt>
        <dd>
          <b>{formatObjective('tokens', measurement.tokens)}</b>
        </dd>
      </div>
      <div>
        <dt>US dollars</dt>
        <dd>
          <b>{formatObjective('usd', measurement.usd)}</b>
        </dd>
      </div>
      <div>
        <dt>Calls</dt>
        <dd>
          <b>{calls === null ? unknown : formatCount(calls.length)}</b>
          {calls !== null && (
            <span>{formatCount(calls.filter(({ cached }) => cached).length)} of them had before</span>
          )}
        </dd>
      </div>
    </dl>
  );
}

const lanesAtFirst = 40;

function Calls({
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

function CallTable({
  calls,
  chosen,
  onChoose,
}: {
  readonly calls: readonly CallView[];
  readonly chosen: CallView | null;
  readonly onChoose: (call: CallView) => void;
}) {
  const rows = useMemo(() => calls.map((call, at) => ({ call, at })), [calls]);
  return (
    <Beside title={`The ${formatCount(calls.length)} calls as a table`}>
      <Table
        caption="Calls of the answer"
        rows={rows}
        keyOf={({ at }) => at}
        perPage={50}
        isMarked={({ call }) => call === chosen}
        columns={[
          {
            head: 'agent',
            sort: ({ call }) => call.agent,
            cell: ({ call }) => (
              <button type="button" class="link" onClick={() => onChoose(call)}>
                {visible(call.agent)}
              </button>
            ),
          },
          {
            head: 'stage',
            sort: ({ call }) => call.stage,
            cell: ({ call }) => <span class="id">{visible(call.stage)}</span>,
          },
          {
            head: 'model',
            sort: ({ call }) => call.model,
            cell: ({ call }) => visible(shortModel(call.model)),
          },
          { head: 'outcome', sort: ({ call }) => call.outcome, cell: ({ call }) => call.outcome },
          {
            head: 'start',
            isNumber: true,
            sort: ({ call }) => call.start,
            cell: ({ call }) => formatDuration(call.start),
          },
          {
            head: 'took',
            isNumber: true,
            sort: ({ call }) => call.seconds,
            cell: ({ call }) => formatDuration(call.seconds),
          },
          { head: 'critical', cell: ({ call }) => (call.critical ? 'yes' : '') },
          { head: 'had before', cell: ({ call }) => (call.cached ? 'yes' : '') },
          {
            head: 'tokens in',
            isNumber: true,
            sort: ({ call }) => call.inputTokens,
            cell: ({ call }) => formatObjective('tokens', call.inputTokens),
          },
          {
            head: 'out',
            isNumber: true,
            sort: ({ call }) => call.outputTokens,
            cell: ({ call }) => formatObjective('tokens', call.outputTokens),
          },
          {
            head: 'usd',
            isNumber: true,
            sort: ({ call }) => call.usd,
            cell: ({ call }) => formatObjective('usd', call.usd),
          },
        ]}
      />
    </Beside>
  );
}

function CallDetails({ call, texts }: { readonly call: CallView; readonly texts: readonly string[] }) {
  const facts = [
    call.stage,
    `round ${call.round + 1}`,
    `${formatDuration(call.seconds)}${call.firstToken === null ? '' : `, first token after ${formatDuration(call.firstToken)}`}`,
    `${formatObjective('tokens', call.inputTokens)} tokens in, ${formatObjective('tokens', call.outputTokens)} out`,
    ...(call.reasoningTokens === null ? [] : [`${formatCount(call.reasoningTokens)} of them reasoning`]),
    call.usd === null ? 'cost unknown' : formatUsd(call.usd),
    ...(call.cached ? ['had before'] : []),
  ];
  return (
    <div class="details" aria-live="polite">
      <h3>
        {visible(call.agent)} <span class="model">{visible(call.model)}</span>
      </h3>
      <p class="note">{visible(facts.join(' · '))}</p>
      {call.failure !== null && <p class="absent">{visible(call.failure)}</p>}
      <div class="columns even">
        <div>
          {call.messages.map(([role, text], at) => (
            <div key={at}>
              <h4>{visible(role)}</h4>
              <LongText text={texts[text] ?? ''} label={`Message: ${visible(role)}`} />
            </div>
          ))}
        </div>
        <div>
          <h4>answer</h4>
          {call.text === null ? (
            <p class="absent">None.</p>
          ) : (
            <LongText text={texts[call.text] ?? ''} label="Answer of the call" />
          )}
          {call.reasoning !== null && (
            <>
              <h4>reasoning</h4>
              <LongText text={texts[call.reasoning] ?? ''} label="Reasoning" />
            </>
          )}
        </div>
      </div>
    </div>
  );
}

function GradeSection({ data: { grade } }: { readonly data: CellView }) {
  if (grade.kind === 'unscored') {
    return (
      <Section title="The grade">
        <p>Unscored: {visible(grade.reason)}</p>
      </Section>
    );
  }
  const { checks = [], feedback } = grade;
  if (checks.length === 0 && feedback === undefined) return null;
  return (
    <Section title="The grade">
      {checks.length > 0 && (
        <ul class="checks">
          {checks.map(({ name, points, max, passed, note }) => (
            <li key={name} class={passed ? 'passed' : 'missed'}>
              <span class="sign" aria-hidden="true">
                {passed ? '✓' : '✗'}
              </span>
              <span class="name">
                {visible(name)} <span class="hidden">{passed ? 'passed' : 'missed'}</span>
              </span>
              <span class="points">
                {Number(points.toFixed(1))} / {max}
              </span>
              {note !== '' && <span class="said">{visible(note)}</span>}
            </li>
          ))}
        </ul>
      )}
      {feedback !== undefined && checks.length === 0 && (
        <LongText text={feedback} label="Feedback of the grader" />
      )}
    </Section>
  );
}
