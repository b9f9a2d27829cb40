import type { ComponentChildren } from 'preact';
import { formatObjective, formatSigned, unknown } from '../../report/format.ts';
import { bestOf } from '../../report/view-model/choice.ts';
import { compareConfigs, incomparable, type PairedDifference } from '../../report/view-model/compare.ts';
import type { MatrixView, RunView } from '../../report/view-model/schema.ts';
import { Absent, Choice, Section, Waiting } from '../parts/controls.tsx';
import { Table } from '../parts/table.tsx';
import { visible } from '../parts/text.tsx';
import { figure, frontAndBaselines, nameOf } from '../parts/trials.ts';
import type { ViewProps } from '../parts/view-props.ts';
import type { Loaded, Source } from '../source.ts';
import { useLoaded } from '../state/loaded.ts';
import { adjust, route, setting } from '../state/route.ts';
import { TwoFronts } from './two-fronts.tsx';

interface Side {
  readonly view: RunView;
  readonly matrix: MatrixView;
}

export function CompareView({ source, view, runs }: ViewProps) {
  const { run } = view.head;
  const names = runs.runs.map((line) => line.run);
  // Runs that are in one report are there to be compared; a folder of runs holds anything.
  const usual = (source.kind === 'document' && names.find((name) => name !== run)) || run;
  const other = setting('with', names, usual);
  const loaded = useLoaded(`${run} ${other}`, () => bothSides(source, run, other));
  if (loaded === null) return <Waiting />;
  if (loaded.kind === 'absent') return <Absent because={loaded.because} />;
  const [first, second] = loaded.value;
  const choices = Object.fromEntries(runs.runs.map((line) => [line.run, visible(line.run)]));
  return (
    <Sides
      first={first}
      second={second}
      choice={
        runs.runs.length > 1 && (
          <Choice label="Second of run" name="with" value={other} choices={choices} usual={usual} />
        )
      }
    />
  );
}

async function bothSides(
  source: Source,
  first: string,
  second: string,
): Promise<Loaded<readonly [Side, Side]>> {
  const one = await sideOf(source, first);
  if (one.kind === 'absent') return one;
  const other = await sideOf(source, second);
  if (other.kind === 'absent') return other;
  return { kind: 'here', value: [one.value, other.value] };
}

async function sideOf(source: Source, run: string): Promise<Loaded<Side>> {
  const view = await source.run(run);
  if (view.kind === 'absent') return view;
  const matrix = await source.matrix(run);
  if (matrix.kind === 'absent') return matrix;
  return { kind: 'here', value: { view: view.value, matrix: matrix.value } };
}

function Sides({
  first,
  second,
  choice,
}: {
  readonly first: Side;
  readonly second: Side;
  readonly choice: ComponentChildren;
}) {
  const isSame = first.view.head.run === second.view.head.run;
  const a = given('a', 0) ?? bestOf(first.view);
  const b = given('b', 1) ?? (isSame ? second.view.front.baselines[0] : bestOf(second.view));
  const because = incomparable(first.view.head, second.view.head);
  const hasTwoFronts = because === null && !isSame;
  return (
    <>
      {hasTwoFronts && <TwoFronts first={first.view} second={second.view} choice={choice} />}
      <Section
        title="Two configs on the cells that both have"
        note="Differences are between answers to equal questions and repeats, so that hard questions count for both alike."
      >
        {!hasTwoFronts && choice}
        <div class="controls">
          <TrialChoice label="First" name="a" view={first.view} trial={a} />
          <TrialChoice label="Second" name="b" view={second.view} trial={b} />
        </div>
      </Section>
      {because !== null ? (
        <Absent because={`${because}.`} />
      ) : a === undefined || b === undefined ? (
        <Absent because="There are no two configs to compare yet." />
      ) : (
        (['holdout', 'tuning'] as const).map((split) => (
          <Difference
            key={split}
            title={split === 'holdout' ? 'On the holdout, which the search never saw' : 'On tuning questions'}
            found={compareConfigs(
              { ...first, head: first.view.head, trial: a },
              { ...second, head: second.view.head, trial: b },
              split,
            )}
          />
        ))
      )}
      {a !== undefined && b !== undefined && <Costs first={first.view} second={second.view} a={a} b={b} />}
    </>
  );
}

