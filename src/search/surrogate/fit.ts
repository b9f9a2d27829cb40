import { createRng, type Rng } from '../../core/rng.ts';
import { growTree, type Lesson, leafOf, type Tree, varyingFeatures } from './extra-trees.ts';
import { type Company, Knowledge } from './knowledge.ts';
import { dot, fitRidge } from './ridge.ts';
import type { Sketch } from './sketch.ts';
import type { LogEntry, LoggedTrial, TrialLog } from './trial-log.ts';

/** What a config is expected to do. */
export interface Prediction {
  readonly score: number;
  readonly tokens: number;
  readonly latency: number;
  /** NaN where no price is known. */
  readonly usd: number;
}

export const scoreTrees = 40;
const costTrees = 8;
/** Trials that a fit learns from at most: the best by score, and others by lot. */
const mostTrials = 1500;
const bestTrials = 500;
const rowsPerStep = 100;
/** Cells after which a mean score is half signal: below, a trial counts for less. */
const halfCells = 8;
const droppedWeight = 0.5;
const ridgeStrength = 2;
const minRows = 4;
/** A tree's node tries one column in so many; more made no better predictions, and took longer. */
const columnsPerTry = 6;

/** Columns that the knowledge of single agents adds to a sketch's own. */
const knowledgeColumns = 9;

interface Lessons {
  readonly score: Lesson;
  readonly costs: Lesson;
  /** Columns that differ between rows. */
  readonly features: Int32Array;
}

interface Known {
  /** The sketch's features and what is known of its agents. */
  readonly row: Float32Array;
  readonly terms: Float64Array;
  readonly logTokens: number;
  readonly logLatency: number;
  readonly logUsd: number;
}

/**
 * The model of how configs do, as it was when the log had some length: a ridge regression on what the
 * agents' own answers foretell (trees cannot reach beyond the best they have seen), extremely randomised trees
 * on what that leaves, and trees on the ratio of costs to what the single models' costs add up to. Fitting
 * is cut into steps, so that no single ask has to wait for all of it.
 */
export class Fit {
  readonly position: number;
  readonly #log: TrialLog;
  readonly #rng: Rng;
  readonly #knowledge: Knowledge;
  readonly #entries: readonly LogEntry[];
  readonly #width: number;
  readonly #table: Float32Array;
  readonly #terms: Float64Array[] = [];
  readonly #weights: Float64Array;
  readonly #scores: Float64Array;
  /** For each of a sketch's columns, how many trials had something in it. */
  readonly #seen: Float64Array;
  readonly #costs: readonly [Float64Array, Float64Array, Float64Array];
  #beta: Float64Array | undefined;
  readonly #forScore: Tree[] = [];
  readonly #forCosts: Tree[] = [];
  #lesson: Lessons | undefined;
  #prepared = 0;

  constructor(log: TrialLog, position: number) {
    this.position = position;
    this.#log = log;
    this.#rng = createRng(`surrogate/${position}`);
    const newest = log.newestAt(position);
    this.#knowledge = new Knowledge(log.trials, newest, log.sketcher.models);
    this.#entries = chosen(newest, this.#rng.derive('rows'));
    this.#width = log.sketcher.width + knowledgeColumns;
    const rows = this.#entries.length;
    this.#seen = new Float64Array(log.sketcher.width);
    this.#table = new Float32Array(rows * this.#width);
    this.#weights = new Float64Array(rows);
    this.#scores = new Float64Array(rows);
    this.#costs = [new Float64Array(rows), new Float64Array(rows), new Float64Array(rows)];
  }

