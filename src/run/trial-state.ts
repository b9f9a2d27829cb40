import type { ConfigId, MoaConfig } from '../domain/moa-config.ts';
import type { Measurement } from '../domain/objective.ts';
import type { Origin } from '../search/strategy.ts';
import type { CellResult, RunEventOf } from './events.ts';

/** A config under evaluation, as the journal tells it. */
export interface TrialState {
  readonly trial: number;
  readonly id: ConfigId;
  readonly config: MoaConfig;
  readonly origin: Origin;
  /** Finished cells by cell key, in order of finishing. */
  readonly results: Map<string, CellResult>;
  /** Keys of cells that were ever started and not abandoned. */
  readonly begun: Set<string>;
  /** How many they are, without making the set. */
  readonly begunCount: number;
  status: 'running' | 'finished' | 'dropped' | 'failed';
  /** Tuning cells that it may begin, from the first of the search's. */
  granted: number;
  /** Cells of it that are under way. */
  openCells: number;
  readonly inFlight: boolean;
  /** Its scored tuning cells, in order of finishing. */
  measurements(): readonly ScoredCell[];
}

export interface ScoredCell {
  readonly key: string;
  readonly measurement: Measurement;
}

/** A trial of this process, or one whose events were read one by one. */
export class StartedTrial implements TrialState {
  readonly trial: number;
  readonly id: ConfigId;
  readonly config: MoaConfig;
  readonly origin: Origin;
  readonly results = new Map<string, CellResult>();
  readonly begun = new Set<string>();
  status: TrialState['status'] = 'running';
  granted: number;
  openCells = 0;
  #scored: { readonly results: number; readonly cells: readonly ScoredCell[] } | undefined;

  constructor({ trial, id, config, origin, granted }: Omit<RunEventOf<'trial-started'>, 'kind' | 'at'>) {
    this.trial = trial;
    this.id = id;
    this.config = config;
    this.origin = origin;
    this.granted = granted ?? Number.MAX_SAFE_INTEGER;
  }

  get begunCount(): number {
    return this.begun.size;
  }

  get inFlight(): boolean {
    return this.openCells > 0;
  }

  measurements(): readonly ScoredCell[] {
    if (this.#scored?.results !== this.results.size) {
      this.#scored = { results: this.results.size, cells: scoredCells(this.results, 'tuning') };
    }
    return this.#scored.cells;
  }
}

/** Scored cells of one split, in order of finishing. */
export function scoredCells(
  results: ReadonlyMap<string, CellResult>,
  split: 'tuning' | 'holdout',
): ScoredCell[] {
  const found: ScoredCell[] = [];
  for (const [key, result] of results) {
    if (key.startsWith(`${split}/`) && result.grade.kind === 'scored') {
      found.push({ key, measurement: result.measurement });
    }
  }
  return found;
}
