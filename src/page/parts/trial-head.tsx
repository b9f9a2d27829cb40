import { bestOf } from '../../report/view-model/choice.ts';
import type { RunView } from '../../report/view-model/schema.ts';
import { goTo, linkTo, route, type ViewName } from '../state/route.ts';
import { Marks } from './figures.tsx';
import { visible } from './text.tsx';
import { figure, frontAndBaselines, nameOf } from './trials.ts';

/** The trial that the address names; else the best one. */
export function trialOfRoute(view: RunView): number | null {
  const { trials } = view;
  const given = Number(route.value.rest[0] ?? Number.NaN);
  if (Number.isInteger(given) && given >= 0 && given < trials.id.length) return given;
  return bestOf(view) ?? (trials.id.length > 0 ? 0 : null);
}

/** Which config is shown, and others to go to. */
export function TrialHead({
  view,
  trial,
  to,
}: {
  readonly view: RunView;
  readonly trial: number;
  readonly to: ViewName;
}) {
  const { trials } = view;
  const best = bestOf(view);
  const others = [...new Set([trial, ...frontAndBaselines(view)])];
  return (
    <section class="trial-head">
      <h2>
        Config {trial + 1} <span class="id">{trials.id[trial]}</span> <Marks view={view} trial={trial} />
      </h2>
      <p class="shape">{visible(nameOf(view, trial))}</p>
      <div class="controls">
        <span class="control">
          <label for="trial">Show</label>
          <select
            id="trial"
            value={String(trial)}
            onChange={({ currentTarget }) => goTo(to, [currentTarget.value])}
          >
            {others.map((other) => (
              <option key={other} value={String(other)}>
                {trials.id[other]} · {figure(view, 'tuning', 'score', other)} ·{' '}
                {figure(view, 'tuning', 'latency', other)} · {visible(nameOf(view, other)).slice(0, 60)}
              </option>
            ))}
          </select>
        </span>
        <a href={linkTo('lineage', [trial])}>how it came to be</a>
        {to !== 'config' && <a href={linkTo('config', [trial])}>config</a>}
        {best !== undefined && best !== trial && (
          <a href={linkTo('compare', [best, trial])}>compare with the best</a>
        )}
      </div>
    </section>
  );
}
