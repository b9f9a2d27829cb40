import { elementAt } from '../../core/element-at.ts';
import { createRng, type Rng } from '../../core/rng.ts';
import type { MoaConfig } from '../../domain/moa-config.ts';
import { type CommonNoise, fitCommonNoise, noiseCorrelation } from './correlated-noise.ts';
import type { EncodedConfig } from './encoded-config.ts';
import {
  GaussianProcess,
  type KernelVariances,
  type Open,
  type Posterior,
  type SparseRow,
} from './gaussian-process.ts';
import { itemEffects } from './item-effects.ts';
import type { Knowledge } from './knowledge.ts';
import { joined, type SparseFeatures } from './sparse-features.ts';
import type { LogEntry, TrialLog } from './trial-log.ts';
import { likelyVariances } from './variances.ts';

/** Trials that are learned from at most: time grows with the cube. */
const mostTrials = 300;
/** Variance of one cell at least: eight equal answers are no certainty. */
const leastResidual = 0.003;

/**
 * What is believed of configs' true scores, measured or not, as the log was at some length: a Gaussian process
 * over what configs are made of. Trials lend each other strength, so that few cells of each are enough.
 */
export class ScorePosterior {
  readonly position: number;
  /** Variance of one cell's score around what its config and its question say. */
  readonly residual: number;
  readonly #process: GaussianProcess;
  readonly #rowOf: (encoded: EncodedConfig, features: SparseRow) => SparseRow;
  readonly #sparseFeatures: SparseFeatures;
  /** By the trial's index in the log, its place among the rows. */
  readonly #places = new Map<number, number>();
  readonly #opened = new Map<number, Open>();
  readonly assumptions: Assumptions;
  readonly #centre: number;

  /**
   * @param position length of the log
   * @param assumptions of an earlier time; where absent they are made of what is known now
   */
  constructor(
    log: TrialLog,
    sparseFeatures: SparseFeatures,
    knowledge: Knowledge,
    position: number,
    assumptions?: Assumptions,
  ) {
    this.position = position;
    this.#sparseFeatures = sparseFeatures;
    const entries = chosen(log.newestAt(position), createRng(`beliefs/${position}`));
    const { means, residual, left } = itemEffects(entries.map((entry) => entry.scores));
    this.residual = Math.max(leastResidual, residual);
    const centre = means.reduce((sum, mean) => sum + mean, 0) / Math.max(1, means.length);
    this.#centre = centre;
    this.#rowOf = (encoded, features) => joined(features, foretold(encoded, knowledge, centre));
    const rows = entries.map(({ trial }) => {
      const logged = elementAt(log.trials, trial);
      return this.#rowOf(logged.encoded, sparseFeatures.of(logged));
    });
    const targets = means.map((mean) => mean - centre);
    const agentShares = entries.map(({ trial }) => elementAt(log.trials, trial).agentShares);
    this.assumptions = assumptions ?? {
      noise: fitCommonNoise(agentShares, left, this.residual),
      variances: undefined,
    };
    const { noise } = this.assumptions;
    const own = 1 - noise.reduce((sum, share) => sum + share, 0);
    // All trials walk the same cells from the first: two have the shorter one's in common.
    const errors = (at: number, other: number): number => {
      const most = Math.max(elementAt(entries, at).cells, elementAt(entries, other).cells);
      const alike =
        noiseCorrelation(elementAt(agentShares, at), elementAt(agentShares, other), noise) +
        (at === other ? own : 0);
      return (this.residual * alike) / most;
    };
    const variances = this.assumptions.variances ?? likelyVariances(rows, targets, errors);
    this.assumptions = { noise, variances };
    this.#process = new GaussianProcess(rows, targets, errors, variances);
    for (const [at, { trial }] of entries.entries()) this.#places.set(trial, at);
  }

  /** Of a config that was not measured. */
  predict(config: MoaConfig, encoded: EncodedConfig): Posterior {
    const { mean, variance } = this.#process.predict(
      this.#rowOf(encoded, this.#sparseFeatures.encode(config)),
    );
    return { mean: this.#centre + mean, variance };
  }

  /** The score of a trial that was measured; `undefined` for one that is not among those that were learned from. */
  scoreOf(trial: number): number | undefined {
    const place = this.#places.get(trial);
    return place === undefined ? undefined : this.#centre + this.#process.meanAt(place);
  }

  /** What is left open about a trial's score; remembered. */
  #openOf(trial: number): Open | undefined {
    const place = this.#places.get(trial);
    if (place === undefined) return undefined;
    let open = this.#opened.get(trial);
    if (open === undefined) {
      open = this.#process.open(place);
      this.#opened.set(trial, open);
    }
    return open;
  }

  /** Covariance of what is left open about two measured trials' scores. */
  openBetween(first: number, second: number): number {
    const [a, b] = [this.#openOf(first), this.#openOf(second)];
    return a === undefined || b === undefined ? 0 : this.#process.between(a, b);
  }

  /** Variance of the mean of so many cells around a config's true score. */
  noiseOf(cells: number): number {
    return this.residual / cells;
  }
}

/** What is assumed about how scores and noise spread. */
export interface Assumptions {
  readonly noise: CommonNoise;
  readonly variances: KernelVariances | undefined;
}

/** What the answers of its agents alone say of several together; nothing of one that answers by itself. */
function foretold(encoded: EncodedConfig, knowledge: Knowledge, centre: number): number[] {
  if (encoded.ending === 'answer') return [];
  const { majority, plurality, any, mean } = knowledge.companyOf(encoded);
  const off = (value: number): number => value - centre;
  if (encoded.ending === 'vote') return [off(majority), off(plurality), off(mean), off(any)];
  const closer = knowledge.scoreOf(encoded.closer);
  return [0, 0, 0, 0, off(majority), off(any), off(mean), off(closer)];
}

/** Ranges of tokens within which the best trials are kept, so that cheap corners of the front are learned from. */
const costBands = 6;
const bandShare = 0.6;
const measuredShare = 0.2;

/** The newest entries with a score; of very many the best of each price, the most measured, and others by lot. */
function chosen(newest: readonly LogEntry[], rng: Rng): readonly LogEntry[] {
  const scored = newest.filter((entry) => entry !== undefined && entry.score !== null && entry.cells > 0);
  if (scored.length <= mostTrials) return scored;
  const byCost = [...scored].sort((a, b) => (a.tokens ?? 0) - (b.tokens ?? 0) || a.trial - b.trial);
  const kept = new Set<LogEntry>();
  const modest = ({ score, cells }: LogEntry): number => ((score ?? 0) * cells) / (cells + 2);
  for (let band = 0; band < costBands; band++) {
    const from = Math.floor((band * byCost.length) / costBands);
    const to = Math.floor(((band + 1) * byCost.length) / costBands);
    const best = byCost.slice(from, to).sort((a, b) => modest(b) - modest(a) || a.trial - b.trial);
    for (const entry of best.slice(0, (mostTrials * bandShare) / costBands)) kept.add(entry);
  }
  const byCells = [...scored].sort((a, b) => b.cells - a.cells || a.trial - b.trial);
  for (const entry of byCells.slice(0, mostTrials * measuredShare)) kept.add(entry);
  for (const entry of rng.shuffle(scored)) {
    if (kept.size >= mostTrials) break;
    kept.add(entry);
  }
  return scored.filter((entry) => kept.has(entry));
}
