import { useEffect, useRef } from 'preact/hooks';
import {
  formatCommand,
  formatCounted,
  formatDuration,
  formatMinute,
  formatShortCount,
  formatUsd,
  simulatedSuffix,
} from '../report/format.ts';
import { bestOf } from '../report/view-model/choice.ts';
import type { RunHead, RunsView, RunView } from '../report/view-model/schema.ts';
import { Section } from './parts/controls.tsx';
import { ThemeButton } from './parts/pages-nav.tsx';
import { visible } from './parts/text.tsx';
import { figure } from './parts/trials.ts';
import type { ViewProps } from './parts/view-props.ts';
import type { Source } from './source.ts';
import { connection } from './state/live.ts';
import { formatRoute, linkTo, route, type ViewName, viewNames } from './state/route.ts';
import { StopRun } from './stop-run.tsx';

export const viewTitles: Readonly<Record<ViewName, string>> = {
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
  leaderboard: 'Leaderboard',
};

/** Pages of their own, beside those of a run. */
const isOfNoRun = (name: ViewName): boolean => name === 'workbench' || name === 'leaderboard';

/** A document stays as it was written, and the run goes on. */
function stateText({ state, phase }: RunHead, kind: Source['kind']): string {
  if (state === 'stopped') return `stopped in ${phase}`;
  return kind === 'http' ? `working: ${phase}` : `was working when this was written: ${phase}`;
}

export function Header({ source, runs, view }: ViewProps) {
  const navigation = useRef<HTMLElement>(null);
  useEffect(() => {
    // On narrow screens the views are a strip: the one that is shown has to be in sight.
    const current = navigation.current?.querySelector<HTMLElement>('[aria-current]');
    if (navigation.current && current) navigation.current.scrollLeft = current.offsetLeft - 40;
  }, [route.value.view]);
  const { head, trials } = view;
  const best = bestOf(view);
  const facts = [
    `${formatCounted(head.evaluations, 'config')} tried`,
    formatCounted(head.spent.calls, 'call'),
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
          <span class={`badge state ${head.state}`}>{stateText(head, source.kind)}</span>
        )}
        {head.state === 'working' && source.stop !== undefined && (
          <StopRun key={head.run} head={head} stop={source.stop} />
        )}
        {connection.value === 'ended' && (
          <span class="badge lost" role="status">
            the server has ended: <code>mixtune ui</code> starts it again
          </span>
        )}
        {connection.value === 'lost' && (
          <span class="badge lost" role="status">
            no connection: trying again
          </span>
        )}
        {connection.value === 'refused' && (
          <span class="badge lost" role="status">
            the server no longer shows this run: its folder is gone, or the server was started anew
          </span>
        )}
        <ThemeButton />
      </div>
      <p class="facts">
        <span>
          task <b>{visible(head.task)}</b>
        </span>
        {best !== undefined && <BestScore view={view} best={best} />}
        <span>{facts.join(' · ')}</span>
        {head.ended !== null && <span>{head.ended}</span>}
      </p>
      {head.writing !== null && <p class="facts">Written prompts: {head.writing}.</p>}
      <nav aria-label="Views" ref={navigation}>
        {viewNames
          .filter((name) => !isOfNoRun(name) || source.kind === 'http')
          .filter((name) => name !== 'compare' || runs.runs.length > 1 || trials.id.length > 1)
          .map((name) => (
            <a
              key={name}
              href={isOfNoRun(name) ? `#//${name}` : linkTo(name)}
              aria-current={route.value.view === name ? 'page' : undefined}
            >
              {viewTitles[name]}
            </a>
          ))}
      </nav>
    </header>
  );
}

/** On the holdout where that was measured: the other was chosen by. */
function BestScore({ view, best }: { readonly view: RunView; readonly best: number }) {
  const [tuning, holdout] = [figure(view, 'tuning', 'score', best), figure(view, 'holdout', 'score', best)];
  if (view.trials.holdout.score.mean[best] == null) {
    return (
      <span>
        best score <b>{tuning}</b>
      </span>
    );
  }
  return (
    <span>
      best score <b>{holdout}</b> on the holdout, {tuning} on tuning questions
    </span>
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

export function Footer({ runs, view }: Pick<ViewProps, 'runs' | 'view'>) {
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
          <dd class="id">{visible(formatCommand(head.command))}</dd>
          <dt>Made by</dt>
          <dd>
            mixtune {visible(head.mixtune)}; shown by {visible(runs.mixtune)}
          </dd>
        </dl>
      </Section>
    </footer>
  );
}
