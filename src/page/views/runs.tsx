import { useEffect } from 'preact/hooks';
import { formatCount, formatMinute, formatObjective, simulatedSuffix } from '../../report/format.ts';
import type { RunsView } from '../../report/view-model/schema.ts';
import { PagesNav } from '../parts/pages-nav.tsx';
import { visible } from '../parts/text.tsx';
import { formatRoute } from '../state/route.ts';

/** All runs of the folder, newest first. */
export function RunsPage({ runs }: { readonly runs: RunsView }) {
  useEffect(() => {
    document.title = 'Runs · mixtune';
  }, []);
  return (
    <main id="main" tabIndex={-1}>
      <PagesNav current="runs" />
      <h1>Runs</h1>
      {runs.runs.length === 0 ? (
        <p class="absent">
          There are no runs in this folder yet. <code>mixtune tune code-challenge</code> starts one; it
          appears here by itself.
        </p>
      ) : (
        <div class="scroll" role="region" aria-label="Runs" tabIndex={0}>
          <table class="runs">
            <thead>
              <tr>
                <th scope="col">Run</th>
                <th scope="col">Task</th>
                <th scope="col">State</th>
                <th scope="col" class="number">
                  Configs
                </th>
                <th scope="col" class="number">
                  Best on tuning
                </th>
                <th scope="col" class="number">
                  On the holdout
                </th>
                <th scope="col">Started (UTC)</th>
              </tr>
            </thead>
            <tbody>
              {runs.runs.map((line) => (
                <RunRow key={line.run} line={line} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <footer>mixtune {visible(runs.mixtune)}</footer>
    </main>
  );
}

function RunRow({ line }: { readonly line: RunsView['runs'][number] }) {
  const { run, task, simulated, state, evaluations, bestScore, holdoutScore, startedAt, trouble } = line;
  if (trouble !== null)
    return (
      <tr>
        <th scope="row">{visible(run)}</th>
        <td colSpan={6} class="trouble-text">
          {visible(trouble)}
        </td>
      </tr>
    );
  return (
    <tr>
      <th scope="row">
        <a href={formatRoute({ run, view: 'front', rest: [], settings: {} })}>{visible(run)}</a>
      </th>
      <td>
        {visible(task)}
        {simulatedSuffix(simulated)}
      </td>
      <td>{state === 'done' ? state : <span class={`badge state ${state}`}>{state}</span>}</td>
      <td class="number">{formatCount(evaluations)}</td>
      <td class="number">{formatObjective('score', bestScore)}</td>
      <td class="number">{holdoutScore === null ? '' : formatObjective('score', holdoutScore)}</td>
      <td>{visible(formatMinute(startedAt))}</td>
    </tr>
  );
}
