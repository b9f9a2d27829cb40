import { formatObjective } from '../../report/format.ts';
import { Absent, Section, Waiting } from '../parts/controls.tsx';
import { cellAt, rowsOfTrial, tracePlace } from '../parts/matrix-cells.ts';
import { Table } from '../parts/table.tsx';
import { visible } from '../parts/text.tsx';
import type { ViewProps } from '../parts/view-props.ts';
import { useLoaded } from '../state/loaded.ts';
import { linkTo } from '../state/route.ts';

export function Answers({
  source,
  view,
  trial,
}: Pick<ViewProps, 'source' | 'view'> & { readonly trial: number }) {
  const { run } = view.head;
  const loaded = useLoaded(run, () => source.matrix(run));
  if (loaded === null) return <Waiting />;
  if (loaded.kind === 'absent') return <Absent because={loaded.because} />;
  const matrix = loaded.value;
  const rows = rowsOfTrial(matrix, trial)
    .map((row) => ({ row, cell: cellAt(matrix, row), score: matrix.score[row] ?? null }))
    .sort((first, second) => (first.score ?? -1) - (second.score ?? -1));
  return (
    <Section
      title={`Its ${rows.length} answers`}
      note="The poorest first, which tell most; those that could not be scored before all."
    >
      <Table
        caption="Answers of this config"
        rows={rows}
        keyOf={({ row }) => row}
        perPage={12}
        columns={[
          {
            head: 'question',
            sort: ({ cell }) => cell.instance,
            cell: ({ cell }) => (
              <a href={linkTo('trace', tracePlace(trial, cell))}>{visible(cell.instance)}</a>
            ),
          },
          { head: 'of', sort: ({ cell }) => cell.split, cell: ({ cell }) => cell.split },
          {
            head: 'repeat',
            isNumber: true,
            sort: ({ cell }) => cell.repeat,
            cell: ({ cell }) => cell.repeat + 1,
          },
          {
            head: 'score',
            isNumber: true,
            sort: ({ score }) => score,
            cell: ({ score }) => (score === null ? 'unscored' : formatObjective('score', score)),
          },
          ...(['latency', 'tokens', 'usd'] as const).map((name) => ({
            head: name,
            isNumber: true,
            sort: ({ row }: { readonly row: number }) => matrix[name][row] ?? null,
            cell: ({ row }: { readonly row: number }) => formatObjective(name, matrix[name][row] ?? null),
          })),
          {
            head: 'degraded',
            isNumber: true,
            sort: ({ row }) => matrix.degraded[row] ?? 0,
            cell: ({ row }) => (matrix.degraded[row] === 0 ? '' : matrix.degraded[row]),
          },
        ]}
      />
    </Section>
  );
}
