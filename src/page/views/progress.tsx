import { useMemo } from 'preact/hooks';
import {
  formatHorizon,
  formatInterval,
  formatObjective,
  formatPercent,
  formatSigned,
  unknown,
} from '../../report/format.ts';
import type { EffortName, RunView, WhyView } from '../../report/view-model/schema.ts';
import { curveChart } from '../charts/curve-chart.ts';
import { effortText, effortTitles, phaseTitles, progressChart } from '../charts/progress-chart.ts';
import { Chart } from '../parts/chart.tsx';
import { Absent, Beside, Choice, Section, Waiting } from '../parts/controls.tsx';
import { Table } from '../parts/table.tsx';
import { visible } from '../parts/text.tsx';
import type { ViewProps } from '../parts/view-props.ts';
import { useLoaded } from '../state/loaded.ts';
import { setting } from '../state/route.ts';
import { look } from '../state/theme.ts';

const efforts = ['evaluations', 'calls', 'tokens', 'usd', 'seconds'] as const;

export function ProgressView({ source, view }: ViewProps) {
  const by = setting('by', efforts, 'evaluations');
  const option = useMemo(() => progressChart(view, by, look.value), [view, by, look.value]);
  if (view.progress.evaluations.length === 0) {
    return (
      <Section title="Nothing was finished yet">
        <p>No config has been evaluated in this run so far, so there is no progress to draw.</p>
      </Section>
    );
  }
  return (
    <>
      <section>
        <h2>What the search found, and when</h2>
        <div class="controls">
          <Choice label="Across" name="by" value={by} choices={effortTitles} usual="evaluations" />
        </div>
        <Chart
          option={option}
          height={460}
          label={`Best score, and hypervolume of the front beside that of the single models, against ${effortTitles[by]}. The table below holds the same figures.`}
        />
        <p class="note">
          Judged by what is measured by now: a lucky first look counts for nothing. Hypervolume is the share
          of all trade-offs that the front covers, 0 to 1: what lies above the dashed line is what mixing
          models brought over the single ones
          {view.found.singles.every((value) => value === null) &&
            ', which is drawn as soon as these have as many answers'}
          . Bands are the phases of the run.
        </p>
        <ProgressTable view={view} />
      </section>
      <Phases view={view} by={by} />
      <Section title="Would more pay?">
        <Outlook source={source} view={view} />
      </Section>
    </>
  );
}

function ProgressTable({ view }: { readonly view: RunView }) {
  const { progress, found } = view;
  const rows = found.milestone.map((_, at) => at);
  return (
    <Beside title="The same as a table">
      <Table
        caption="Progress of the run"
        rows={rows}
        keyOf={(at) => at}
        perPage={25}
        columns={[
          ...efforts.map((name) => ({
            head: effortTitles[name],
            isNumber: true,
            cell: (at: number) => amountText(name, progress[name][found.milestone[at] ?? -1] ?? null),
          })),
          { head: 'best score', isNumber: true, cell: (at) => found.best[at]?.toFixed(3) ?? '' },
          { head: 'hypervolume', isNumber: true, cell: (at) => found.hypervolume[at]?.toFixed(4) },
          { head: 'of single models', isNumber: true, cell: (at) => found.singles[at]?.toFixed(4) ?? '' },
        ]}
      />
    </Beside>
  );
}

const amounts = ['calls', 'tokens', 'usd'] as const;
const amountHeads = { calls: 'calls', tokens: 'tokens', usd: 'dollars' };

const amountText = (name: EffortName, value: number | null): string =>
  value === null ? unknown : effortText(name, value);

const differenceOf = (before: number | null, after: number | null): number | null =>
  before === null || after === null ? null : after - before;

