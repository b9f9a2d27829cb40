import { elementAt } from '../../core/element-at.ts';
import { averageOf, float64At } from '../../core/linear.ts';
import { logistic } from '../../core/logistic.ts';
import { remembered } from '../../core/remembered.ts';
import { createRng, type Rng } from '../../core/rng.ts';
import {
  type AgentShares,
  type CommonNoise,
  callNoise,
  commonNoise,
  fitCommonNoise,
} from './correlated-noise.ts';
import type { EncodedConfig } from './encoded-config.ts';
import { GaussianProcess, type MeasuredRows, type Open, type Posterior, rowsAt } from './gaussian-process.ts';
import { itemEffects, samplingVariance } from './item-effects.ts';
import type { KernelVariances, SparseRow } from './kernel.ts';
import type { Knowledge } from './knowledge.ts';
import { promising, sampled } from './learned-trials.ts';
import { logOdds, slopeAt, spreadAt } from './log-odds.ts';
import { joined } from './sparse-features.ts';
import type { LogEntry, TrialLog } from './trial-log.ts';
import { likelyVariances } from './variances.ts';

/** Variance of one cell at least: eight equal answers are no certainty. */
const leastResidual = 0.003;
/** Trials that were not learned from of which it is looked at how sure the process is. */
const sureOf = 24;

/**
 * What is believed of configs' true scores, measured or not, as the log was at some length: a Gaussian process of
 * their log odds over what configs are made of. Trials lend each other strength, so that few cells of each are enough.
 */
export class ScorePosterior {
  readonly position: number;
  /** Variance of one cell's score around what its config and its question say, for what {@link spreadAt} says. */
  readonly residual: number;
  /** Variance of what all scores share because the questions are a sample. */
  readonly sampling: number;
  readonly #process: GaussianProcess;
  readonly #rowOf: (encoded: EncodedConfig) => SparseRow;
  /** By the trial's index in the log, its place among the rows. */
  readonly #places = new Map<number, number>();
  /** What is believed of trials that the process did not learn from, by the trial's index. */
  readonly #others = new Map<number, Posterior>();
  readonly #opened = new Map<number, Open>();
  readonly #scores = new Map<number, number | undefined>();
  readonly assumptions: Assumptions;
  readonly #centre: number;

