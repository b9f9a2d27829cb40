import { elementAt, valueAt } from '../core/element-at.ts';
import { remembered } from '../core/remembered.ts';
import { type BestChoice, bestOf } from '../domain/best.ts';
import type { Bounds } from '../domain/bounds.ts';
import { cellOfKey } from '../domain/cell.ts';
import { answersAlone, nearlyAlways } from '../domain/failed-stages.ts';
import {
  asGoodAsAll,
  cameBy,
  isBaseline,
  type MeasuredCell,
  type MeasuredConfig,
  ownSystem,
} from '../domain/headliners.ts';
import type { ObjectiveName } from '../domain/objective.ts';
import { directionsOf, frontHypervolume, nonDominated, ParetoFront, vectorOf } from '../pareto/index.ts';
import { withoutHopeless } from './hopeful-models.ts';
import type { SearchState } from './search-state.ts';
import { warmStart } from './strategy.ts';
import type { ScoredCell, Trial } from './trial.ts';

/** So many of the configs that a search began with are finalists in any case. */
const mostGiven = 4;

/** What trials are to be good at, and within which bounds if any: they decide the front and the best together. */
export interface TrialAims {
  readonly objectives: readonly ObjectiveName[];
  readonly bounds?: Bounds;
}

/** Reads a search's trials: front, baselines, members. Everything is derived from the state and cached. */
export class TrialBook {
  readonly #state: SearchState;
  readonly aims: TrialAims;
  #front: ParetoFront;
  /** Sorted members of the front; `undefined` after a change. */
  #members: readonly Trial[] | undefined;
  /** What the members were found by, where a strategy said what it believes. */
  #found:
    | { readonly believed: readonly number[]; readonly searching: boolean; readonly finalists: number | null }
    | undefined;
  /** `undefined` after a change of any, as with {@link TrialBook.#given}. */
  #baselines: readonly Trial[] | undefined;
  /** The first of the finished trials that the search began with. */
  #given: readonly Trial[] | undefined;
  /** What of the providers' loads the front was found by. */
  #loads = 0;
  #hypervolume: { readonly of: readonly Trial[]; readonly value: number } | undefined;
  #version = 0;

  constructor(state: SearchState, aims: TrialAims) {
    this.#state = state;
    this.aims = aims;
    this.#front = new ParetoFront(directionsOf(aims.objectives));
  }

  /** To be called whenever a trial has finished, or a finished trial has begun a cell or has new tuning results. */
  changed(trial: Trial): void {
    if (isBaseline(trial.origin)) this.#baselines = undefined;
    if (isGiven(trial)) this.#given = undefined;
    if (trial.status !== 'finished') return;
    this.#version++;
    const was = this.#front.has(trial.id);
    const is = this.#front.insert(trial.id, vectorOf(trial.means, this.aims.objectives));
    const { believed, finalists } = this.#state;
    const isFinalist = finalists !== null && (finalists.trials.has(trial.trial) || hasAll(trial, finalists));
    if (!was && !is && !isFinalist && believed?.includes(trial.trial) !== true) return;
    this.#members = undefined;
  }

  /** Another number whenever front, finalists or baselines may be others, or have other results. */
  get version(): number {
    this.front();
    return this.#version;
  }

  /** To be called when the search has begun anew. */
  restart(): void {
    this.#baselines = undefined;
    this.#given = undefined;
    this.#found = undefined;
    this.#measureAgain([]);
  }

  /**
   * Finished trials that no other dominates over the search's objectives, best score first. Where the strategy says
   * what it believes, that is the front as long as it searches. Afterwards it is the non-dominated of all that were
   * then measured on equal cells: beliefs choose what is looked at again, and measurements what is on the front.
   */
  front(): readonly Trial[] {
    const { believed, searching, loads, trials } = this.#state;
    if (loads.version !== this.#loads) {
      this.#loads = loads.version;
      this.#measureAgain(trials);
    }
    const finalists = this.#state.finalists?.trials.size ?? null;
    const found = this.#found;
    const isKnown =
      found?.believed === believed && found.searching === searching && found.finalists === finalists;
    if (believed !== null && !isKnown) {
      this.#found = { believed, searching, finalists };
      this.#members = undefined;
      this.#version++;
    }
    this.#members ??= sortedByScore(this.#find());
    return this.#members;
  }

