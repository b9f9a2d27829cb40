import { defined } from '../core/defined.ts';
import type { CellResult } from '../domain/cell-result.ts';
import { estimatesOf, meansOf } from '../domain/estimates.ts';
import { FailureCount } from '../domain/failed-stages.ts';
import type { ProviderLoads } from '../domain/load/provider-loads.ts';
import type { ProviderLoad } from '../domain/load/slowness.ts';
import type { ConfigId, MoaConfig } from '../domain/moa-config.ts';
import type { Estimates, Measurement } from '../domain/objective.ts';
import type { SearchEventOf } from './search-events.ts';
import type { Origin, TrialReport } from './strategy.ts';

export interface ScoredCell {
  readonly key: string;
  readonly measurement: Measurement;
}

/** Cells of a split, as they were told when there were so many results. */
interface Scored {
  readonly results: number;
  readonly loads: number;
  readonly cells: readonly ScoredCell[];
}

/** Estimates of the cells that they are of. */
interface Known {
  readonly of: readonly ScoredCell[];
  readonly estimates: Estimates;
}

const estimated = (cells: readonly ScoredCell[], known: Known | undefined): Known =>
  known?.of === cells
    ? known
    : { of: cells, estimates: estimatesOf(cells.map(({ measurement }) => measurement)) };

/** A config under evaluation. Changes only as events of the search are folded (search-state.ts). */
export class Trial {
  readonly trial: number;
  readonly id: ConfigId;
  readonly config: MoaConfig;
  readonly origin: Origin;
  /** Finished cells by cell key, in order of finishing. */
  readonly results = new Map<string, CellResult>();
  /** Keys of cells that were ever started and not abandoned. */
  readonly begun = new Set<string>();
  status: 'running' | 'finished' | 'dropped' | 'failed' = 'running';
  /** Tuning cells that it may begin, from the first of the search's. */
  granted: number;
  /** Tuning cells of it that are under way. */
  openCells = 0;
  /** Tuning cells among {@link begun}. */
  tuningBegun = 0;
  readonly #loads: ProviderLoads | undefined;
  readonly #scored: Partial<Record<'tuning' | 'holdout', Scored>> = {};
  #failures: { results: number; readonly all: FailureCount; readonly tuning: FailureCount } | undefined;
  #estimates: Known | undefined;
  #holdoutEstimates: Known | undefined;

  /** @param loads by which latencies are told as one user would see them; absent: as they were measured */
  constructor(
    { trial, id, config, origin, granted }: Omit<SearchEventOf<'trial-started'>, 'kind'>,
    loads?: ProviderLoads,
  ) {
    this.#loads = loads;
    this.trial = trial;
    this.id = id;
    this.config = config;
    this.origin = origin;
    this.granted = granted ?? Number.MAX_SAFE_INTEGER;
  }

  /** Its scored tuning cells, in order of finishing. */
  measurements(): readonly ScoredCell[] {
    return this.scored('tuning');
  }

  /** Scored cells of one split, in order of finishing; the same list until there is news of any. */
  scored(split: 'tuning' | 'holdout'): readonly ScoredCell[] {
    const loads = this.#loads?.version ?? 0;
    const known = this.#scored[split];
    if (known?.results === this.results.size && known.loads === loads) return known.cells;
    // A result stays as it is: those from before need not be measured again.
    const before = known?.loads === loads ? known : { results: 0, cells: [] };
    const start = `${split}/`;
    const found: ScoredCell[] = [];
    let at = 0;
    for (const [key, result] of this.results) {
      if (at++ < before.results) continue;
      if (key.startsWith(start) && result.grade.kind === 'scored')
        found.push({ key, measurement: this.measured(result) });
    }
    const cells = found.length === 0 ? before.cells : [...before.cells, ...found];
    this.#scored[split] = { results: this.results.size, loads, cells };
    return cells;
  }

  /** The stages that failed in its answers, scored or not: in all, or in those to tuning questions. */
  failures(of: 'all' | 'tuning'): FailureCount {
    this.#failures ??= { results: 0, all: new FailureCount(), tuning: new FailureCount() };
    let at = 0;
    for (const [key, result] of this.results) {
      if (at++ < this.#failures.results) continue;
      this.#failures.all.add(result);
      if (key.startsWith('tuning/')) this.#failures.tuning.add(result);
    }
    this.#failures.results = this.results.size;
    return this.#failures[of];
  }

  /** What its latencies are told at; `undefined`: as they were measured. */
  get slowdown(): Readonly<Record<string, ProviderLoad>> | undefined {
    return this.#loads?.told;
  }

  /** A cell's measurement, as {@link scored} tells it. */
  measured(result: CellResult): Measurement {
    return this.#loads?.measured(result) ?? result.measurement;
  }

  /** Mean and 95% interval of each objective over its scored tuning cells. */
  get estimates(): Estimates {
    this.#estimates = estimated(this.measurements(), this.#estimates);
    return this.#estimates.estimates;
  }

  /** The same over its holdout cells; `null` where none is scored. */
  get holdoutEstimates(): Estimates | null {
    const cells = this.scored('holdout');
    if (cells.length === 0) return null;
    this.#holdoutEstimates = estimated(cells, this.#holdoutEstimates);
    return this.#holdoutEstimates.estimates;
  }

  get means(): Measurement {
    return meansOf(this.estimates);
  }

  /** What a strategy is told of it. */
  report(): TrialReport {
    const { id, config, origin, status, estimates, granted } = this;
    const unfitRouter = unfitRouterOf(config, this.failures('tuning'));
    const concluded = status === 'running' ? 'finished' : status;
    const cells = this.measurements();
    return { id, config, origin, status: concluded, estimates, cells, granted, ...defined({ unfitRouter }) };
  }
}

/** Fewer answers say nothing of a router. */
const leastRouted = 8;

function unfitRouterOf({ stages: [opening] }: MoaConfig, failures: FailureCount): string | undefined {
  if (opening?.kind !== 'route') return undefined;
  const isUnfit = failures
    .inShare(1)
    .some(({ stage, code, of }) => stage === 'stages[0]' && code === 'router-fallback' && of >= leastRouted);
  return isUnfit ? opening.router.model : undefined;
}