/** The trial that a setting names, or the place in the address. */
function given(name: string, place: number): number | undefined {
  const value = Number(route.value.settings[name] ?? route.value.rest[place] ?? Number.NaN);
  return Number.isInteger(value) && value >= 0 ? value : undefined;
}

function TrialChoice({
  label,
  name,
  view,
  trial,
}: {
  readonly label: string;
  readonly name: string;
  readonly view: RunView;
  readonly trial: number | undefined;
}) {
  const offered = [...new Set([...(trial === undefined ? [] : [trial]), ...frontAndBaselines(view)])];
  return (
    <span class="control wide">
      <label for={`choice-${name}`}>{label}</label>
      <select
        id={`choice-${name}`}
        value={String(trial)}
        onChange={({ currentTarget }) => adjust({ [name]: currentTarget.value })}
      >
        {offered.map((each) => (
          <option key={each} value={String(each)}>
            {view.trials.id[each]} · {figure(view, 'tuning', 'score', each)} ·{' '}
            {visible(nameOf(view, each)).slice(0, 70)}
          </option>
        ))}
      </select>
    </span>
  );
}

function Difference({ title, found }: { readonly title: string; readonly found: PairedDifference }) {
  const { pairs, questions, mean, low, high, over, wins, losses, ties } = found;
  if (mean === null) {
    return (
      <Section title={title}>
        <p>They share no cells there, so nothing is said.</p>
      </Section>
    );
  }
  const reading =
    low === null || high === null
      ? 'one pair says nothing of luck'
      : low > 0
        ? 'the first is better, beyond luck'
        : high < 0
          ? 'the second is better, beyond luck'
          : 'not told apart from luck';
  return (
    <Section title={title}>
      <dl class="cards">
        <div>
          <dt>First less second, in score</dt>
          <dd>
            <b>{formatSigned(mean)}</b>
            {low !== null && high !== null && (
              <span>
                95% interval {formatSigned(low)} to {formatSigned(high)}, paired over {over}
              </span>
            )}
          </dd>
        </div>
        <div>
          <dt>Reading</dt>
          <dd>
            <b class="word">{reading}</b>
          </dd>
        </div>
        <div>
          <dt>Pairs: first better, worse, equal</dt>
          <dd>
            <b>
              {wins} / {losses} / {ties}
            </b>
            <span>{pairs} pairs of equal question and repeat</span>
          </dd>
        </div>
      </dl>
      <Table
        caption={`${title}, question by question`}
        rows={[...questions].sort((one, two) => two.first - two.second - (one.first - one.second))}
        keyOf={({ id }) => id}
        perPage={15}
        columns={[
          { head: 'question', sort: ({ id }) => id, cell: ({ id }) => visible(id) },
          { head: 'pairs', isNumber: true, sort: (row) => row.pairs, cell: (row) => row.pairs },
          {
            head: 'first',
            isNumber: true,
            sort: (row) => row.first,
            cell: (row) => formatObjective('score', row.first),
          },
          {
            head: 'second',
            isNumber: true,
            sort: (row) => row.second,
            cell: (row) => formatObjective('score', row.second),
          },
          {
            head: 'difference',
            isNumber: true,
            sort: (row) => row.first - row.second,
            cell: (row) => formatSigned(row.first - row.second),
          },
        ]}
      />
    </Section>
  );
}

function Costs({
  first,
  second,
  a,
  b,
}: {
  readonly first: RunView;
  readonly second: RunView;
  readonly a: number;
  readonly b: number;
}) {
  return (
    <Section title="What an answer takes">
      <Table
        caption="Costs of the two configs"
        rows={(['latency', 'tokens', 'usd'] as const).map((name) => ({ name }))}
        keyOf={({ name }) => name}
        columns={[
          { head: 'per question', cell: ({ name }) => name },
          { head: 'first', isNumber: true, cell: ({ name }) => figure(first, 'tuning', name, a) },
          { head: 'second', isNumber: true, cell: ({ name }) => figure(second, 'tuning', name, b) },
          {
            head: 'first to second',
            isNumber: true,
            cell: ({ name }) => {
              const [one, two] = [
                first.trials.tuning[name].mean[a] ?? null,
                second.trials.tuning[name].mean[b] ?? null,
              ];
              return one === null || two === null || two === 0
                ? unknown
                : `× ${Number((one / two).toPrecision(3))}`;
            },
          },
        ]}
      />
    </Section>
  );
}
