import { formatCount, formatObjective, simulatedSuffix, unknown } from '../../report/format.ts';
import type { Cell, CellView, MatrixView } from '../../report/view-model/schema.ts';
import { Absent, Section, Waiting } from '../parts/controls.tsx';
import { cellAt, rowsOfTrial, tracePlace } from '../parts/matrix-cells.ts';
import { LongText, visible } from '../parts/text.tsx';
import { TrialHead, trialOfRoute } from '../parts/trial-head.tsx';
import type { ViewProps } from '../parts/view-props.ts';
import { useLoaded } from '../state/loaded.ts';
import { goTo, route } from '../state/route.ts';
import { Calls } from './trace-calls.tsx';

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
