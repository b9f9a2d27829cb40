import { elementAt } from '../../core/element-at.ts';
import { addAt, averageOf, float64At } from '../../core/linear.ts';
import { remembered } from '../../core/remembered.ts';

/** What cells add to a score whoever answers, and what is left of each trial and of chance. */
export interface ItemEffects {
  /** Of each trial: its mean as it would be on all cells that anybody has. */
  readonly means: Float64Array;
  /** Variance of one cell's score around its trial's mean and its cell's effect. */
  readonly residual: number;
  /** What each cell adds, and how many trials say so. */
  readonly effects: Float64Array;
  readonly counts: Float64Array;
  /** What is left of a trial's scores, as they were given. */
  readonly leftOf: (trial: number) => Float32Array;
}

/** Cells that draw a trial's mean to the typical one: before it is known how far trials are apart, and at most. */
const pulledAtFirst = 8;
const mostPulled = 32;
const mostPasses = 40;
/** Passes end when no trial's mean moves by more. */
const settled = 1e-4;

/**
 * Takes the cells' own difficulty out of the trials' means, so that trials of 16 cells and of 64 can be compared:
 * least squares of `score = trial + cell`, by turns, the cells' effects adding up to nothing and each held back by one
 * more cell without an effect.
 *
 * Trials that go on to later cells were lucky on the first ones. By their own means the first cells would look easy, and
 * trials that have no others worse than they are. So cells are told by means that are drawn to the typical one, as far
 * as luck makes them differ (best linear unbiased prediction: Robinson, "That BLUP is a good thing", Statistical Science
 * 6, 1991).
 *
 * @param scores a row a trial, a column a cell, NaN where unknown, as beyond a row's end; every row knows something
 * @param isOneQuestion cells are repeats of one question, which are equally hard: they add nothing
 */
export function itemEffects(scores: readonly Float32Array[], isOneQuestion = false): ItemEffects {
  const width = scores.reduce((most, row) => Math.max(most, row.length), 0);
  const { starts, cells, values } = knownOf(scores);
  const effects = new Float64Array(width);
  const means = new Float64Array(scores.length);
  const counts = new Float64Array(width);
  for (const cell of cells) addAt(counts, cell, 1);
  const used = isOneQuestion ? 0 : counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
  moveMeans();
  if (!isOneQuestion) {
    settle(pulledAtFirst);
    settle(likelyPull());
  }
  const leftOf = (trial: number): Float32Array =>
    elementAt(scores, trial).map((score, cell) => score - float64At(means, trial) - float64At(effects, cell));
  return { means, effects, counts, leftOf, residual: residualOf() };

  function settle(pulled: number): void {
    let moved = Number.POSITIVE_INFINITY;
    for (let pass = 0; pass < mostPasses && moved > settled; pass++) {
      moveEffects(pulled);
      moved = moveMeans();
    }
  }

  function residualOf(): number {
    let squares = 0;
    for (let trial = 0; trial < scores.length; trial++) {
      for (let at = starts[trial] as number; at < (starts[trial + 1] as number); at++) {
        const rest =
          float64At(values, at) - float64At(means, trial) - float64At(effects, cells[at] as number);
        squares += rest * rest;
      }
    }
    return squares / Math.max(1, values.length - scores.length - used);
  }

  /** Variance of a cell over that of what trials are worth. */
  function likelyPull(): number {
    const residual = residualOf();
    const typical = averageOf(means);
    let squares = 0;
    let luck = 0;
    for (let trial = 0; trial < scores.length; trial++) {
      squares += (float64At(means, trial) - typical) ** 2;
      luck += residual / Math.max(1, elementAt(starts, trial + 1) - elementAt(starts, trial));
    }
    const apart = (squares - luck) / scores.length;
    return Math.min(mostPulled, apart > 0 ? residual / apart : mostPulled);
  }

  function moveEffects(pulled: number): void {
    effects.fill(0);
    const typical = averageOf(means);
    for (let trial = 0; trial < scores.length; trial++) {
      const [start, end] = [elementAt(starts, trial), elementAt(starts, trial + 1)];
      const pull = pulled / (end - start + pulled);
      const mean = (1 - pull) * float64At(means, trial) + pull * typical;
      for (let at = start; at < end; at++) addAt(effects, cells[at] as number, float64At(values, at) - mean);
    }
    let sum = 0;
    for (let cell = 0; cell < width; cell++) {
      effects[cell] = float64At(effects, cell) / (float64At(counts, cell) + 1);
      sum += float64At(effects, cell);
    }
    for (let cell = 0; cell < width; cell++)
      if (float64At(counts, cell) > 0) addAt(effects, cell, -sum / used);
  }

  /** The most that any moved. */
  function moveMeans(): number {
    let most = 0;
    for (let trial = 0; trial < scores.length; trial++) {
      const [start, end] = [elementAt(starts, trial), elementAt(starts, trial + 1)];
      let sum = 0;
      for (let at = start; at < end; at++)
        sum += float64At(values, at) - float64At(effects, cells[at] as number);
      const mean = start === end ? 0 : sum / (end - start);
      most = Math.max(most, Math.abs(mean - float64At(means, trial)));
      means[trial] = mean;
    }
    return most;
  }
}

/** The scores that are known, row behind row, with their cells: they are walked over again and again. */
function knownOf(scores: readonly Float32Array[]) {
  const most = scores.reduce((sum, row) => sum + row.length, 0);
  const starts = new Uint32Array(scores.length + 1);
  const cells = new Uint32Array(most);
  const values = new Float64Array(most);
  let at = 0;
  for (let trial = 0; trial < scores.length; trial++) {
    const row = elementAt(scores, trial);
    for (let cell = 0; cell < row.length; cell++) {
      const score = row[cell] as number;
      if (Number.isNaN(score)) continue;
      cells[at] = cell;
      values[at++] = score;
    }
    starts[trial + 1] = at;
  }
  return { starts, cells: cells.subarray(0, at), values: values.subarray(0, at) };
}

/** Before anything is known, the variance of what questions add, and so many questions that it counts as. */
const beforeSpread = 0.06;
const beforeQuestions = 4;

/**
 * Variance of what all trials' scores share because the questions that were asked are a sample of those that
 * there are; nothing where there is one question, which then is the task. Questions count by the trials that were
 * asked them (as many as would say the same with equal weights, `(Σ n)² / Σ n²`: Kish, "Survey Sampling", 1965): most
 * trials stop at the first few, and how high all lie hangs on these.
 * @param questions number of each cell's question
 */
export function samplingVariance(
  { effects, counts, residual }: ItemEffects,
  questions: readonly number[],
): number {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const [cell, number] of questions.entries()) {
    const count = counts[cell] ?? 0;
    if (count === 0) continue;
    const question = remembered(sums, number, () => ({ sum: 0, count: 0 }));
    // Effects are held back by one cell without an effect: taken back here.
    question.sum += float64At(effects, cell) * (count + 1);
    question.count += count;
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
