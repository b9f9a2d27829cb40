import { useMemo } from 'preact/hooks';
import type { RunView } from '../../report/view-model/schema.ts';
import { parallelChart } from '../charts/parallel-chart.ts';
import { Chart } from '../parts/chart.tsx';
import { Choice, Section } from '../parts/controls.tsx';
import { figureColumns } from '../parts/figure-columns.tsx';
import { Marks } from '../parts/figures.tsx';
import { Table } from '../parts/table.tsx';
import { visible } from '../parts/text.tsx';
import { nameOf, operatorOf } from '../parts/trials.ts';
import type { ViewProps } from '../parts/view-props.ts';
import { adjust, linkTo, route, setting } from '../state/route.ts';
import { look } from '../state/theme.ts';

const shownChoices = {
  all: 'all configs',
  front: 'the front',
  finished: 'finished',
  dropped: 'dropped early',
  failed: 'failed',
  running: 'under way',
} as const;
type Shown = keyof typeof shownChoices;
const shownNames = Object.keys(shownChoices) as Shown[];

export function TrialsView({ view }: ViewProps) {
  const which = setting('show', shownNames, 'all');
  const words = route.value.settings.find ?? '';
  const brushed = route.value.settings.only ?? null;
  const wanted = useMemo(() => filtered(view, which, words), [view, which, words]);
  const option = useMemo(() => parallelChart(view, wanted, look.value), [view, wanted, look.value]);
  const only = brushed === null ? null : new Set(brushed.split('.').map(Number));
  const rows = only === null ? wanted : wanted.filter((trial) => only.has(trial));
  return (
    <>
      <section>
        <h2>All configs that the run tried</h2>
        <div class="controls">
          <Choice label="Show" name="show" value={which} choices={shownChoices} usual="all" />
          <span class="control">
            <label for="find">Find</label>
            <input
              id="find"
              type="search"
              placeholder="model, operator, stage, id"
              value={words}
              onInput={({ currentTarget }) =>
                adjust({ find: currentTarget.value === '' ? null : currentTarget.value })
              }
            />
          </span>
          {only !== null && (
            <button type="button" onClick={() => adjust({ only: null })}>
              Forget the brush
            </button>
          )}
        </div>
        <Chart
          option={option}
          height={320}
          label="Parallel coordinates of score, costs and what configs are made of. Drag along an axis to choose a range; the table below holds the same figures."
          onBrushed={(positions) =>
            adjust({ only: positions === null ? null : brushedTrials(option, positions) })
          }
        />
        <p class="note">
          Each line is a config; the colour goes by score, thick ones are on the front. Drag along an axis to
          choose a range, click it to let go.
        </p>
      </section>
      <TrialTable view={view} rows={rows} />
    </>
  );
}

function brushedTrials({ series }: ReturnType<typeof parallelChart>, positions: readonly number[]): string {
  const rows = series[0]?.data ?? [];
  return positions.flatMap((at) => rows[at]?.trial ?? []).join('.');
}

function filtered({ trials, front }: RunView, which: Shown, words: string): number[] {
  const members = new Set(front.members);
  const wanted = words
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return trials.id.flatMap((id, trial) => {
    if (which === 'front' ? !members.has(trial) : which !== 'all' && trials.status[trial] !== which)
      return [];
    const text =
      `${id} ${trials.shape[trial]} ${trials.operator[trial]} ${trials.models[trial]?.join(' ')}`.toLowerCase();
    return wanted.every((word) => text.includes(word)) ? [trial] : [];
  });
}

function TrialTable({ view, rows }: { readonly view: RunView; readonly rows: readonly number[] }) {
  const { trials } = view;
  return (
    <Section title={`${rows.length} of ${trials.id.length} configs`}>
      <div class="trials">
        <Table
          caption="Configs that the run tried"
          rows={rows.map((trial) => ({ trial }))}
          keyOf={({ trial }) => trial}
          columns={[
            { head: '#', isNumber: true, sort: ({ trial }) => trial, cell: ({ trial }) => trial + 1 },
            ...figureColumns(view),
            {
              head: 'answers',
              isNumber: true,
              sort: ({ trial }) => trials.cells[trial] ?? 0,
              cell: ({ trial }) => trials.cells[trial],
            },
            {
              head: 'from',
              sort: ({ trial }) => trials.operator[trial] ?? '',
              cell: ({ trial }) => (
                <span class="from">
                  <a href={linkTo('lineage', [trial])}>{visible(operatorOf(view, trial))}</a>
                  {trials.status[trial] !== 'finished' && <span class="ended"> {trials.status[trial]}</span>}
                </span>
              ),
            },
            {
              head: 'made of',
              cell: ({ trial }) => (
                <span class="shape">
                  <Marks view={view} trial={trial} /> {visible(nameOf(view, trial))}
                </span>
              ),
            },
          ]}
        />
      </div>
    </Section>
  );
}
