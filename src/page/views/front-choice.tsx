import { formatObjective } from '../../report/format.ts';
import {
  type Bounds,
  bestOf,
  chosenUnder,
  objectiveDirections,
  objectiveNames,
} from '../../report/view-model/choice.ts';
import type { ObjectiveName, RunView } from '../../report/view-model/schema.ts';
import type { FrontSettings } from '../charts/front-chart.ts';
import { ConfigLink, Marks, Score } from '../parts/figures.tsx';
import { visible } from '../parts/text.tsx';
import { figure, nameOf } from '../parts/trials.ts';
import { adjust } from '../state/route.ts';

/** Bounds in the address, `max-latency=2`, where `any` is none; what it does not name is bounded as in the run. */
export function boundsOf(settings: Readonly<Record<string, string>>, { head }: RunView): Bounds {
  const bounds = objectiveNames.flatMap((name) => {
    const value = Number(settings[boundName(name)] ?? head.bounds?.[name] ?? Number.NaN);
    return Number.isFinite(value) ? [[name, value]] : [];
  });
  return Object.fromEntries(bounds) as Bounds;
}

function boundName(name: ObjectiveName): string {
  return `${objectiveDirections[name] === 'max' ? 'min' : 'max'}-${name}`;
}

export function choice(view: RunView, bounds: Bounds, basis: FrontSettings['basis']): number | undefined {
  const { front, trials } = view;
  const values = (trial: number, name: ObjectiveName) => trials[basis][name].mean[trial] ?? null;
  return chosenUnder(front.members, values, bounds, bestOf(view));
}

export function YourChoice({
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
      <p class="note">
        The run's best config while it keeps your bounds
        {view.head.bounds !== null && ', which start at those of the run'}; else the best score of the front
        that keeps them.
      </p>
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
              {(['holdout', 'tuning'] as const).map((split) => (
                <SplitScore key={split} view={view} split={split} trial={chosen} />
              ))}
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

/** Absent where it was not measured. */
function SplitScore({
  view,
  split,
  trial,
}: {
  readonly view: RunView;
  readonly split: FrontSettings['basis'];
  readonly trial: number;
}) {
  const columns = view.trials[split].score;
  if (columns.mean[trial] == null) return null;
  return (
    <>
      <dt>{split}</dt>
      <dd>
        <Score columns={columns} trial={trial} />
      </dd>
    </>
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
  const none = view.head.bounds?.[name] === undefined ? null : 'any';
  const change = (next: number): void =>
    adjust({ [boundName(name)]: next === least ? none : String(stops[next] ?? '') });
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
