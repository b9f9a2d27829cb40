import { useEffect, useRef } from 'preact/hooks';
import {
  formatCount,
  formatDuration,
  formatMinute,
  formatObjective,
  formatShortCount,
  formatUsd,
  simulatedSuffix,
} from '../report/format.ts';
import type { RunsView } from '../report/view-model/schema.ts';
import { Absent, Section, Waiting } from './parts/controls.tsx';
import { visible } from './parts/text.tsx';
import type { ViewProps } from './parts/view-props.ts';
import type { Source } from './source.ts';
import { connection, useRun, useRuns } from './state/live.ts';
import { formatRoute, linkTo, route, type ViewName, viewNames } from './state/route.ts';
import { isDark, toggleTheme } from './state/theme.ts';
import { CompareView } from './views/compare.tsx';
import { ConfigView } from './views/config.tsx';
import { FrontView } from './views/front.tsx';
import { LineageView } from './views/lineage.tsx';
import { MatrixPage } from './views/matrix.tsx';
import { ProgressView } from './views/progress.tsx';
import { RunsPage } from './views/runs.tsx';
import { TraceView } from './views/trace.tsx';
import { TrialsView } from './views/trials.tsx';
import { WhyPage } from './views/why.tsx';
import { WorkbenchPage } from './views/workbench.tsx';

const titles: Readonly<Record<ViewName, string>> = {
  front: 'Front',
  progress: 'Progress',
  trials: 'Trials',
  matrix: 'Matrix',
  why: 'Why',
  config: 'Config',
  lineage: 'Lineage',
  trace: 'Trace',
  compare: 'Compare',
  workbench: 'Workbench',
};

export function App({ source }: { readonly source: Source }) {
  const runs = useRuns(source);
  if (route.value.view === 'workbench') return <WorkbenchPage source={source} />;
  if (runs === null) return <Waiting />;
  if (runs.kind === 'absent') return <Nothing because={runs.because} />;
  if (source.kind === 'http' && route.value.run === null) return <RunsPage runs={runs.value} />;
  const [only] = runs.value.runs;
  const run = route.value.run ?? only?.run;
  return run === undefined ? (
    <Nothing because="This page holds no runs." />
  ) : (
    <RunPage key={run} source={source} runs={runs.value} run={run} />
  );
}

function RunPage({
  source,
  runs,
  run,
}: {
  readonly source: Source;
  readonly runs: RunsView;
  readonly run: string;
}) {
  const loaded = useRun(source, run);
  useEffect(() => {
    if (route.value.run !== run) history.replaceState(null, '', formatRoute({ ...route.value, run }));
    route.value = { ...route.value, run };
  }, [run]);
  if (loaded === null) return <Waiting />;
  if (loaded.kind === 'absent') return <Nothing because={loaded.because} />;
  return <Shown source={source} runs={runs} view={loaded.value} />;
}

/** The whole page, where there is nothing to show. */
function Nothing({ because }: { readonly because: string }) {
  return (
    <main>
      <h1>mixtune</h1>
      <Absent because={because} />
    </main>
  );
}

function Shown({ source, runs, view }: ViewProps) {
  const { head } = view;
  const current = route.value.view;
  useEffect(() => {
    document.title = `${titles[current]} · ${visible(head.run)}${simulatedSuffix(head.simulated)} · mixtune`;
  }, [current, head.run, head.simulated]);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the view
      </button>
      <Header source={source} runs={runs} view={view} />
      <main id="main" tabIndex={-1}>
        <h1 class="hidden">
          {titles[current]} of {visible(head.run)}
        </h1>
        <CurrentView source={source} runs={runs} view={view} />
      </main>
      <Footer runs={runs} view={view} />
    </>
  );
}

function CurrentView(props: ViewProps) {
  switch (route.value.view) {
    case 'front':
      return <FrontView {...props} />;
    case 'progress':
      return <ProgressView {...props} />;
    case 'trials':
      return <TrialsView {...props} />;
    case 'matrix':
      return <MatrixPage {...props} />;
    case 'why':
      return <WhyPage {...props} />;
    case 'config':
      return <ConfigView {...props} />;
    case 'lineage':
      return <LineageView {...props} />;
    case 'trace':
      return <TraceView {...props} />;
    case 'compare':
      return <CompareView {...props} />;
    // A page of its own, of no run.
    case 'workbench':
      return null;
  }
}

