import { useEffect } from 'preact/hooks';
import { simulatedSuffix } from '../report/format.ts';
import type { RunsView } from '../report/view-model/schema.ts';
import { Footer, Header, viewTitles } from './page-frame.tsx';
import { Absent, Waiting } from './parts/controls.tsx';
import { visible } from './parts/text.tsx';
import type { ViewProps } from './parts/view-props.ts';
import type { Source } from './source.ts';
import { useRun, useRuns } from './state/live.ts';
import { formatRoute, route } from './state/route.ts';
import { CompareView } from './views/compare.tsx';
import { ConfigView } from './views/config.tsx';
import { FrontView } from './views/front.tsx';
import { LeaderboardPage } from './views/leaderboard.tsx';
import { LineageView } from './views/lineage.tsx';
import { MatrixPage } from './views/matrix.tsx';
import { ProgressView } from './views/progress.tsx';
import { RunsPage } from './views/runs.tsx';
import { TraceView } from './views/trace.tsx';
import { TrialsView } from './views/trials.tsx';
import { WhyPage } from './views/why.tsx';
import { WorkbenchPage } from './views/workbench.tsx';

export function App({ source }: { readonly source: Source }) {
  const runs = useRuns(source);
  if (route.value.view === 'workbench') return <WorkbenchPage source={source} />;
  if (route.value.view === 'leaderboard') return <LeaderboardPage source={source} />;
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
    document.title = `${viewTitles[current]} · ${visible(head.run)}${simulatedSuffix(head.simulated)} · mixtune`;
  }, [current, head.run, head.simulated]);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the view
      </button>
      <Header source={source} runs={runs} view={view} />
      <main id="main" tabIndex={-1}>
        <h1 class="hidden">
          {viewTitles[current]} of {visible(head.run)}
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
    // Pages of their own, of no run.
    case 'workbench':
    case 'leaderboard':
      return null;
  }
}
