import { defined } from '../core/defined.ts';
import { elementAt, valueAt } from '../core/element-at.ts';
import { createRng } from '../core/rng.ts';
import type { CellResult } from '../domain/cell-result.ts';
import { type Headline, headlineOf } from '../domain/headline.ts';
import type { ConfigId } from '../domain/moa-config.ts';
import type { FrontFile, FrontMember } from '../domain/run-result.ts';
import { directionsOf, nonDominated, vectorOf } from '../pareto/index.ts';
import { baselineOf, memberOf } from '../search/members.ts';
import { chanceOnFront, frontCertainty } from '../search/scheduling/front-certainty.ts';
import type { Trial } from '../search/trial.ts';
import type { TrialBook } from '../search/trial-book.ts';
import { writingResultOf } from './drafts/writing-result.ts';
import { shortBaselines } from './end/short-baselines.ts';
import { cutOffOf, emptyOf } from './model-troubles.ts';
import { countEvaluations, type RunState, spentOf } from './run-state.ts';
import { sumOfReserved } from './spending.ts';
import type { TuneSettings } from './types.ts';

/** What a run has found, from its state alone. */
export function frontFileOf(
  state: RunState,
  book: TrialBook,
  settings: TuneSettings,
  task: string,
  end: { readonly interrupted: boolean; readonly at: number; readonly servers?: readonly string[] },
): FrontFile {
  const isDone = state.phase === 'done';
  const ended = isDone ? (state.ended ?? 'evaluations') : end.interrupted ? 'interrupted' : 'running';
  const results = state.trials.flatMap((trial) => [...trial.results.values()]);
  const timedOut = countTimedOut(results);
  const unscored = unscoredOf(results);
  const cutOff = cutOffOf(state.trials);
  const empty = emptyOf(state.trials);
  const front = membersWithCertainty(state, book, settings);
  const baselines = book.baselines().map(baselineOf);
  const { best, overruled } = book.best() ?? {};
  const short = shortBaselines(state, book, best);
  const headline = headlineOfRun(state, book, settings, best?.id);
  const shown = new Set([...front, ...baselines].map(({ id }) => id));
  const named = [...(best === undefined ? [] : [best.id]), ...(headline?.lines ?? []).map(({ id }) => id)];
  const others = [...new Set(named)].filter((id) => !shown.has(id));
  return {
    version: 1,
    simulated: settings.simulated,
    task,
    strategy: settings.strategy,
    seed: settings.seed,
    objectives: settings.objectives,
    ...defined({ bounds: settings.bounds }),
    front,
    baselines,
    ...(others.length === 0 ? {} : { others: others.map((id) => memberOf(valueAt(state.byId, id))) }),
    ...defined({ best: best?.id, overruled: overruled?.id }),
    ...defined({ headline }),
    hypervolume: book.hypervolume(),
    // A run that is done spends no time where it is opened again.
    spent: spentOf(state, isDone ? state.at : end.at),
    ...(state.lost === null ? {} : { lost: state.lost }),
    // Simulated ones are served for the rest of their time when the run goes on.
    ...(ended !== 'interrupted' || settings.simulated || state.openCalls.size === 0
      ? {}
      : { inFlight: sumOfReserved(state.openCalls.values()) }),
    ...(state.gradingSpent.calls === 0 ? {} : { grading: state.gradingSpent }),
    evaluations: countEvaluations(state),
    ...defined({ slowdown: state.loads.told }),
    ...cutShortOf(state),
    ...defined({ unmeasured: unmeasuredOf(state, book, settings, ended) }),
    ...(short.length === 0 ? {} : { short }),
    ...defined({ writing: writingResultOf(state, book, settings) }),
    ...(timedOut === 0 ? {} : { timedOut }),
    ...defined({ unscored }),
    ...(cutOff.length === 0 ? {} : { cutOff }),
    ...(empty.length === 0 ? {} : { empty }),
    ...(end.servers === undefined || end.servers.length === 0 ? {} : { servers: end.servers }),
    ended,
  };
}

function headlineOfRun(
  state: RunState,
  book: TrialBook,
  { objectives, bounds }: TuneSettings,
  best: ConfigId | undefined,
): Headline | undefined {
  const plain = (state.plain ?? []).flatMap(({ kind, trial }) => {
    const found = state.trials[trial];
    return found === undefined || found.measurements().length === 0
      ? []
      : [{ kind, of: book.measured(found) }];
  });
  return headlineOf(book.contenders().map(book.measured), plain, { objectives, bounds, best });
}

function cutShortOf({ cutShort: of, trials }: RunState): Pick<FrontFile, 'cutShort'> {
  if (of === null) return {};
  const finished = trials.filter(({ status }) => status === 'finished');
  const cells = Math.max(...finished.map((trial) => trial.measurements().length));
  return { cutShort: { cells, of, others: trials.length - finished.length } };
}

function unmeasuredOf(
  { phase, holdoutPlan, lacked }: RunState,
  book: TrialBook,
  { holdoutRepeats }: TuneSettings,
  ended: string,
): FrontFile['unmeasured'] {
  const front = book.front();
  const cells = front.map((trial) => trial.scored('holdout').length);
  // What the result is about may have more than all are to have.
  const most = Math.min(Math.max(0, ...cells), holdoutPlan?.cells ?? Number.POSITIVE_INFINITY);
  const points = cells.filter((count) => count === 0).length;
  const partly = cells.filter((count) => count > 0 && count < most).length;
  if (holdoutRepeats === 0 || phase === 'search' || points + partly === 0) return undefined;
  const placed = new Set(holdoutPlan?.trials);
  const isLeftOut = front.some(({ trial }) => !placed.has(trial));
  const because = phase === 'done' ? (lacked ?? (isLeftOut ? 'left-out' : 'unscored')) : ended;
  return { points, partly, of: cells.length, because };
}

function countTimedOut(results: readonly CellResult[]): number {
  return results.filter(({ grade }) => grade.kind === 'scored' && grade.timedOut === true).length;
}

function unscoredOf(results: readonly CellResult[]): FrontFile['unscored'] {
  const reasons = results.flatMap(({ grade, reason }) =>
    grade.kind === 'scored' ? [] : [reason ?? grade.reason],
  );
  const last = reasons.at(-1);
  return last === undefined ? undefined : { answers: reasons.length, of: results.length, last };
}

/** Rivals off the front that may belong on it: the best of the rest with as many cells as the poorest member. */
function rivalsOf(state: RunState, book: TrialBook, settings: TuneSettings): Trial[] {
  const front = new Set(book.front());
  const cells = Math.min(...[...front].map((trial) => trial.tuningBegun));
  const rest = state.trials.filter(
    (trial) => trial.status === 'finished' && !front.has(trial) && trial.tuningBegun >= cells,
  );
  const { objectives } = settings;
  const vector = (trial: Trial) => vectorOf(trial.means, objectives);
  return nonDominated(rest, vector, directionsOf(objectives));
}

function membersWithCertainty(state: RunState, book: TrialBook, settings: TuneSettings): FrontMember[] {
  const front = book.front();
  if (state.phase === 'search') return front.map(memberOf);
  const rivals = rivalsOf(state, book, settings);
  const rng = createRng(`${settings.seed}/certainty`);
  const certainty = frontCertainty(front, settings.objectives, rng, { rivals });
  return front.map((trial, at) => ({ ...memberOf(trial), onFront: chanceOnFront(elementAt(certainty, at)) }));
}
