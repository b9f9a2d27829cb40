import { useMemo } from 'preact/hooks';
import { formatObjective, formatPercent } from '../../report/format.ts';
import { type Bounds, chosenUnder, objectiveDirections } from '../../report/view-model/choice.ts';
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
import { Beside, Choice, Section } from '../parts/controls.tsx';
import { ConfigLink, Marks, Score } from '../parts/figures.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { visible } from '../parts/text.tsx';
import { figure, nameOf, points } from '../parts/trials.ts';
import { adjust, goTo, route, setting } from '../state/route.ts';
import { look } from '../state/theme.ts';

const objectives = ['score', 'latency', 'tokens', 'usd'] as const;
const briefTitles = { score: 'Score', latency: 'Latency', tokens: 'Tokens', usd: 'US dollars' } as const;
const bases = { tuning: 'tuning', holdout: 'holdout' } as const;

export function FrontView({ view }: { readonly view: RunView }) {
  const measured = objectives.filter((name) => view.trials.tuning[name].mean.some((value) => value !== null));
  const settings: FrontSettings = {
    x: setting('x', measured, 'latency'),
    y: setting('y', measured, 'score'),
    color: setting('color', [...measured, 'none' as const], 'tokens'),
    basis: setting('of', ['tuning', 'holdout'] as const, 'tuning'),
  };
  const bounds = boundsOf(route.value.settings);
  const chosen = choice(view, bounds, settings.basis);
  if (view.front.members.length === 0) return <NoFront view={view} />;
  return (
    <>
      <Verdict view={view} />
      <div class="columns">
        <FrontFigure view={view} settings={settings} measured={measured} chosen={chosen} />
        <YourChoice view={view} bounds={bounds} chosen={chosen} basis={settings.basis} measured={measured} />
      </div>
      <SmallMultiples view={view} settings={settings} measured={measured} chosen={chosen} />
      <FrontTable view={view} chosen={chosen} />
      <BaselineTable view={view} />
    </>
  );
}

function NoFront({ view }: { readonly view: RunView }) {
  const { evaluations, state, phase } = view.head;
  const tried =
    evaluations === 0 ? 'No config was begun' : `${evaluations} configs were begun and none was finished`;
  return (
    <Section title="No front yet">
      <p>
        {tried}: the run {state === 'working' ? 'is' : 'stopped'} in the phase “{phase}”.{' '}
        {state === 'stopped' && `\`mixtune resume ${view.head.run}\` goes on with it.`}
      </p>
    </Section>
  );
}

function Verdict({ view }: { readonly view: RunView }) {
  if (view.front.verdict === null) return null;
  return (
    <div class="verdict">
      {view.front.verdict.split('\n').map((line) => (
        <p key={line}>{visible(line)}</p>
      ))}
    </div>
  );
}

interface FigureProps {
  readonly view: RunView;
  readonly settings: FrontSettings;
  readonly measured: readonly ObjectiveName[];
  readonly chosen: number | undefined;
}

