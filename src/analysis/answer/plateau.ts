import { baseline, cameBy } from '../../domain/headliners.ts';
import { type ObjectiveName, objectiveDirections } from '../../domain/objective.ts';
import { frontHypervolume, ParetoFront } from '../../pareto/index.ts';
import type { Effort } from '../../run/run-state.ts';
import type { PastTrial, RunHistory } from './history.ts';

/** When a run's front came to rest, judged by what its trials measure by now. */
export interface Plateau {
  /** When the last trial came in that moved the front; `null` where there is no front. */
  readonly lastMove: Effort | null;
  /** Evaluations of the search after it. */
  readonly evaluationsSince: number;
  /** When 95% of what the search added to the single models' hypervolume was there; `null` if it added none. */
  readonly nearlyAll: Effort | null;
  /** When the best-scoring config came in. */
  readonly best: Effort | null;
  /** Hypervolume of the single models' front, and of the final one. */
  readonly hypervolume: { readonly baselines: number; readonly final: number };
}

const nearlyAllShare = 0.95;

/**
 * Replays the trials in the order in which they were concluded, with the estimates that they have at the
 * end, so that a lucky first look which was corrected later does not count as a move.
 */
export function plateauOf(history: RunHistory, objectives: readonly ObjectiveName[]): Plateau {
  const ordered = history.trials
    .filter(({ finalist }) => finalist)
    .sort((a, b) => a.at.evaluations - b.at.evaluations);
  const baselines = ordered.filter(({ operator }) => cameBy(baseline, operator));
  const moves = movesOf(ordered, objectives);
  const last = moves.at(-1);
  const final = last?.hypervolume ?? 0;
  const before = movesOf(baselines, objectives).at(-1)?.hypervolume ?? 0;
  const goal = before + nearlyAllShare * (final - before);
  const best = history.trials.find(({ id }) => id === history.best);
  return {
    lastMove: last?.at ?? null,
    evaluationsSince: last === undefined ? 0 : Math.max(0, history.search.evaluations - last.at.evaluations),
    nearlyAll: final > before ? (moves.find(({ hypervolume }) => hypervolume >= goal)?.at ?? null) : null,
    best: best?.at ?? null,
    hypervolume: { baselines: before, final },
  };
}

function movesOf(
  trials: readonly PastTrial[],
  objectives: readonly ObjectiveName[],
): { readonly at: Effort; readonly hypervolume: number }[] {
  const front = new ParetoFront(objectives.map((name) => objectiveDirections[name]));
  const byId = new Map(trials.map((trial) => [trial.id, trial]));
  const moves: { at: Effort; hypervolume: number }[] = [];
  for (const trial of trials) {
    const entered = front.insert(
      trial.id,
      objectives.map((name) => trial.estimates[name].mean),
    );
    if (!entered) continue;
    const members = front.members().flatMap(({ id }) => byId.get(id)?.estimates ?? []);
    moves.push({ at: trial.at, hypervolume: frontHypervolume(members, objectives) });
  }
  return moves;
}
