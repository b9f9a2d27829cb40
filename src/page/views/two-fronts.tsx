import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatInterval, formatObjective } from '../../report/format.ts';
import type { RunView } from '../../report/view-model/schema.ts';
import type { FrontSettings } from '../charts/front-chart.ts';
import { type FrontsPoint, frontsChart, frontsPoints } from '../charts/fronts-chart.ts';
import { objectiveTitles } from '../charts/scales.ts';
import { Chart } from '../parts/chart.tsx';
import { Beside, Choice, Section } from '../parts/controls.tsx';
import { Table } from '../parts/table.tsx';
import { visible } from '../parts/text.tsx';
import { estimateAt, nameOf } from '../parts/trials.ts';
import { formatRoute, setting } from '../state/route.ts';
import { look } from '../state/theme.ts';
import { bases, briefTitles, PointSymbol } from './front-figure.tsx';

const { score: _, ...costTitles } = briefTitles;

/** The fronts of two runs of the same task in one chart, and which of their points the other run does better. */
export function TwoFronts({
  first,
  second,
  choice,
}: {
  readonly first: RunView;
  readonly second: RunView;
  /** Of the second run. */
  readonly choice: ComponentChildren;
}) {
  const x = setting('x', ['latency', 'tokens', 'usd'] as const, 'latency');
  const basis = setting('of', ['tuning', 'holdout'] as const, 'tuning');
  const settings: FrontSettings = { x, y: 'score', color: 'none', basis };
  const views = [first, second] as const;
  const option = useMemo(
    () => frontsChart(views, settings, look.value),
    [first, second, x, basis, look.value],
  );
  const [ofFirst, ofSecond] = frontsPoints(views, settings);
  const rows = [
    ...ofFirst.map((point) => ({ point, view: first, place: 'first' })),
    ...ofSecond.map((point) => ({ point, view: second, place: 'second' })),
  ];
  return (
    <Section
      title="Both fronts"
      note={`Of the first run's ${members(ofFirst)}, ${dominated(ofFirst)} dominated by one of the second: as good in all that both runs were tuned for, and better in one. Of the second's ${members(ofSecond)}, ${dominated(ofSecond)} dominated by one of the first. These are means: where bars overlap it may be luck.`}
    >
      <div class="controls">
        {choice}
        <Choice label="Across" name="x" value={x} choices={costTitles} usual="latency" />
        <Choice label="Measured on" name="of" value={basis} choices={bases} usual="tuning" />
      </div>
      <Chart
        option={option}
        height={360}
        label={`The fronts of two runs: score against ${objectiveTitles[x]}, on ${basis} questions. The table below holds the same figures.`}
        onData={({ run, trial }) => {
          if (typeof run === 'string' && typeof trial === 'number') location.hash = configIn(run, trial);
        }}
      />
      <div class="legend">
        <span>
          <PointSymbol kind="front" /> first: {visible(first.head.run)}
        </span>
        <span>
          <PointSymbol kind="preset" color="second" /> second: {visible(second.head.run)}
        </span>
        <span>small: single models</span>
        <span>bars: 95% intervals</span>
      </div>
      <Beside title={`The ${rows.length} points as a table`}>
        <Table
          caption="Points of both fronts"
          rows={rows}
          keyOf={({ place, point }) => `${place} ${point.trial}`}
          perPage={25}
          columns={[
            { head: 'run', sort: ({ place }) => place, cell: ({ place }) => place },
            {
              head: 'config',
              cell: ({ view, point }) => (
                <a class="id" href={configIn(view.head.run, point.trial)}>
                  {view.trials.id[point.trial]}
                </a>
              ),
            },
            {
              head: 'score',
              isNumber: true,
              sort: ({ point }) => point.y,
              cell: ({ view, point }) =>
                formatInterval('score', estimateAt(view.trials[basis].score, point.trial)),
            },
            {
              head: x,
              isNumber: true,
              sort: ({ point }) => point.x,
              cell: ({ point }) => formatObjective(x, point.x),
            },
            {
              head: 'dominated',
              sort: ({ point }) => Number(point.isDominated),
              cell: ({ point }) => (point.isDominated ? 'by the other run' : ''),
            },
            {
              head: 'made of',
              cell: ({ view, point }) => <span class="shape">{visible(nameOf(view, point.trial))}</span>,
            },
          ]}
        />
      </Beside>
    </Section>
  );
}

const configIn = (run: string, trial: number): string =>
  formatRoute({ run, view: 'config', rest: [String(trial)], settings: {} });

const onFront = (points: readonly FrontsPoint[]) => points.filter(({ isMember }) => isMember);

const members = (points: readonly FrontsPoint[]): string => {
  const count = onFront(points).length;
  return count === 1 ? '1 config on the front' : `${count} configs on the front`;
};

const dominated = (points: readonly FrontsPoint[]): string => {
  const count = onFront(points).filter(({ isDominated }) => isDominated).length;
  return count === 0 ? 'none is' : count === 1 ? '1 is' : `${count} are`;
};
