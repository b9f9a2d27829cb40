import { useMemo } from 'preact/hooks';
import { formatObjective } from '../../report/format.ts';
import type { ObjectiveName, RunView } from '../../report/view-model/schema.ts';
import {
  type ChartPoint,
  type FrontSettings,
  frontChart,
  frontPoints,
  type PointKind,
} from '../charts/front-chart.ts';
import { axisText, objectiveTitles } from '../charts/scales.ts';
import { Chart } from '../parts/chart.tsx';
import { ColorScaleBar } from '../parts/color-scale.tsx';
import { Beside, Choice } from '../parts/controls.tsx';
import { ConfigLink } from '../parts/figures.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { goTo } from '../state/route.ts';
import { look } from '../state/theme.ts';

export const briefTitles = {
  score: 'Score',
  latency: 'Latency',
  tokens: 'Tokens',
  usd: 'US dollars',
} as const;
export const bases = { tuning: 'tuning', holdout: 'holdout' } as const;

interface FigureProps {
  readonly view: RunView;
  readonly settings: FrontSettings;
  readonly measured: readonly ObjectiveName[];
  readonly chosen: number | undefined;
}

export function FrontFigure({ view, settings, measured, chosen }: FigureProps) {
  const { x, y, color, basis } = settings;
  const option = useMemo(
    () => frontChart(view, settings, { look: look.value, chosen: chosen ?? null }),
    [view, x, y, color, basis, chosen, look.value],
  );
  const drawn = useMemo(() => frontPoints(view, settings), [view, x, y, color, basis]);
  const titles = Object.fromEntries(measured.map((name) => [name, briefTitles[name]])) as Record<
    ObjectiveName,
    string
  >;
  return (
    <section class="main">
      <h2>Score against what an answer takes</h2>
      <div class="controls">
        <Choice label="Across" name="x" value={x} choices={titles} usual="latency" />
        <Choice label="Up" name="y" value={y} choices={titles} usual="score" />
        <Choice
          label="Colour"
          name="color"
          value={color}
          choices={{ ...titles, none: 'none' }}
          usual="tokens"
        />
        <Choice label="Measured on" name="of" value={basis} choices={bases} usual="tuning" />
      </div>
      <Chart
        option={option}
        height={440}
        label={`Scatter plot of ${view.front.members.length} configs on the front and the others: ${objectiveTitles[y]} against ${objectiveTitles[x]}, on ${bases[basis]} questions. The tables below hold the same figures.`}
        onData={({ trial }) => typeof trial === 'number' && goTo('config', [trial])}
      />
      <Legend points={drawn} settings={settings} />
      <PointTable view={view} points={drawn} settings={settings} />
    </section>
  );
}

const kindTitles: Readonly<Record<PointKind, string>> = {
  front: 'on the front',
  baseline: 'single model',
  preset: 'preset',
  dominated: 'dominated',
};

const kindText = ({ kind, hasFewer }: ChartPoint): string =>
  kind === 'dominated' && hasFewer ? 'fewer answers' : kindTitles[kind];

interface PointsProps {
  readonly points: readonly ChartPoint[];
  readonly settings: FrontSettings;
}

function Legend({ points, settings }: PointsProps) {
  const known = points.flatMap(({ color }) => color ?? []);
  const { color } = settings;
  return (
    <div class="legend">
      {(['front', 'dominated', 'baseline', 'preset'] as const).map((kind) => (
        <span key={kind}>
          <PointSymbol kind={kind} /> {kindTitles[kind]}
        </span>
      ))}
      {points.some(({ hasFewer }) => hasFewer) && (
        <span>
          <PointSymbol kind="dominated" isHollow /> hollow: fewer answers than the front, so no rival to it
        </span>
      )}
      {settings.y === 'score' && <span>bars: 95% intervals</span>}
      {color !== 'none' && known.length > 0 && (
        <span class="scale">
          {axisText(color, Math.min(...known))}
          <ColorScaleBar scale={look.value.scale} />
          {axisText(color, Math.max(...known))}{' '}
          {color === 'latency' || color === 'score' ? color : color === 'usd' ? '' : 'tokens'}
        </span>
      )}
    </div>
  );
}

interface SymbolProps {
  readonly kind: PointKind;
  readonly color?: string;
  readonly isHollow?: boolean;
}

export function PointSymbol({ kind, color = kind, isHollow = false }: SymbolProps) {
  return (
    <svg class={`symbol ${color}${isHollow ? ' hollow' : ''}`} viewBox="0 0 12 12" aria-hidden="true">
      {kind === 'front' && <circle cx="6" cy="6" r="5" />}
      {kind === 'dominated' && <circle cx="6" cy="6" r="2.5" />}
      {kind === 'baseline' && <path d="M6 0 12 6 6 12 0 6Z" />}
      {kind === 'preset' && <path d="M6 1 11 11 1 11Z" />}
    </svg>
  );
}

function PointTable({ view, points, settings }: PointsProps & { readonly view: RunView }) {
  const rows = points.toReversed();
  const { x, y, color } = settings;
  const column = (name: ObjectiveName, of: (row: ChartPoint) => number | null): Column<ChartPoint> => ({
    head: name,
    isNumber: true,
    sort: of,
    cell: (row) => formatObjective(name, of(row)),
  });
  const answers: Column<ChartPoint> = {
    head: 'answers',
    isNumber: true,
    sort: ({ trial }) => view.trials.cells[trial] ?? null,
    cell: ({ trial }) => view.trials.cells[trial],
  };
  return (
    <Beside title={`The ${rows.length} points as a table`}>
      <Table
        caption="Points of the chart"
        rows={rows}
        keyOf={({ trial }) => trial}
        perPage={25}
        columns={[
          { head: 'config', cell: ({ trial }) => <ConfigLink view={view} trial={trial} /> },
          { head: 'kind', sort: kindText, cell: kindText },
          ...(settings.basis === 'tuning' ? [answers] : []),
          column(x, (row) => row.x),
          ...(y === x ? [] : [column(y, (row) => row.y)]),
          ...(color === 'none' || color === x || color === y ? [] : [column(color, (row) => row.color)]),
        ]}
      />
    </Beside>
  );
}

export function SmallMultiples({ view, settings, measured, chosen }: FigureProps) {
  const others = measured.filter((name) => name !== 'score' && name !== settings.x);
  if (settings.y !== 'score' || others.length === 0) return null;
  return (
    <div class="multiples">
      {others.map((name) => (
        <Small key={name} view={view} settings={{ ...settings, x: name }} chosen={chosen} />
      ))}
    </div>
  );
}

function Small({ view, settings, chosen }: Omit<FigureProps, 'measured'>) {
  const { x, color, basis } = settings;
  const option = useMemo(
    () => frontChart(view, settings, { look: look.value, chosen: chosen ?? null, isSmall: true }),
    [view, x, color, basis, chosen, look.value],
  );
  return (
    <Chart
      option={option}
      height={220}
      label={`Score against ${objectiveTitles[x]}; the tables below hold the same figures.`}
      onData={({ trial }) => typeof trial === 'number' && goTo('config', [trial])}
    />
  );
}