  /** All latencies are told otherwise: each member may have been put there by what another was. */
  #measureAgain(trials: readonly Trial[]): void {
    this.#front = new ParetoFront(directionsOf(this.aims.objectives));
    for (const trial of trials)
      if (trial.status === 'finished')
        this.#front.insert(trial.id, vectorOf(trial.means, this.aims.objectives));
    this.#members = undefined;
    this.#version++;
  }

  /**
   * Trials that are to be measured on equal cells when the search is over: the front; where the strategy goes by
   * beliefs, also what measures on the front without being believed in, and the best baselines. The first configs that
   * the search began with are among them, so that an earlier run's best is not lost by bad luck on few cells.
   *
   * @param baselines so many at most
   */
  finalists(baselines: number): readonly Trial[] {
    const { believed, trials } = this.#state;
    this.#given ??= trials
      .filter((trial) => isGiven(trial) && trial.status === 'finished')
      .slice(0, mostGiven);
    const given = this.#given;
    if (believed === null)
      return given.length === 0 ? this.front() : [...new Set([...this.front(), ...given])];
    const measured = this.#front.ids().map((id) => valueAt(this.#state.byId, id));
    return [
      ...new Set([
        ...believed.map((trial) => elementAt(trials, trial)),
        ...this.baselines().slice(0, baselines),
        ...given,
        ...measured.sort(byScore),
      ]),
    ];
  }

  /**
   * Those among whom the best is: the front, and whoever else was measured on as many tuning cells as its members.
   * While trials of few cells are about, only baselines are; in the end also those that a limit or the time left fewer.
   */
  contenders(): readonly Trial[] {
    const { finalists, trials, searching } = this.#state;
    const front = this.front();
    const least = Math.min(...front.map((trial) => trial.measurements().length));
    const others =
      searching || finalists === null
        ? this.baselines()
        : [...finalists.trials].map((trial) => elementAt(trials, trial));
    const leastOf = ({ origin }: Trial): number => (searching || !isBaseline(origin) ? least : 1);
    const enough = others.filter(
      (trial) => trial.status === 'finished' && trial.measurements().length >= Math.max(1, leastOf(trial)),
    );
    return [...new Set([...front, ...enough])].sort(byScore);
  }

  /** A trial as the best and the headline are chosen by. */
  readonly measured = (trial: Trial): MeasuredConfig => {
    const { id, config, origin, means } = trial;
    const { finalists } = this.#state;
    return {
      ...{ id, config, means },
      operator: origin.operator,
      tuning: measuredCells(trial.measurements()),
      holdout: measuredCells(trial.scored('holdout')),
      hasEqualCells: finalists !== null && hasAll(trial, { cells: asGoodAsAll * finalists.cells }),
      holdoutBegun: trial.begun.size - trial.tuningBegun,
      answersAlone: answersAlone(config, trial.failures('tuning').inShare(nearlyAlways)),
    };
  };

  /**
   * The best trial of the run ({@link bestOf}); `undefined` where nothing was scored.
   * @param as what each is chosen by. @defaultValue all that was measured of it
   */
  best(as: (trial: Trial) => MeasuredConfig = this.measured): BestChoice<Trial> | undefined {
    const contenders = this.contenders();
    const front = new Set(this.front().map(({ id }) => id));
    const isOnFront = ({ id }: MeasuredConfig): boolean => front.has(id);
    const choice = bestOf(contenders.map(as), this.aims.objectives, this.aims.bounds, isOnFront);
    if (choice === undefined) return undefined;
    const trialOf = ({ id }: MeasuredConfig): Trial => valueAt(this.#state.byId, id);
    const { best, overruled } = choice;
    return { best: trialOf(best), ...(overruled === undefined ? {} : { overruled: trialOf(overruled) }) };
  }

  #find(): Trial[] {
    const { believed, byId, trials, finalists, searching } = this.#state;
    if (believed === null) return this.#front.ids().map((id) => valueAt(byId, id));
    const members = believed.map((trial) => elementAt(trials, trial));
    if (searching) return members;
    // A trial of few cells that was lucky is no rival until it has as many as they; whoever has is one, finalist or not.
    const whole = finalists === null ? [] : trials.filter((trial) => hasAll(trial, finalists));
    const hopeful = new Set(withoutHopeless(whole));
    const rivals = whole.filter((trial) => hopeful.has(trial) || finalists?.trials.has(trial.trial) === true);
    const { objectives } = this.aims;
    const undominated = (of: readonly Trial[]) =>
      nonDominated([...new Set(of)], ({ means }) => vectorOf(means, objectives), directionsOf(objectives));
    const front = undominated([...members, ...rivals]);
    // A baseline that could not get its cells stands beside those that have theirs, and takes no place from them.
    const short = trials.filter(
      (trial) => isShort(trial, finalists) && undominated([...front, trial]).includes(trial),
    );
    return [...new Set([...front, ...short])];
  }

  /** Finished baselines: the user's own systems, then single models, each best score first. */
  baselines(): readonly Trial[] {
    this.#baselines ??= this.#state.trials
      .filter(({ origin, status }) => isBaseline(origin) && status === 'finished')
      .sort((a, b) => ownFirst(a) - ownFirst(b) || byScore(a, b));
    return this.#baselines;
  }

  hypervolume(): number {
    const members = this.front();
    if (this.#hypervolume?.of !== members) {
      const value = frontHypervolume(
        members.map(({ estimates }) => estimates),
        this.aims.objectives,
      );
      this.#hypervolume = { of: members, value };
    }
    return this.#hypervolume.value;
  }

  bestScore(): number | null {
    return this.front()[0]?.means.score ?? null;
  }
}