function FrontFigure({ view, settings, measured, chosen }: FigureProps) {
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

function PointSymbol({ kind }: { readonly kind: PointKind }) {
  return (
    <svg class={`symbol ${kind}`} viewBox="0 0 12 12" aria-hidden="true">
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
  return (
    <Beside title={`The ${rows.length} points as a table`}>
      <Table
        caption="Points of the chart"
        rows={rows}
        keyOf={({ trial }) => trial}
        perPage={25}
        columns={[
          { head: 'config', cell: ({ trial }) => <ConfigLink view={view} trial={trial} /> },
          { head: 'kind', sort: ({ kind }) => kind, cell: ({ kind }) => kindTitles[kind] },
          column(x, (row) => row.x),
          ...(y === x ? [] : [column(y, (row) => row.y)]),
          ...(color === 'none' || color === x || color === y ? [] : [column(color, (row) => row.color)]),
        ]}
      />
    </Beside>
  );
}

/** Bounds in the address: `max-latency=2`. */
function boundsOf(settings: Readonly<Record<string, string>>): Bounds {
  const bounds = objectives.flatMap((name) => {
    const value = Number(settings[boundName(name)] ?? Number.NaN);
    return Number.isFinite(value) ? [[name, value]] : [];
  });
  return Object.fromEntries(bounds) as Bounds;
}

function boundName(name: ObjectiveName): string {
  return `${objectiveDirections[name] === 'max' ? 'min' : 'max'}-${name}`;
}

function choice(
  { front, trials }: RunView,
  bounds: Bounds,
  basis: FrontSettings['basis'],
): number | undefined {
  return chosenUnder(front.members, (trial, name) => trials[basis][name].mean[trial] ?? null, bounds);
}

function YourChoice({
  view,
  bounds,
  chosen,
  basis,
  measured,
}: {
  readonly view: RunView;
  readonly bounds: Bounds;
  readonly chosen: number | undefined;
  readonly basis: FrontSettings['basis'];
  readonly measured: readonly ObjectiveName[];
}) {
  return (
    <section class="side">
      <h2>Your choice</h2>
      <p class="note">The best score among configs of the front that keep your bounds.</p>
      {measured.map((name) => (
        <BoundSlider key={name} view={view} name={name} bound={bounds[name]} basis={basis} />
      ))}
      <output class="choice">
        {chosen === undefined ? (
          <p>No config of the front keeps these bounds.</p>
        ) : (
          <>
            <p class="title">
              <ConfigLink view={view} trial={chosen} /> <Marks view={view} trial={chosen} />
            </p>
            <p class="shape">{visible(nameOf(view, chosen))}</p>
            <dl>
              <dt>score{basis === 'holdout' ? ' (holdout)' : ''}</dt>
              <dd>
                <Score columns={view.trials[basis].score} trial={chosen} />
              </dd>
              {(['latency', 'tokens', 'usd'] as const).map((name) => (
                <>
                  <dt>{name}</dt>
                  <dd>{figure(view, basis, name, chosen)}</dd>
                </>
              ))}
            </dl>
          </>
        )}
      </output>
    </section>
  );
}

/** Stops at the values that the front has: between two of them nothing changes. */
function BoundSlider({
  view,
  name,
  bound,
  basis,
}: {
  readonly view: RunView;
  readonly name: ObjectiveName;
  readonly bound: number | undefined;
  readonly basis: FrontSettings['basis'];
}) {
  const values = view.front.members.flatMap((trial) => view.trials[basis][name].mean[trial] ?? []);
  const stops = [...new Set(values)].sort((a, b) => a - b);
  const isMax = objectiveDirections[name] === 'max';
  const least = isMax ? 0 : stops.length - 1;
  const at = bound === undefined ? least : isMax ? firstFrom(stops, bound) : lastUpTo(stops, bound);
  const change = (next: number): void =>
    adjust({ [boundName(name)]: next === least ? null : String(stops[next] ?? '') });
  return (
    <label class="slider">
      <span>
        {isMax ? 'at least' : 'at most'} <b>{bound === undefined ? 'any' : formatObjective(name, bound)}</b>{' '}
        {name}
      </span>
      <input
        type="range"
        min={0}
        max={Math.max(1, stops.length - 1)}
        step={1}
        value={at}
        disabled={stops.length < 2}
        aria-valuetext={bound === undefined ? 'no bound' : formatObjective(name, bound)}
        onInput={({ currentTarget }) => change(Number(currentTarget.value))}
      />
    </label>
  );
}

function firstFrom(stops: readonly number[], bound: number): number {
  const found = stops.findIndex((stop) => stop >= bound);
  return found < 0 ? stops.length - 1 : found;
}

function lastUpTo(stops: readonly number[], bound: number): number {
  return Math.max(
    0,
    stops.findLastIndex((stop) => stop <= bound),
  );
}

function SmallMultiples({ view, settings, measured, chosen }: FigureProps) {
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

function FrontTable({ view, chosen }: { readonly view: RunView; readonly chosen: number | undefined }) {
  const { members, onFront } = view.front;
  const rows = members.map((trial, at) => ({ trial, onFront: onFront[at] ?? null }));
  return (
    <Section title={`The front: ${members.length} configs`}>
      <Table
        caption="Configs of the front"
        rows={rows}
        keyOf={({ trial }) => trial}
        isMarked={({ trial }) => trial === chosen}
        columns={[
          ...figureColumns(view),
          {
            head: 'on front',
            isNumber: true,
            sort: (row) => row.onFront,
            cell: (row) => (row.onFront === null ? '' : formatPercent(row.onFront)),
          },
          { head: '', cell: ({ trial }) => <Marks view={view} trial={trial} /> },
          { head: 'made of', cell: ({ trial }) => <span class="shape">{visible(nameOf(view, trial))}</span> },
        ]}
      />
    </Section>
  );
}

function BaselineTable({ view }: { readonly view: RunView }) {
  const { baselines } = view.front;
  if (baselines.length === 0) return null;
  return (
    <Section title="Single models, to compare with">
      <Table
        caption="Single models"
        rows={baselines.map((trial) => ({ trial }))}
        keyOf={({ trial }) => trial}
        columns={[
          ...figureColumns(view),
          { head: 'model', cell: ({ trial }) => <span class="shape">{visible(nameOf(view, trial))}</span> },
        ]}
      />
    </Section>
  );
}

/** The figures of a config, as every table of configs has them. */
export function figureColumns(view: RunView): Column<{ readonly trial: number }>[] {
  const { tuning, holdout } = view.trials;
  const hasHoldout = holdout.score.mean.some((value) => value !== null);
  const cost = (name: ObjectiveName): Column<{ readonly trial: number }> => ({
    head: name,
    isNumber: true,
    sort: ({ trial }) => tuning[name].mean[trial] ?? null,
    cell: ({ trial }) => figure(view, 'tuning', name, trial),
  });
  return [
    { head: 'config', cell: ({ trial }) => <ConfigLink view={view} trial={trial} /> },
    {
      head: 'score',
      isNumber: true,
      sort: ({ trial }) => tuning.score.mean[trial] ?? null,
      cell: ({ trial }) => <Score columns={tuning.score} trial={trial} />,
    },
    ...(view.head.scale === null
      ? []
      : [
          {
            head: `of ${view.head.scale.max}`,
            isNumber: true,
            cell: ({ trial }: { readonly trial: number }) => points(view, trial),
          },
        ]),
    ...(hasHoldout
      ? [
          {
            head: 'holdout',
            isNumber: true,
            sort: ({ trial }: { readonly trial: number }) => holdout.score.mean[trial] ?? null,
            cell: ({ trial }: { readonly trial: number }) =>
              holdout.score.mean[trial] === null ? '' : figure(view, 'holdout', 'score', trial),
          },
        ]
      : []),
    cost('latency'),
    cost('tokens'),
    cost('usd'),
  ];
}
