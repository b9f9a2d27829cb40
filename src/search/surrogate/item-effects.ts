import { float64At } from '../../core/linear.ts';

/** What cells add to a score whoever answers, and what is left of each trial and of chance. */
export interface ItemEffects {
  /** Of each trial: its mean as it would be on all cells that anybody has. */
  readonly means: Float64Array;
  /** Variance of one cell's score around its trial's mean and its cell's effect. */
  readonly residual: number;
  /** What each cell adds, and how many trials say so. */
  readonly effects: Float64Array;
  readonly counts: Float64Array;
  /** What is left of each score, as the scores were given. */
  readonly left: readonly Float32Array[];
}

const mostPasses = 40;
/** Passes end when no trial's mean moves by more. */
const settled = 1e-4;

/**
 * Takes the cells' own difficulty out of the trials' means, so that trials of 16 cells and of 64 can be compared:
 * least squares of `score = trial + cell`, by turns, the cells' effects adding up to nothing and each held back by one
 * more cell without an effect.
 *
 * @param scores a row a trial, a column a cell, NaN where unknown, as beyond a row's end; every row knows something
 */
export function itemEffects(scores: readonly Float32Array[]): ItemEffects {
  const width = scores.reduce((most, row) => Math.max(most, row.length), 0);
  const effects = new Float64Array(width);
  const means = Float64Array.from(scores, (row) => meanAround(row, effects));
  const counts = new Float64Array(width);
  for (const row of scores)
    for (let cell = 0; cell < row.length; cell++) if (known(row, cell)) (counts[cell] as number)++;
  const used = counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
  let moved = Number.POSITIVE_INFINITY;
  for (let pass = 0; pass < mostPasses && moved > settled; pass++) {
    effects.fill(0);
    scores.forEach((row, trial) => {
      for (let cell = 0; cell < row.length; cell++) {
        if (known(row, cell)) (effects[cell] as number) += (row[cell] as number) - float64At(means, trial);
      }
    });
    let sum = 0;
    for (let cell = 0; cell < width; cell++) {
      (effects[cell] as number) /= float64At(counts, cell) + 1;
      sum += float64At(effects, cell);
    }
    for (let cell = 0; cell < width; cell++)
      if (float64At(counts, cell) > 0) (effects[cell] as number) -= sum / used;
    moved = 0;
    scores.forEach((row, trial) => {
      const mean = meanAround(row, effects);
      moved = Math.max(moved, Math.abs(mean - float64At(means, trial)));
      means[trial] = mean;
    });
  }
  let squares = 0;
  let all = 0;
  const left = scores.map((row, trial) =>
    row.map((score, cell) => {
      const rest = score - float64At(means, trial) - float64At(effects, cell);
      if (Number.isNaN(score)) return Number.NaN;
      squares += rest * rest;
      all++;
      return rest;
    }),
  );
  return { means, effects, counts, left, residual: squares / Math.max(1, all - scores.length - used) };
}

const known = (row: Float32Array, cell: number): boolean => !Number.isNaN(row[cell] as number);

function meanAround(row: Float32Array, effects: Float64Array): number {
  let sum = 0;
  let count = 0;
  for (let cell = 0; cell < row.length; cell++) {
    if (!known(row, cell)) continue;
    sum += (row[cell] as number) - float64At(effects, cell);
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

/** Before anything is known, the variance of what questions add, and so many questions that it counts as. */
const beforeSpread = 0.06;
const beforeQuestions = 4;

/**
 * Variance of the luck that all trials share because the questions that were asked are a sample of those that
 * there are; nothing where there is one question, which then is the task. Questions count by the trials that were
 * asked them (as many as would say the same with equal weights, `(Σ n)² / Σ n²`: Kish, "Survey Sampling", 1965): most
 * trials stop at the first few, and how high all lie hangs on these.
 * @param questions number of each cell's question
 */
export function sampleLuck({ effects, counts, residual }: ItemEffects, questions: readonly number[]): number {
  const sums = new Map<number, { sum: number; count: number }>();
  for (let cell = 0; cell < effects.length; cell++) {
    const count = float64At(counts, cell);
    if (count === 0) continue;
    const question = sums.get(questions[cell] as number) ?? { sum: 0, count: 0 };
    // Effects are held back by one cell without an effect: taken back here.
    question.sum += float64At(effects, cell) * (count + 1);
    question.count += count;
    sums.set(questions[cell] as number, question);
  }
  if (sums.size < 2) return 0;
  let squares = beforeQuestions * beforeSpread;
  let weights = beforeQuestions;
  let asked = 0;
  let askedSquares = 0;
  for (const { sum, count } of sums.values()) {
    const weight = count / (count + 1);
    squares += weight * ((sum / count) ** 2 - residual / count);
    weights += weight;
    asked += count;
    askedSquares += count * count;
  }
  return (Math.max(0, squares / weights) * askedSquares) / (asked * asked);
}