function Header({ source, runs, view }: ViewProps) {
  const navigation = useRef<HTMLElement>(null);
  useEffect(() => {
    // On narrow screens the views are a strip: the one that is shown has to be in sight.
    const current = navigation.current?.querySelector<HTMLElement>('[aria-current]');
    if (navigation.current && current) navigation.current.scrollLeft = current.offsetLeft - 40;
  }, [route.value.view]);
  const { head, trials, front } = view;
  const best = front.members[0];
  const facts = [
    `${formatCount(head.evaluations)} configs`,
    `${formatCount(head.spent.calls)} calls`,
    `${formatShortCount(head.spent.tokensIn + head.spent.tokensOut)} tokens`,
    head.spent.usd === null ? 'cost unknown' : formatUsd(head.spent.usd),
    formatDuration(head.spent.seconds),
  ];
  return (
    <header>
      <div class="top">
        {source.kind === 'http' ? (
          <a class="brand" href="#/">
            mixtune
          </a>
        ) : (
          <span class="brand">mixtune</span>
        )}
        {runs.runs.length > 1 ? (
          <RunSwitch runs={runs} run={head.run} />
        ) : (
          <span class="run">{visible(head.run)}</span>
        )}
        {head.simulated && (
          <span class="badge" title="The models are simulated: nothing here says anything of a real model.">
            simulated
          </span>
        )}
        {head.state !== 'done' && (
          <span class={`badge state ${head.state}`}>
            {head.state === 'working' ? `working: ${head.phase}` : `stopped in ${head.phase}`}
          </span>
        )}
        {connection.value === 'lost' && (
          <span class="badge lost" role="status">
            no connection: trying again
          </span>
        )}
        <button type="button" class="quiet theme" onClick={toggleTheme}>
          {isDark.value ? 'Light' : 'Dark'}
        </button>
      </div>
      <p class="facts">
        <span>
          task <b>{visible(head.task)}</b>
        </span>
        {best !== undefined && (
          <span>
            best score <b>{formatObjective('score', trials.tuning.score.mean[best] ?? null)}</b>
          </span>
        )}
        <span>{facts.join(' · ')}</span>
        {head.ended !== null && <span>{head.ended}</span>}
      </p>
      <nav aria-label="Views" ref={navigation}>
        {viewNames
          .filter((name) => name !== 'workbench' || source.kind === 'http')
          .filter((name) => name !== 'compare' || runs.runs.length > 1 || trials.id.length > 1)
          .map((name) => (
            <a key={name} href={linkTo(name)} aria-current={route.value.view === name ? 'page' : undefined}>
              {titles[name]}
            </a>
          ))}
      </nav>
    </header>
  );
}

function RunSwitch({ runs, run }: { readonly runs: RunsView; readonly run: string }) {
  return (
    <select
      aria-label="Run"
      value={run}
      onChange={({ currentTarget }) => {
        location.hash = formatRoute({
          run: currentTarget.value,
          view: route.value.view,
          rest: [],
          settings: {},
        });
      }}
    >
      {runs.runs.map((line) => (
        <option key={line.run} value={line.run}>
          {visible(line.run)}
          {simulatedSuffix(line.simulated)}
        </option>
      ))}
    </select>
  );
}

function Footer({ runs, view }: Pick<ViewProps, 'runs' | 'view'>) {
  const { head } = view;
  return (
    <footer>
      <Section title="This run">
        <dl class="run-facts">
          <dt>Started</dt>
          <dd>{visible(formatMinute(head.startedAt))} UTC</dd>
          <dt>Strategy</dt>
          <dd>
            {visible(head.strategy)}, seed {head.seed}, space {visible(head.space)}
          </dd>
          <dt>Models</dt>
          <dd>
            {visible(head.models.join(', '))}
            {simulatedSuffix(head.simulated)}
          </dd>
          <dt>Grader</dt>
          <dd>{visible(head.grader.name)}</dd>
          <dt>Task hash</dt>
          <dd class="id">{visible(head.taskHash.slice(0, 16))}</dd>
          <dt>Command</dt>
          <dd class="id">{visible(head.command.join(' '))}</dd>
          <dt>Made by</dt>
          <dd>
            mixtune {visible(head.mixtune)}; shown by {visible(runs.mixtune)}
          </dd>
        </dl>
      </Section>
    </footer>
  );
}