  /**
   * @param position length of the log
   * @param assumptions of an earlier time; where absent they are made of what is known now
   */
  constructor(log: TrialLog, knowledge: Knowledge, position: number, assumptions?: Assumptions) {
    this.position = position;
    const entries = log.newestAt(position).filter(isScored);
    const isOneQuestion = log.questions.every((question) => question === 0);
    const items = itemEffects(
      entries.map((entry) => entry.scores),
      isOneQuestion,
    );
    this.sampling = samplingVariance(items, log.questions);
    const likely = likelyScores(items.means, entries);
    this.residual = items.residual / averageSpread(likely, entries);
    const deviations = likely.map((score) => Math.sqrt(this.noiseOf(1, score)));
    const odds = measuredOdds(items.means, likely);
    this.#centre = averageOf(odds);
    this.#rowOf = (encoded) => joined(encoded.sparse, foretold(encoded, knowledge, this.#centre));
    const rng = createRng(`beliefs/${position}`);
    const sample = sampled(entries, rng);
    const shares = entries.map(({ trial }) => elementAt(log.trials, trial).agentShares);
    const noise =
      assumptions?.noise ??
      fitCommonNoise(
        sample.map((at) => elementAt(shares, at)),
        sample.map(items.leftOf),
        sample.map((at) => elementAt(deviations, at)),
      );
    const trials: MeasuredRows = {
      rows: entries.map(({ trial }) => this.#rowOf(elementAt(log.trials, trial).encoded)),
      targets: odds.map((each) => each - this.#centre),
      errors: errorsOf(
        entries,
        deviations.map((deviation, at) => deviation / spreadAt(elementAt(likely, at))),
        shares,
        noise,
        isOneQuestion,
      ),
    };
    const variances =
      assumptions?.variances ?? likelyVariances(rowsAt(trials, sample), rng.derive('variances'));
    this.assumptions = { noise, variances };
    let learned = sample;
    if (sample.length < entries.length) {
      const rough = new GaussianProcess(rowsAt(trials, sample), variances);
      learned = promising(entries, sample, [...entries.keys()].map(believedBy(rough, trials, sample, rng)));
    }
    this.#process = new GaussianProcess(rowsAt(trials, learned), variances);
    for (const [place, at] of learned.entries()) this.#places.set(elementAt(entries, at).trial, place);
    if (learned.length === entries.length) return;
    const believed = believedBy(this.#process, trials, learned, rng);
    for (const [at, { trial }] of entries.entries())
      if (!this.#places.has(trial)) this.#others.set(trial, believed(at));
  }

  /** Of a config that was not measured. */
  predict(encoded: EncodedConfig): Posterior {
    const { mean, variance } = this.#process.predict(this.#rowOf(encoded));
    const score = logistic(this.#centre + mean);
    return { mean: score, variance: variance * slopeAt(score) ** 2 };
  }

  /** The mean of {@link predict} alone, which is much faster. */
  meanOf(encoded: EncodedConfig): number {
    return logistic(this.#centre + this.#process.meanOf(this.#rowOf(encoded)));
  }

  /** The score of a trial that was measured, remembered; `undefined` for one that was not scored. */
  scoreOf(trial: number): number | undefined {
    return remembered(this.#scores, trial, () => {
      const place = this.#places.get(trial);
      const mean = place === undefined ? this.#others.get(trial)?.mean : this.#process.meanAt(place);
      return mean === undefined ? undefined : logistic(this.#centre + mean);
    });
  }

  /** What is left open about a trial's score; remembered. */
  #openOf(trial: number): Open | undefined {
    const place = this.#places.get(trial);
    if (place === undefined) return undefined;
    return remembered(this.#opened, trial, () => this.#process.open(place));
  }

  /** Covariance of what is left open about two measured trials' scores. */
  openBetween(first: number, second: number): number {
    const [a, b] = [this.#openOf(first), this.#openOf(second)];
    if (a === undefined || b === undefined) return 0;
    return this.#process.between(a, b) * this.#slopeOf(first) * this.#slopeOf(second);
  }

  #slopeOf(trial: number): number {
    return slopeAt(this.scoreOf(trial) ?? logistic(this.#centre));
  }

  /** Standard deviation of a measured trial's true score around what is believed of it. */
  deviationOf(trial: number): number {
    const other = this.#others.get(trial);
    const open =
      other === undefined ? this.openBetween(trial, trial) : other.variance * this.#slopeOf(trial) ** 2;
    return Math.sqrt(Math.max(0, open) + this.sampling);
  }

  /** Variance of the mean of so many cells around a config's true score, where that is about so high. */
  noiseOf(cells: number, score: number): number {
    return Math.max(leastResidual, this.residual * spreadAt(score)) / cells;
  }
}

/**
 * What is believed of a trial, by its place among all, whether or not a process learned from it: what that foretells,
 * together with what was measured.
 * @param learned the places of those that it learned from
 */
function believedBy(
  process: GaussianProcess,
  { rows, targets, errors }: MeasuredRows,
  learned: readonly number[],
  rng: Rng,
): (at: number) => Posterior {
  const known = new Set(learned);
  const unlearned = [...rows.keys()].filter((at) => !known.has(at));
  // How sure the process is takes long to say: about as sure as of some of them.
  const some = rng.shuffle(unlearned).slice(0, sureOf);
  const open =
    some.reduce((sum, at) => sum + process.predict(elementAt(rows, at)).variance, 0) /
    Math.max(1, some.length);
  return (at) => {
    const noise = errors(at, at);
    const variance = (open * noise) / (open + noise);
    const foretold = process.meanOf(elementAt(rows, at));
    return { mean: foretold + (open / (open + noise)) * (float64At(targets, at) - foretold), variance };
  };
}

/** So many cells with the score of all trials count to a trial's own, where it is asked how much its cells spread. */
const pulledCells = 4;

/** Means as they are likely to be with more cells. */
function likelyScores(means: Float64Array, entries: readonly LogEntry[]): number[] {
  const typical = averageOf(means);
  return entries.map(({ cells }, at) => {
    const pull = pulledCells / (cells + pulledCells);
    return float64At(means, at) * (1 - pull) + typical * pull;
  });
}

/** Log odds of means, along the tangent at what is likely: of eight right answers they are not endless. */
function measuredOdds(means: Float64Array, likely: readonly number[]): Float64Array {
  return Float64Array.from(
    likely,
    (score, at) => logOdds(score) + (float64At(means, at) - score) / spreadAt(score),
  );
}

/** Over all cells. @param likely scores, by trial */
function averageSpread(likely: readonly number[], entries: readonly LogEntry[]): number {
  let sum = 0;
  let cells = 0;
  for (const [at, entry] of entries.entries()) {
    sum += spreadAt(elementAt(likely, at)) * entry.cells;
    cells += entry.cells;
  }
  return cells === 0 ? spreadAt(0.5) : sum / cells;
}

/**
 * Covariances of trials' errors: all walk the same cells from the first, and share what the shorter one has.
 * @param deviations standard deviation of one cell's score, by trial
 */
function errorsOf(
  entries: readonly LogEntry[],
  deviations: readonly number[],
  shares: readonly AgentShares[],
  noise: CommonNoise,
  isOneQuestion: boolean,
): MeasuredRows['errors'] {
  const own = 1 - noise.reduce((sum, share) => sum + share, 0);
  const parts = entries.map(({ cells, questions: asked }, at) => ({
    cells,
    questions: isOneQuestion ? cells : asked,
    shares: elementAt(shares, at),
    deviation: elementAt(deviations, at),
  }));
  return (at, other) => {
    const a = parts[at] as (typeof parts)[number];
    const b = parts[other] as (typeof parts)[number];
    const over = { cells: Math.max(a.cells, b.cells), questions: Math.max(a.questions, b.questions) };
    const common = commonNoise(a.shares, b.shares, noise, over);
    const self = at === other ? own * callNoise(over) : 0;
    return a.deviation * b.deviation * (common + self);
  };
}

const isScored = (entry: LogEntry | undefined): entry is LogEntry =>
  entry !== undefined && entry.score !== null && entry.cells > 0;

/** What is assumed about how scores and noise spread. */
export interface Assumptions {
  readonly noise: CommonNoise;
  readonly variances: KernelVariances;
}

/** What the answers of its agents alone say of several together; nothing of one that answers by itself. */
function foretold(encoded: EncodedConfig, knowledge: Knowledge, centre: number): number[] {
  if (encoded.ending === 'answer') return [];
  const { majority, plurality, any, mean } = knowledge.ensembleOf(encoded);
  const off = (value: number): number => logOdds(value) - centre;
  if (encoded.ending === 'vote') return [off(majority), off(plurality), off(mean), off(any)];
  const closer = knowledge.scoreOf(encoded.closer);
  return [0, 0, 0, 0, off(majority), off(any), off(mean), off(closer)];
}
