import { elementAt, valueAt } from '../core/element-at.ts';
import { estimatesOf } from '../domain/estimates.ts';
import { modelsOf } from '../domain/moa-config.ts';
import type { ObjectiveName } from '../domain/objective.ts';
import type { Baseline, FrontMember } from '../domain/run-result.ts';
import { directionsOf, frontHypervolume, nonDominated, ParetoFront, vectorOf } from '../pareto/index.ts';
import type { SearchState } from './search-state.ts';
import type { Trial } from './trial.ts';

/** Reads a search's trials: front, baselines, members. Everything is derived from the state and cached. */
export class TrialBook {
  readonly #state: SearchState;
  readonly #objectives: readonly ObjectiveName[];
  readonly #front: ParetoFront;
  /** Sorted members of the front; `undefined` after a change. */
  #members: readonly Trial[] | undefined;
  /** What the members were found by, where a strategy said what it believes. */
  #found: { readonly believed: readonly number[]; readonly searching: boolean } | undefined;
  /** `undefined` after a change of any. */
  #baselines: readonly Trial[] | undefined;
  #hypervolume: { readonly version: number; readonly value: number } | undefined;
  /** Counts the front's changes. */
  version = 0;

  constructor(state: SearchState, objectives: readonly ObjectiveName[]) {
    this.#state = state;
    this.#objectives = objectives;
    this.#front = new ParetoFront(directionsOf(objectives));
  }

  /** To be called whenever a trial has finished, or a finished trial has new tuning results. */
  changed(trial: Trial): void {
    if (trial.origin.operator === 'baseline') this.#baselines = undefined;
    if (trial.status !== 'finished') return;
    const was = this.#front.has(trial.id);
    const is = this.#front.insert(trial.id, vectorOf(trial.means, this.#objectives));
    if (!was && !is && this.#state.believed?.includes(trial.trial) !== true) return;
    this.#members = undefined;
    this.version++;
  }

  /**
   * Finished trials that no other dominates over the search's objectives, best score first. Where the strategy says
   * what it believes, that is the front as long as it searches, and the non-dominated of it afterwards, when they
   * were all measured on equal cells: a trial of few cells that was lucky is no rival to them.
   */
  front(): readonly Trial[] {
    const { believed, searching } = this.#state;
    if (believed !== null && (this.#found?.believed !== believed || this.#found.searching !== searching)) {
      this.#found = { believed, searching };
      this.#members = undefined;
      this.version++;
    }
    this.#members ??= this.#find().sort(byScore);
    return this.#members;
  }

  /** Trials of which the final front is made: its members, and those that may still become some. */
  finalists(): readonly Trial[] {
    const { believed, trials } = this.#state;
    return believed === null ? this.front() : believed.map((trial) => elementAt(trials, trial));
  }

  #find(): Trial[] {
    const { believed, byId, searching } = this.#state;
    if (believed === null) return this.#front.members().map(({ id }) => valueAt(byId, id));
    const finalists = [...this.finalists()];
    if (searching) return finalists;
    const vector = (trial: Trial) => vectorOf(trial.means, this.#objectives);
    return nonDominated(finalists, vector, directionsOf(this.#objectives));
  }

  /** Finished single-model baselines, best score first. */
  baselines(): readonly Trial[] {
    this.#baselines ??= this.#state.trials
      .filter(({ origin, status }) => origin.operator === 'baseline' && status === 'finished')
      .sort(byScore);
    return this.#baselines;
  }

  hypervolume(): number {
    const members = this.front();
    if (this.#hypervolume?.version !== this.version) {
      const value = frontHypervolume(
        members.map(({ estimates }) => estimates),
        this.#objectives,
      );
      this.#hypervolume = { version: this.version, value };
    }
    return this.#hypervolume.value;
  }

  bestScore(): number | null {
    return this.front()[0]?.means.score ?? null;
  }
}

/** Best first; of equals, and of those without a score, the older. */
function byScore(first: Trial, second: Trial): number {
  const score = ({ estimates }: Trial): number => estimates.score.mean ?? -1;
  return score(second) - score(first) || first.trial - second.trial;
}

/** A trial as a member of the front. */
export function memberOf(trial: Trial): FrontMember {
  const { id, config, origin, estimates } = trial;
  const holdout = trial.scored('holdout').map(({ measurement }) => measurement);
  return {
    id,
    config,
    objectives: estimates,
    holdout: holdout.length === 0 ? null : estimatesOf(holdout),
    cells: trial.measurements().length,
    origin,
  };
}

export function baselineOf(trial: Trial): Baseline {
  return { ...memberOf(trial), label: `single ${modelsOf(trial.config).join(', ')}` };
}