/** Whether a finished trial has begun as many tuning cells as each finalist gets. */
const hasAll = ({ status, tuningBegun }: Trial, { cells }: { readonly cells: number }): boolean =>
  status === 'finished' && tuningBegun >= cells;

/** Whether a baseline was to get as many tuning cells as all finalists and has not. */
function isShort(trial: Trial, finalists: SearchState['finalists']): boolean {
  const isFinalist = trial.status === 'finished' && finalists?.trials.has(trial.trial) === true;
  return isFinalist && isBaseline(trial.origin) && !hasAll(trial, finalists);
}

/** Best first; of equals, and of those without a score, the older. */
export function byScore(first: Trial, second: Trial): number {
  return scoreOf(second) - scoreOf(first) || first.trial - second.trial;
}

const scoreOf = ({ estimates }: Trial): number => estimates.score.mean ?? -1;

/** The same order, each score looked up once. */
function sortedByScore(trials: readonly Trial[]): Trial[] {
  const scored = trials.map((trial) => ({ trial, score: scoreOf(trial) }));
  scored.sort((a, b) => b.score - a.score || a.trial.trial - b.trial.trial);
  return scored.map(({ trial }) => trial);
}

/** By a trial's list, which is another where there is news: the end asks for all trials with every call. */
const known = new WeakMap<readonly ScoredCell[], readonly MeasuredCell[]>();

function measuredCells(cells: readonly ScoredCell[]): readonly MeasuredCell[] {
  return remembered(known, cells, () =>
    cells.map(({ key, measurement }) => {
      return { cell: key, instance: cellOfKey(key).instance, score: measurement.score as number };
    }),
  );
}

const isGiven = ({ origin }: Trial): boolean => cameBy(warmStart, origin.operator);

const ownFirst = ({ origin }: Trial): number => (cameBy(ownSystem, origin.operator) ? 0 : 1);
