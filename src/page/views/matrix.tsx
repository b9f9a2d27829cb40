import { useMemo } from 'preact/hooks';
import { formatObjective } from '../../report/format.ts';
import { bestOf } from '../../report/view-model/choice.ts';
import type { MatrixView, RunView } from '../../report/view-model/schema.ts';
import { columnName, type MatrixRows, matrixChart, matrixRows } from '../charts/matrix-chart.ts';
import { Chart } from '../parts/chart.tsx';
import { ColorScaleBar } from '../parts/color-scale.tsx';
import { Absent, Choice, Section, Waiting } from '../parts/controls.tsx';
import { cellAt, tracePlace } from '../parts/matrix-cells.ts';
import { Table } from '../parts/table.tsx';
import { visible } from '../parts/text.tsx';
import { frontAndBaselines } from '../parts/trials.ts';
import type { ViewProps } from '../parts/view-props.ts';
import { useLoaded } from '../state/loaded.ts';
import { goTo, linkTo, setting } from '../state/route.ts';
import { look } from '../state/theme.ts';

const mostRows = 150;

export function MatrixPage({ source, view }: ViewProps) {
  const { run } = view.head;
  const loaded = useLoaded(run, () => source.matrix(run));
  if (loaded === null) return <Waiting />;
  if (loaded.kind === 'absent') return <Absent because={loaded.because} />;
  if (loaded.value.question.length === 0)
    return <Absent because="No question was answered in this run yet." />;
  return <Matrix view={view} matrix={loaded.value} />;
}

function Matrix({ view, matrix }: { readonly view: RunView; readonly matrix: MatrixView }) {
  const split = setting('of', ['tuning', 'holdout'] as const, 'tuning');
  const which = setting('show', ['front', 'all'] as const, 'front');
  const rows = useMemo(() => {
    const { mean } = view.trials.tuning.score;
    const all = view.trials.id.map((_, trial) => trial).sort((a, b) => (mean[b] ?? -1) - (mean[a] ?? -1));
    return matrixRows(
      view,
      matrix,
      split,
      which === 'front' ? frontAndBaselines(view) : all.slice(0, mostRows),
    );
  }, [view, matrix, split, which]);
  const option = useMemo(() => matrixChart(view, matrix, rows, look.value), [view, matrix, rows, look.value]);
  const open = (data: { readonly [key: string]: unknown }): void => {
    const { cell, trial } = data;
    if (typeof cell !== 'number' || typeof trial !== 'number') return;
    goTo('trace', tracePlace(trial, cellAt(matrix, cell)));
  };
  const isCut = which === 'all' && view.trials.id.length > mostRows;
  return (
    <>
      <section>
        <h2>Which config solves which question</h2>
        <div class="controls">
          <Choice
            label="Questions of"
            name="of"
            value={split}
            choices={{ tuning: 'tuning', holdout: 'the holdout' }}
            usual="tuning"
          />
          <Choice
            label="Configs"
            name="show"
            value={which}
            choices={{ front: 'front and single models', all: isCut ? `the best ${mostRows}` : 'all' }}
            usual="front"
          />
        </div>
        {rows.trials.length === 0 ? (
          <Absent because="None of these configs was asked these questions." />
        ) : (
          <>
            <Chart
              option={option}
              height={Math.max(160, 60 + rows.trials.length * (rows.trials.length > 60 ? 9 : 17))}
              label="Heat map of scores: a row for each config, best first, and a column for each question, easiest first. The table below holds the questions."
              onData={open}
            />
            <div class="legend">
              <span class="scale">
                score 0
                <ColorScaleBar scale={look.value.scoreScale} />1
              </span>
              <span>grey: unscored; empty: not asked; a click opens the answer</span>
            </div>
          </>
        )}
      </section>
      <Questions matrix={matrix} rows={rows} best={bestOf(view)} />
    </>
  );
}

function Questions({
  matrix,
  rows,
  best,
}: {
  readonly matrix: MatrixView;
  readonly rows: MatrixRows;
  readonly best: number | undefined;
}) {
  const ofBest = rows.values[rows.trials.indexOf(best ?? -1)];
  const isRepeats = rows.columns[0]?.repeat !== null;
  const nobody = rows.columns.filter(({ solved, asked }) => solved === 0 && asked > 0).length;
  return (
    <Section
      title={`${rows.columns.length} ${rows.columns[0]?.repeat === null ? 'questions' : 'answers asked of each config'}`}
      note={
        isRepeats
          ? undefined
          : nobody === 0
            ? 'Each was solved by at least one of these configs.'
            : `${nobody} ${nobody === 1 ? 'was' : 'were'} wholly solved by none of these configs: the last ones in the list.`
      }
    >
      <Table
        caption="Questions by difficulty"
        rows={rows.columns.map((column, at) => ({ column, at }))}
        keyOf={({ at }) => at}
        perPage={25}
        columns={[
          {
            head: 'question',
            sort: ({ column }) => columnName(matrix, column),
            cell: ({ column }) => visible(columnName(matrix, column)),
          },
          {
            head: 'mean score',
            isNumber: true,
            sort: ({ column }) => column.mean,
            cell: ({ column }) => (column.mean === null ? 'unscored' : formatObjective('score', column.mean)),
          },
          {
            head: 'wholly solved by',
            isNumber: true,
            sort: ({ column }) => column.solved / Math.max(1, column.asked),
            cell: ({ column }) => `${column.solved} of ${column.asked}`,
          },
          {
            head: 'score of the best',
            isNumber: true,
            sort: ({ at }) => ofBest?.[at]?.score ?? null,
            cell: ({ at }) => {
              const value = ofBest?.[at] ?? null;
              if (value === null || best === undefined) return '';
              return (
                <a href={linkTo('trace', tracePlace(best, cellAt(matrix, value.cell)))}>
                  {value.score === null ? 'unscored' : formatObjective('score', value.score)}
                </a>
              );
            },
          },
          {
            head: 'first words',
            cell: ({ column }) => (
              <span class="shape">{visible(matrix.questions.text[column.question] ?? '')}</span>
            ),
          },
        ]}
      />
    </Section>
  );
}
