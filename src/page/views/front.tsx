import { formatPercent } from '../../report/format.ts';
import { objectiveNames } from '../../report/view-model/choice.ts';
import type { RunView } from '../../report/view-model/schema.ts';
import type { FrontSettings } from '../charts/front-chart.ts';
import { Section } from '../parts/controls.tsx';
import { figureColumns } from '../parts/figure-columns.tsx';
import { Marks } from '../parts/figures.tsx';
import { Table } from '../parts/table.tsx';
import { visible } from '../parts/text.tsx';
import { nameOf } from '../parts/trials.ts';
import { route, setting } from '../state/route.ts';
import { boundsOf, choice, YourChoice } from './front-choice.tsx';
import { FrontFigure, SmallMultiples } from './front-figure.tsx';

export function FrontView({ view }: { readonly view: RunView }) {
  const measured = objectiveNames.filter((name) =>
    view.trials.tuning[name].mean.some((value) => value !== null),
  );
  const settings: FrontSettings = {
    x: setting('x', measured, 'latency'),
    y: setting('y', measured, 'score'),
    color: setting('color', [...measured, 'none' as const], 'tokens'),
    basis: setting('of', ['tuning', 'holdout'] as const, 'tuning'),
  };
  const bounds = boundsOf(route.value.settings, view);
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
      <BaselineTable view={view} chosen={chosen} />
    </>
  );
}

function NoFront({ view }: { readonly view: RunView }) {
  const { evaluations, state, resume, phase } = view.head;
  const tried =
    evaluations === 0 ? 'No config was begun' : `${evaluations} configs were begun and none was finished`;
  return (
    <Section title="No front yet">
      <p>
        {tried}: the run {state === 'working' ? 'is' : 'stopped'} in the phase “{phase}”.{' '}
        {state === 'stopped' && (
          <>
            <code>{visible(resume)}</code> goes on with it.
          </>
        )}
      </p>
    </Section>
  );
}

function Verdict({ view }: { readonly view: RunView }) {
  const { verdict } = view.front;
  if (verdict === null) return null;
  const { use, remarks, findings } = verdict;
  return (
    <div class="verdict">
      {use !== null && <p class="use">{visible(use)}</p>}
      <Sentences lines={remarks} />
      {use !== null && findings.length > 0 && <h2>What was gained</h2>}
      <Sentences lines={findings} />
    </div>
  );
}

function Sentences({ lines }: { readonly lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <ul>
      {lines.map((line) => (
        <li key={line}>{visible(line)}</li>
      ))}
    </ul>
  );
}

const onFrontMeans =
  'how probable it is that no other config of the run dominates this one, by tuning questions alone, those with few answers included';

function FrontTable({ view, chosen }: { readonly view: RunView; readonly chosen: number | undefined }) {
  const { members, onFront } = view.front;
  const rows = members.map((trial, at) => ({ trial, onFront: onFront[at] ?? null }));
  const hasChances = rows.some((row) => row.onFront !== null);
  return (
    <Section
      title={`The front: ${members.length} configs`}
      note={hasChances ? `“On front”: ${onFrontMeans}. The best is not chosen by it.` : undefined}
    >
      <Table
        caption="Configs of the front"
        rows={rows}
        keyOf={({ trial }) => trial}
        isMarked={({ trial }) => trial === chosen}
        columns={[
          ...figureColumns(view),
          {
            head: 'on front',
            title: onFrontMeans,
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

function BaselineTable({ view, chosen }: { readonly view: RunView; readonly chosen: number | undefined }) {
  const { baselines, baselineLabels } = view.front;
  if (baselines.length === 0) return null;
  const hasOwn = baselineLabels.some((label) => label.startsWith('your own system '));
  const title = hasOwn ? 'Single models and your own systems' : 'Single models';
  return (
    <Section title={`${title}, to compare with`}>
      <Table
        caption={title}
        rows={baselines.map((trial) => ({ trial }))}
        keyOf={({ trial }) => trial}
        isMarked={({ trial }) => trial === chosen}
        columns={[
          ...figureColumns(view),
          {
            head: hasOwn ? 'system' : 'model',
            cell: ({ trial }) => <span class="shape">{visible(nameOf(view, trial))}</span>,
          },
        ]}
      />
    </Section>
  );
}
