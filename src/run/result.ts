import { elementAt } from '../core/element-at.ts';
import { createRng } from '../core/rng.ts';
import type { FrontFile, FrontMember } from '../domain/run-result.ts';
import { directionsOf, nonDominated, vectorOf } from '../pareto/index.ts';
import { frontCertainty } from '../search/scheduling/front-certainty.ts';
import type { Trial } from '../search/trial.ts';
import { baselineOf, memberOf, type TrialBook } from '../search/trial-book.ts';
import { type RunState, spentOf } from './run-state.ts';
import type { TuneSettings } from './types.ts';

/** What a run has found, from its state alone. */
export function frontFileOf(
  state: RunState,
  book: TrialBook,
  settings: TuneSettings,
  task: string,
  end: { readonly interrupted: boolean; readonly at: number; readonly servers?: readonly string[] },
): FrontFile {
  const timedOut = countTimedOut(state);
  return {
    version: 1,
    simulated: settings.simulated,
    task,
    strategy: settings.strategy,
    seed: settings.seed,
    objectives: settings.objectives,
    front: membersWithCertainty(state, book, settings),
    baselines: book.baselines().map(baselineOf),
    hypervolume: book.hypervolume(),
    spent: spentOf(state, end.at),
    evaluations: state.trials.length,
    ...(timedOut === 0 ? {} : { timedOut }),
    ...(end.servers === undefined || end.servers.length === 0 ? {} : { servers: end.servers }),
    ended:
      state.phase === 'done' ? (state.ended ?? 'evaluations') : end.interrupted ? 'interrupted' : 'running',
  };
}

function countTimedOut(state: RunState): number {
  return state.trials
    .flatMap((trial) => [...trial.results.values()])
    .filter(({ grade }) => grade.kind === 'scored' && grade.timedOut === true).length;
}

/** Rivals off the front that may belong on it: the best of the rest with as many cells as the poorest member. */
function rivalsOf(state: RunState, book: TrialBook, settings: TuneSettings): Trial[] {
  const front = new Set(book.front());
  const cells = Math.min(...[...front].map((trial) => trial.begun.size));
  const rest = state.trials.filter(
    (trial) => trial.status === 'finished' && !front.has(trial) && trial.begun.size >= cells,
  );
  const { objectives } = settings;
  const vector = (trial: Trial) => vectorOf(trial.means, objectives);
  return nonDominated(rest, vector, directionsOf(objectives));
}

function membersWithCertainty(state: RunState, book: TrialBook, settings: TuneSettings): FrontMember[] {
  const front = book.front();
  if (state.phase === 'search') return front.map(memberOf);
  const pool = [...front, ...rivalsOf(state, book, settings)];
  const certainty = frontCertainty(pool, settings.objectives, createRng(`${settings.seed}/certainty`));
  return front.map((trial, at) => ({ ...memberOf(trial), onFront: elementAt(certainty, at) }));
}
