import { valueAt } from '../core/element-at.ts';
import { isBaseline } from '../domain/headliners.ts';
import type { ObjectiveName } from '../domain/objective.ts';
import { directionsOf, frontHypervolume, ParetoFront, vectorOf } from '../pareto/index.ts';
import type { Trial } from '../search/trial.ts';
import type { RunRecord } from './run-record.ts';

/** What a run had found by one of its milestones. */
export interface Found {
  /** Index in the record's milestones. */
  readonly milestone: number;
  /** Highest mean score. */
  readonly best: number | null;
  readonly hypervolume: number;
  /** That of the single models alone; `null` as long as none has as many answers as the front. */
  readonly singles: number | null;
}

/**
 * What a run had found by and by, an entry whenever that changed. It is judged by what is measured by now, of those
 * alone who may be the best ({@link TrialBook.contenders}): a trial that was lucky on its first answers would stand
 * above all that comes later, and the run would seem to get worse where it only learns better.
 */
export function foundOf({ book, concludedBy }: RunRecord): Found[] {
  const { objectives } = book.aims;
  const ordered = book
    .contenders()
    .flatMap((trial) => {
      const milestone = concludedBy(trial);
      return milestone === undefined ? [] : [{ trial, milestone }];
    })
    .sort((a, b) => a.milestone - b.milestone);
  const volumes = { all: growing(objectives), singles: growing(objectives) };
  const found: Found[] = [];
  let best: number | null = null;
  let singles: number | null = null;
  for (const { trial, milestone } of ordered) {
    const { score } = trial.means;
    if (score !== null && (best === null || score > best)) best = score;
    if (isBaseline(trial.origin)) singles = volumes.singles(trial);
    const now = { milestone, best, hypervolume: volumes.all(trial), singles };
    const last = found.at(-1);
    if (last !== undefined && isSame(last, now)) continue;
    if (last?.milestone === milestone) found.pop();
    found.push(now);
  }
  return found;
}

/** Takes in one trial after the other, and gives the hypervolume of the front so far. */
function growing(objectives: readonly ObjectiveName[]): (trial: Trial) => number {
  const front = new ParetoFront(directionsOf(objectives));
  const byId = new Map<string, Trial>();
  let volume = 0;
  return (trial) => {
    if (!front.insert(trial.id, vectorOf(trial.means, objectives))) return volume;
    byId.set(trial.id, trial);
    const members = front.ids().map((id) => valueAt(byId, id).estimates);
    volume = frontHypervolume(members, objectives);
    return volume;
  };
}

const isSame = (a: Found, b: Found): boolean =>
  a.best === b.best && a.hypervolume === b.hypervolume && a.singles === b.singles;
