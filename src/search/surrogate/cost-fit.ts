import { elementAt } from '../../core/element-at.ts';
import { float64At } from '../../core/linear.ts';
import { createRng, type Rng } from '../../core/rng.ts';
import type { EncodedConfig } from './encoded-config.ts';
import { growTree, leafOf, type TrainingSet, type Tree, varyingFeatures } from './extra-trees.ts';
import { Knowledge } from './knowledge.ts';
import type { LogEntry, TrialLog } from './trial-log.ts';

/** What one question is expected to cost. */
export interface ExpectedCosts {
  readonly tokens: number;
  readonly latency: number;
  /** NaN where no price is known. */
  readonly usd: number;
}

const trees = 8;
/** Trials that a fit learns from at most, by lot. */
const mostTrials = 1500;
const rowsPerStep = 100;
/** Cells after which a trial's mean costs are half signal: below, it counts for less. */
const halfCells = 4;
const minRows = 4;
/** A tree's node tries one column in so many. */
const columnsPerTry = 12;
/** Columns beside the encoded config's own: logarithms of the tokens and seconds that single models' costs add up to. */
const ownColumns = 2;

interface Known {
  readonly row: Float32Array;
  readonly logTokens: number;
  readonly logLatency: number;
  readonly logUsd: number;
}

/**
 * The model of what configs cost, as it was when the log had some length, with what single models tell of
 * all others: extremely randomised trees on the ratio of costs to what the single models' costs add up to. Fitting
 * is cut into steps, so that no single ask has to wait for all of it.
 */
export class CostFit {
  readonly position: number;
  readonly #log: TrialLog;
  readonly #rng: Rng;
  readonly #knowledge: Knowledge;
  readonly #entries: readonly LogEntry[];
  readonly #width: number;
  readonly #columns: readonly Float32Array[];
  readonly #weights: Float64Array;
  readonly #costs: readonly [Float64Array, Float64Array, Float64Array];
  readonly #trees: Tree[] = [];
  #training: { readonly training: TrainingSet; readonly features: Int32Array } | undefined;
  #prepared = 0;
  #done = 0;

  constructor(log: TrialLog, position: number) {
    this.position = position;
    this.#log = log;
    this.#rng = createRng(`costs/${position}`);
    const newest = log.newestAt(position);
    this.#knowledge = new Knowledge(log.trials, newest, log.encoder.models);
    this.#entries = chosen(newest, this.#rng.derive('rows'));
    this.#width = log.encoder.width + ownColumns;
    const rows = this.#entries.length;
    this.#columns = Array.from({ length: this.#width }, () => new Float32Array(rows));
    this.#weights = new Float64Array(rows);
    this.#costs = [new Float64Array(rows), new Float64Array(rows), new Float64Array(rows)];
  }

  /** Steps that it takes until {@link costsOf} may be called. */
  get steps(): number {
    return Math.ceil(this.#entries.length / rowsPerStep) + 1 + trees;
  }

  get knowledge(): Knowledge {
    return this.#knowledge;
  }

  /** False where too little was told to learn from. */
  get isUseful(): boolean {
    return this.#entries.length > 0 && !this.#knowledge.isEmpty;
  }

  /** Takes steps until so many have been taken. */
  advance(steps: number): void {
    while (this.#done < Math.min(steps, this.steps)) {
      if (this.#prepared < this.#entries.length) this.#prepare();
      else if (this.#training === undefined) this.#training = this.#lay();
      else this.#grow(this.#training);
      this.#done++;
    }
  }

  costsOf(encoded: EncodedConfig): ExpectedCosts {
    const known = this.#look(encoded);
    let tokens = 0;
    let latency = 0;
    let usd = 0;
    for (const tree of this.#trees) {
      const at = leafOf(tree, known.row) * tree.targets;
      tokens += float64At(tree.values, at) / this.#trees.length;
      latency += float64At(tree.values, at + 1) / this.#trees.length;
      usd += float64At(tree.values, at + 2) / this.#trees.length;
    }
    return {
      tokens: Math.exp(known.logTokens + tokens),
      latency: Math.exp(known.logLatency + latency),
      usd: Math.exp(known.logUsd + usd),
    };
  }

  #look(encoded: EncodedConfig): Known {
    const costs = this.#knowledge.costsOf(encoded.calls);
    const row = new Float32Array(this.#width);
    row.set(encoded.features);
    const [logTokens, logLatency] = [Math.log(costs.tokens + 1), Math.log(costs.latency + 0.01)];
    row.set([logTokens, logLatency], encoded.features.length);
    return { row, logTokens, logLatency, logUsd: Math.log(costs.usd + 1e-9) };
  }

  #prepare(): void {
    const end = Math.min(this.#entries.length, this.#prepared + rowsPerStep);
    for (let at = this.#prepared; at < end; at++) {
      const entry = elementAt(this.#entries, at);
      const known = this.#look(elementAt(this.#log.trials, entry.trial).encoded);
      known.row.forEach((value, feature) => {
        elementAt(this.#columns, feature)[at] = value;
      });
      this.#weights[at] = entry.cells / (entry.cells + halfCells);
      this.#costs[0][at] = ratio(entry.tokens, 1, known.logTokens);
      this.#costs[1][at] = ratio(entry.latency, 0.01, known.logLatency);
      this.#costs[2][at] = ratio(entry.usd, 1e-9, known.logUsd);
    }
    this.#prepared = end;
  }

  #lay(): { readonly training: TrainingSet; readonly features: Int32Array } {
    return {
      training: { columns: this.#columns, targets: this.#costs, weights: this.#weights },
      features: varyingFeatures(this.#columns),
    };
  }

  #grow({ training, features }: { readonly training: TrainingSet; readonly features: Int32Array }): void {
    const rows = Int32Array.from(this.#entries, (_, at) => at);
    const tries = Math.max(8, Math.ceil(features.length / columnsPerTry));
    const rng = this.#rng.derive('tree', this.#trees.length);
    this.#trees.push(growTree(training, rows, { minRows, tries, rng, features }));
  }
}

/** Log of a cost over what was expected of it; no news where either is unknown. */
function ratio(value: number | null, floor: number, expected: number): number {
  if (value === null || !Number.isFinite(expected)) return 0;
  return Math.log(value + floor) - expected;
}

/** The newest entries that were measured; of very many some by lot. */
function chosen(newest: readonly LogEntry[], rng: Rng): readonly LogEntry[] {
  const measured = newest.filter((entry) => entry !== undefined && entry.cells > 0);
  return measured.length <= mostTrials ? measured : rng.shuffle(measured).slice(0, mostTrials);
}
