import type { Cell } from '../../../../src/domain/cell.ts';
import type { ConfigId, MoaConfig } from '../../../../src/domain/moa-config.ts';
import type { Measurement, ObjectiveName } from '../../../../src/domain/objective.ts';
import type { SearchSpace } from '../../../../src/search/space.ts';

/** What a config is truly worth: over all questions there are, or on the holdout of a real matrix. */
export interface Truth {
  readonly score: number;
  readonly latency: number;
  readonly tokens: number;
  /** Absent where the world has no prices. */
  readonly usd?: number;
}

export interface Paid {
  readonly measurement: Measurement;
  /** Tokens of the cell's calls that this run had not made before. */
  readonly paidTokens: number;
}

/** Switches of an ablation; both on by default. */
export interface MeasuringOptions {
  /** Equal calls of one run are paid once. */
  readonly sharing?: boolean;
  /** Configs that make the same call get the same answer; otherwise each config draws its own. */
  readonly commonNumbers?: boolean;
}

/** One run's view of a world: its tuning questions and the calls that it has paid for. */
export interface WorldRun {
  /** Tuning cells in the order in which fidelity grows. */
  readonly cells: readonly Cell[];
  /** So many of them make the highest level; later ones are fresh samples for re-evaluation. */
  readonly searchCells: number;
  measure(config: MoaConfig, cell: Cell, id: ConfigId): Paid;
}

/** A search problem whose right answer is known. Everything follows from the names and seeds. */
export interface World {
  readonly name: string;
  /** What it is like and where its optimum lies, in a line. */
  readonly description: string;
  readonly space: SearchSpace;
  readonly objectives: readonly ObjectiveName[];
  /** The tuning questions, calls and noise of one seed. */
  start(seed: number, options?: MeasuringOptions): WorldRun;
  /** The same for all seeds, and never seen by a search. */
  truth(config: MoaConfig, id: ConfigId): Truth;
}