  /** Steps that it takes until {@link predict} may be called. */
  get steps(): number {
    return Math.ceil(this.#entries.length / rowsPerStep) + 1 + scoreTrees;
  }

  get knowledge(): Knowledge {
    return this.#knowledge;
  }

  /** False where too little was told to learn from. */
  get isUseful(): boolean {
    return this.#entries.length >= 4 && !this.#knowledge.isEmpty;
  }

  #done = 0;

  /** Takes steps until so many have been taken. */
  advance(steps: number): void {
    while (this.#done < Math.min(steps, this.steps)) {
      if (this.#prepared < this.#entries.length) this.#prepare();
      else if (this.#lesson === undefined) this.#lesson = this.#lay();
      else this.#grow(this.#lesson);
      this.#done++;
    }
  }

  /** What is known of a config, for any number of predictions. */
  look(sketch: Sketch): Known {
    const company = this.#knowledge.companyOf(sketch);
    const closer = this.#knowledge.scoreOf(sketch.closer);
    const costs = this.#knowledge.costsOf(sketch.calls);
    const row = new Float32Array(this.#width);
    row.set(sketch.features);
    const [logTokens, logLatency] = [Math.log(costs.tokens + 1), Math.log(costs.latency + 0.01)];
    const { majority, plurality, any, mean, best } = company;
    const judged = sketch.ending === 'model' ? closer : best;
    row.set(
      [majority, plurality, any, mean, best, judged, closer, logTokens, logLatency],
      sketch.features.length,
    );
    const terms = termsOf(sketch, company, closer);
    return { row, terms, logTokens, logLatency, logUsd: Math.log(costs.usd + 1e-9) };
  }

  /**
   * What a score may be off because its ingredients (models, prompts and kinds of stages, by role) were seldom met:
   * the same draw for every config that has them, as long as `draws` is the same.
   */
  doubt({ features }: Sketch, draws: Map<number, number>, rng: Rng): number {
    let doubt = 0;
    for (const column of this.#log.sketcher.ingredients) {
      const share = Math.min(1, features[column] as number);
      if (share === 0) continue;
      let draw = draws.get(column);
      if (draw === undefined) {
        draw = rng.normal();
        draws.set(column, draw);
      }
      doubt += (share * draw) / Math.sqrt(1 + (this.#seen[column] as number));
    }
    return doubt;
  }

  /** @param trees indices of the trees for the score to ask; all where absent */
  predict(known: Known, trees?: readonly number[]): Prediction {
    let tokens = 0;
    let latency = 0;
    let usd = 0;
    for (const tree of this.#forCosts) {
      const at = leafOf(tree, known.row) * tree.targets;
      tokens += (tree.values[at] as number) / this.#forCosts.length;
      latency += (tree.values[at + 1] as number) / this.#forCosts.length;
      usd += (tree.values[at + 2] as number) / this.#forCosts.length;
    }
    return {
      score: Math.min(1, Math.max(0, this.#scoreOf(known, trees))),
      tokens: Math.exp(known.logTokens + tokens),
      latency: Math.exp(known.logLatency + latency),
      usd: Math.exp(known.logUsd + usd),
    };
  }

  #scoreOf({ row, terms }: Known, trees?: readonly number[]): number {
    const base = this.#beta === undefined ? 0 : dot(this.#beta, terms);
    const asked = trees ?? this.#forScore.keys();
    let sum = 0;
    let count = 0;
    for (const index of asked) {
      const tree = this.#forScore[index];
      if (tree === undefined) continue;
      sum += tree.values[leafOf(tree, row)] as number;
      count++;
    }
    return base + (count === 0 ? 0 : sum / count);
  }

  #prepare(): void {
    const end = Math.min(this.#entries.length, this.#prepared + rowsPerStep);
    for (let at = this.#prepared; at < end; at++) {
      const entry = this.#entries[at] as LogEntry;
      const { sketch } = this.#log.trials[entry.trial] as LoggedTrial;
      for (const column of this.#log.sketcher.ingredients) {
        (this.#seen[column] as number) += Math.min(1, sketch.features[column] as number);
      }
      const known = this.look(sketch);
      this.#table.set(known.row, at * this.#width);
      this.#terms.push(known.terms);
      this.#weights[at] = (entry.cells / (entry.cells + halfCells)) * (entry.dropped ? droppedWeight : 1);
      this.#scores[at] = entry.score ?? 0;
      this.#costs[0][at] = ratio(entry.tokens, 1, known.logTokens);
      this.#costs[1][at] = ratio(entry.latency, 0.01, known.logLatency);
      this.#costs[2][at] = ratio(entry.usd, 1e-9, known.logUsd);
    }
    this.#prepared = end;
  }

  #lay(): Lessons {
    const beta = fitRidge(this.#terms, this.#scores, this.#weights, prior, ridgeStrength);
    this.#beta = beta;
    const left = this.#scores.map((score, at) => score - dot(beta, this.#terms[at] as Float64Array));
    const table = { width: this.#width, values: this.#table };
    const weights = this.#weights;
    return {
      score: { table, targets: [left], weights },
      costs: { table, targets: this.#costs, weights },
      features: varyingFeatures(table),
    };
  }

  #grow(lesson: Lessons): void {
    const index = this.#forScore.length;
    const rows = Int32Array.from(this.#entries, (_, at) => at);
    const { features } = lesson;
    const tries = Math.max(8, Math.ceil(features.length / columnsPerTry));
    const rng = this.#rng.derive('score', index);
    this.#forScore.push(growTree(lesson.score, rows, { minRows, tries, rng, features }));
    if (index % Math.floor(scoreTrees / costTrees) !== 0) return;
    const options = { minRows, tries: Math.ceil(tries / 2), rng: this.#rng.derive('costs', index), features };
    this.#forCosts.push(growTree(lesson.costs, rows, options));
  }
}

/** Log of a cost over what was expected of it; no news where either is unknown. */
function ratio(value: number | null, floor: number, expected: number): number {
  if (value === null || !Number.isFinite(expected)) return 0;
  return Math.log(value + floor) - expected;
}

/** What is believed of each ending before any trial: weights of the terms, in the order of {@link termsOf}. */
const prior = Float64Array.from([
  // Answers as they come, and loops of them: the agents' own mean.
  ...[0, 0, 0, 1, 0],
  // Votes.
  ...[0, 0.7, 0.3, 0, 0],
  // A model reads them and writes or picks one.
  ...[0, 0.2, 0.2, 0.2, 0.4],
]);

function termsOf(sketch: Sketch, { majority, plurality, any, mean }: Company, closer: number): Float64Array {
  const terms = new Float64Array(prior.length);
  const own =
    sketch.ending === 'model' ? [1, majority, any, mean, closer] : [1, majority, plurality, mean, any];
  terms.set(own, { answer: 0, vote: 5, model: 10 }[sketch.ending]);
  return terms;
}

/** The newest entries with a score; of very many the best and some others. */
function chosen(newest: readonly LogEntry[], rng: Rng): readonly LogEntry[] {
  const scored = newest.filter((entry) => entry !== undefined && entry.score !== null && entry.cells > 0);
  if (scored.length <= mostTrials) return scored;
  const sorted = scored.sort((a, b) => (b.score ?? 0) - (a.score ?? 0) || a.trial - b.trial);
  const others = rng.shuffle(sorted.slice(bestTrials)).slice(0, mostTrials - bestTrials);
  return [...sorted.slice(0, bestTrials), ...others];
}

export type { Known };
