import type { Cell } from '../domain/cell.ts';
import { estimatesOf, meansOf } from '../domain/estimates.ts';
import { modelsOf } from '../domain/moa-config.ts';
import { type Estimates, type ObjectiveName, objectiveDirections } from '../domain/objective.ts';
import type { Baseline, FrontMember } from '../domain/run-result.ts';
import { directionsOf, nonDominated, ParetoFront, vectorOf } from '../pareto/index.ts';
import type { TrialReport } from '../search/strategy.ts';
import { frontHypervolume } from './normalise.ts';
import type { RunState } from './run-state.ts';
import { type ScoredCell, scoredCells, type TrialState } from './trial-state.ts';

interface CountedEstimates {
  readonly count: number;
  readonly estimates: Estimates;
}

/** Reads a run's trials: estimates, front, baselines. Everything is derived from the state and cached. */
export class TrialBook {
  readonly #state: RunState;
  readonly #objectives: readonly ObjectiveName[];
  /** Of the front's members, by trial and split; of others only the last one asked for is kept. */
  readonly #kept = new Map<string, CountedEstimates>();
  #last: { readonly name: string; readonly counted: CountedEstimates } | undefined;
  readonly #front: ParetoFront;
  /** Sorted members of the front; `undefined` after a change. */
  #members: readonly TrialState[] | undefined;
  /** What the members were found by, where a strategy said what it believes. */
  #found: { readonly believed: readonly number[]; readonly phase: RunState['phase'] } | undefined;

  constructor(state: RunState, objectives: readonly ObjectiveName[]) {
    this.#state = state;
    this.#objectives = objectives;
    this.#front = new ParetoFront(objectives.map((name) => objectiveDirections[name]));
  }

  /** Counts the front's changes. */
  version = 0;
  #hypervolume: { readonly version: number; readonly value: number } | undefined;

  /** To be called whenever a trial has finished, or a finished trial has new tuning results. */
  changed(trial: TrialState): void {
    if (trial.status !== 'finished') return;
    const estimates = this.estimates(trial);
    const was = this.#front.has(trial.id);
    const is = this.#front.insert(
      trial.id,
      this.#objectives.map((name) => estimates[name].mean),
    );
    if (!was && !is && this.#state.believed?.includes(trial.trial) !== true) return;
    this.#members = undefined;
    this.version++;
  }

  estimates(trial: TrialState, split: Cell['split'] = 'tuning'): Estimates {
    const cells = measurementsOf(trial, split);
    const name = `${trial.trial}/${split}`;
    const known = this.#last?.name === name ? this.#last.counted : this.#kept.get(name);
    if (known?.count === cells.length) return known.estimates;
    const counted = { count: cells.length, estimates: estimatesOf(cells.map((cell) => cell.measurement)) };
    this.#last = { name, counted };
    if (this.#front.has(trial.id)) this.#kept.set(name, counted);
    return counted.estimates;
  }

  /**
   * Finished trials that no other dominates over the run's objectives, best score first. Where the strategy says
   * what it believes, that is the front as long as it searches, and the non-dominated of it afterwards, when they
   * were all measured on equal cells: a trial of few cells that was lucky is no rival to them.
   */
  front(): readonly TrialState[] {
    const { believed, phase } = this.#state;
    if (believed !== null && (this.#found?.believed !== believed || this.#found.phase !== phase)) {
      this.#found = { believed, phase };
      this.#members = undefined;
      this.version++;
    }
    this.#members ??= this.#find().sort((first, second) => this.#byScore(first, second));
    return this.#members;
  }

  /** Trials of which the final front is made: its members, and those that may still become some. */
  finalists(): readonly TrialState[] {
    const { believed, trials } = this.#state;
    return believed === null ? this.front() : believed.map((trial) => trials[trial] as TrialState);
  }

  #find(): TrialState[] {
    const { believed, byId, phase } = this.#state;
    if (believed === null) return this.#front.members().map(({ id }) => byId.get(id) as TrialState);
    const finalists = [...this.finalists()];
    if (phase === 'search') return finalists;
    return nonDominated(
      finalists,
      (trial) => vectorOf(meansOf(this.estimates(trial)), this.#objectives),
      directionsOf(this.#objectives),
    );
  }

  /** Finished single-model baselines, best score first. */
  baselines(): TrialState[] {
    return this.#state.trials
      .filter((trial) => trial.origin.operator === 'baseline' && trial.status === 'finished')
      .sort((a, b) => this.#byScore(a, b));
  }

  hypervolume(): number {
    if (this.#hypervolume?.version !== this.version) {
      const members = this.front().map((trial) => this.estimates(trial));
      this.#hypervolume = { version: this.version, value: frontHypervolume(members, this.#objectives) };
    }
    return this.#hypervolume.value;
  }

  bestScore(): number | null {
    const scores = this.front().map((trial) => this.estimates(trial).score.mean);
    return scores.reduce<number | null>(
      (best, score) => (best === null || (score ?? -1) > best ? score : best),
      null,
    );
  }

  member(trial: TrialState): FrontMember {
    const holdout = measurementsOf(trial, 'holdout');
    return {
      id: trial.id,
      config: trial.config,
      objectives: this.estimates(trial),
      holdout: holdout.length === 0 ? null : this.estimates(trial, 'holdout'),
      cells: measurementsOf(trial, 'tuning').length,
      origin: trial.origin,
    };
  }

  baseline(trial: TrialState): Baseline {
    return { ...this.member(trial), label: `single ${modelsOf(trial.config).join(', ')}` };
  }

  report(trial: TrialState): TrialReport {
    return {
      id: trial.id,
      // Read when it is asked for: a trial that was loaded parses its config only then.
      get config() {
        return trial.config;
      },
      trial,
      origin: trial.origin,
      status: trial.status === 'running' ? 'finished' : trial.status,
      estimates: this.estimates(trial),
      cells: trial.measurements(),
    };
  }

  #byScore(a: TrialState, b: TrialState): number {
    const score = (trial: TrialState): number => this.estimates(trial).score.mean ?? -1;
    return score(b) - score(a) || a.trial - b.trial;
  }
}

function measurementsOf(trial: TrialState, split: Cell['split']): readonly ScoredCell[] {
  return split === 'tuning' ? trial.measurements() : scoredCells(trial.results, split);
}

/** The cells of a split, repeat by repeat, so that early cells cover all instances. */
export function cellsOf(split: Cell['split'], instances: readonly { id: string }[], repeats: number): Cell[] {
  return Array.from({ length: repeats }, (_, repeat) =>
    instances.map((instance) => ({ split, instance: instance.id, repeat })),
  ).flat();
}