function Phases({ view, by }: { readonly view: RunView; readonly by: EffortName }) {
  return (
    <Section title="Phases and outages">
      <Table
        isNarrow
        caption="Phases and outages"
        rows={view.bands}
        keyOf={({ kind, name, from }) => `${kind} ${name} ${from.seconds}`}
        columns={[
          {
            head: 'what',
            cell: ({ kind, name }) =>
              kind === 'outage' ? `${visible(name)} was down` : (phaseTitles[name] ?? visible(name)),
          },
          {
            head: `from (${effortTitles[by]})`,
            isNumber: true,
            cell: ({ from }) => amountText(by, from[by]),
          },
          {
            head: 'to',
            isNumber: true,
            cell: ({ to }) => (to === null ? 'still on' : amountText(by, to[by])),
          },
          ...amounts
            .filter((name) => name !== 'usd' || view.bands.some(({ from }) => from.usd !== null))
            .map((name) => ({
              head: amountHeads[name],
              isNumber: true,
              cell: ({ from, to }: RunView['bands'][number]) =>
                to === null ? '' : amountText(name, differenceOf(from[name], to[name])),
            })),
        ]}
      />
    </Section>
  );
}

function Outlook({ source, view }: Pick<ViewProps, 'source' | 'view'>) {
  const loaded = useLoaded(view.head.run, () => source.why(view.head.run));
  if (loaded === null) return <Waiting />;
  if (loaded.kind === 'absent') return <Absent because={loaded.because} />;
  return <Prospects why={loaded.value} />;
}

function Prospects({ why }: { readonly why: WhyView }) {
  const { outlook, stillness, evaluations, best } = why;
  return (
    <>
      {stillness.lastMove !== null && (
        <p>
          The front last moved at evaluation {stillness.lastMove.evaluations} of {evaluations}.
        </p>
      )}
      {outlook.refused !== null ? (
        <p>No forecast: {visible(outlook.refused)}.</p>
      ) : (
        <Table
          isNarrow
          caption="What a further budget would probably bring"
          rows={outlook.prospects}
          keyOf={({ horizon, amount }) => `${horizon} ${amount ?? ''}`}
          columns={[
            { head: 'budget', cell: formatHorizon },
            {
              head: 'further configs',
              isNumber: true,
              cell: (row) => (row.kind === 'expected' ? `+${row.evaluations}` : ''),
            },
            {
              head: 'gain in score (80%)',
              isNumber: true,
              cell: (row) =>
                row.kind === 'expected'
                  ? `${formatSigned(row.gain)} [${formatSigned(row.low)}, ${formatSigned(row.high)}]`
                  : visible(row.because),
            },
            {
              head: 'chance of 0.01 or more',
              isNumber: true,
              cell: (row) => (row.kind === 'expected' ? formatPercent(row.chance) : ''),
            },
          ]}
        />
      )}
      {outlook.curve.length > 0 && (
        <>
          <CurveFigure curve={outlook.curve} holdout={best?.holdout ?? null} />
          <Beside title="The learning curve as a table">
            <Table
              isNarrow
              caption="Learning curve: true score of the config that the run recommends, on tuning questions"
              rows={outlook.curve}
              keyOf={({ evaluations: at, part }) => `${part} ${at}`}
              columns={[
                { head: 'configs measured', isNumber: true, cell: (row) => row.evaluations },
                {
                  head: 'score of the recommended one',
                  isNumber: true,
                  cell: (row) => formatObjective('score', row.score),
                },
                {
                  head: '80% interval',
                  isNumber: true,
                  cell: (row) =>
                    `${formatObjective('score', row.low)} to ${formatObjective('score', row.high)}`,
                },
                { head: '', cell: (row) => (row.part === 'forecast' ? 'forecast' : '') },
              ]}
            />
          </Beside>
        </>
      )}
    </>
  );
}

function CurveFigure({
  curve,
  holdout,
}: {
  readonly curve: WhyView['outlook']['curve'];
  readonly holdout: NonNullable<WhyView['best']>['holdout'];
}) {
  const option = useMemo(() => curveChart(curve, look.value), [curve, look.value]);
  return (
    <>
      <Chart
        option={option}
        height={240}
        label="Learning curve: true score of the config that the run recommends after so many configs, with its 80% interval, and its forecast. The table below holds the same figures."
      />
      <p class="note">
        The learning curve: what the recommended config is truly worth on tuning questions, luck taken out,
        after so many configs. Dashed: the forecast; the band holds 80%.
        {holdout !== null &&
          ` On the holdout’s questions the best scores ${formatInterval('score', holdout)}: gains can be read off the curve, not what new questions would score.`}
      </p>
    </>
  );
}
