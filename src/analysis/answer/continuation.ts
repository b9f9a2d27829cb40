import { bisect } from '../../core/bisect.ts';
import { elementAt } from '../../core/element-at.ts';
import type { Rng } from '../../core/rng.ts';
import type { Measured } from './noise.ts';

/** What is known of a run's habits, for playing on. */
export interface Habits {
  /** Position of each trial's parent among the trials; -1 for none. */
  readonly parents: readonly number[];
  /** Whether each trial may be the best by what it costs; a further proposal may where the one that it is like may. */
  readonly affordable: readonly boolean[];
  /** Place of each trial's parent when it was chosen: 0 is the best measured by then. */
  readonly parentPlaces: readonly number[];
  /** First trial of the later half, whose proposals further ones will be like. */
  readonly recentFrom: number;
  /** Variance of true scores over trials. */
  readonly spread: number;
  /** Scored cells of a new trial. */
  readonly searchCells: number;
  /** Scored cells up to which the best are measured at the end. */
  readonly finishCells: number;
}

interface Contender {
  readonly truth: number;
  mean: number;
  cells: number;
}

/** Only so many of the best are kept in mind: the rest is neither parent nor best any more. */
const remembered = 256;

/**
 * How proposals come about, in one posterior draw: a child's true score is `level + slope * (parent -
 * parentLevel)` plus what some recent child had beyond that.
 */
interface Kernel {
  readonly slope: number;
  readonly level: number;
  readonly parentLevel: number;
  /** Standard deviation of what smooths the resampling (Silverman & Young 1987). */
  readonly smoothing: number;
}

/** What the slope is before it is seen, and how many pairs that counts for. Tuned on simulated runs (test/experiments/results.md). */
const priorSlope = 0.1;
const priorPairs = 30;
const smoothingShare = 0.05;

/**
 * Plays the search on from one posterior draw of the true scores and returns, for each of `horizons` (further evaluations,
 * ascending), the true score of the config that the run would then recommend, less that of the one it
 * recommends now. Selection is played too: what is recommended is what measures best, not what is best.
 */
export function playOn(
  truths: Float64Array,
  measured: Measured,
  habits: Habits,
  horizons: readonly number[],
  rng: Rng,
): number[] {
  const kernel = kernelOf(truths, habits);
  const known = measured.trials.map(
    ({ mean, cells }, index): Contender => ({ truth: elementAt(truths, index), mean, cells }),
  );
  const { affordable } = habits;
  const ranked = new Ranked(known);
  // Parents are others, too: what is learned of the best when it is measured again stays with it.
  const choice = affordable.every(Boolean)
    ? ranked
    : new Ranked(known.filter((_, index) => affordable[index]).map((each) => ({ ...each })));
  const now = recommended(choice, measured, habits, rng);
  const gains: number[] = [];
  let played = 0;
  for (const horizon of horizons) {
    for (; played < horizon; played++) {
      const model = habits.recentFrom + rng.integer(habits.parents.length - habits.recentFrom);
      const truth = propose(kernel, truths, ranked, habits, model, rng);
      const noise = Math.sqrt(measured.cellVariance(truth) / habits.searchCells);
      const mean = truth + noise * rng.normal();
      ranked.add({ truth, mean, cells: habits.searchCells });
      if (choice !== ranked && affordable[model]) choice.add({ truth, mean, cells: habits.searchCells });
    }
    // On a copy with numbers of its own: what is said of one horizon does not hang on which others are asked for.
    const then = recommended(choice.copy(), measured, habits, rng.derive('end', horizon));
    gains.push(then.truth - now.truth);
  }
  return gains;
}

/** Ridge regression of recent children on their parents. */
function kernelOf(truths: Float64Array, { parents, recentFrom, spread }: Habits): Kernel {
  const pairs: { parent: number; child: number }[] = [];
  for (let index = recentFrom; index < parents.length; index++) {
    const parent = elementAt(parents, index);
    if (parent >= 0) pairs.push({ parent: elementAt(truths, parent), child: elementAt(truths, index) });
  }
  const parentLevel = pairs.reduce((sum, { parent }) => sum + parent, 0) / Math.max(1, pairs.length);
  const level = pairs.reduce((sum, { child }) => sum + child, 0) / Math.max(1, pairs.length);
  let squares = priorPairs * spread;
  let products = priorPairs * spread * priorSlope;
  for (const { parent, child } of pairs) {
    squares += (parent - parentLevel) ** 2;
    products += (parent - parentLevel) * (child - level);
  }
  const slope = Math.min(1, Math.max(0, products / squares));
  return { slope, level, parentLevel, smoothing: smoothingShare * Math.sqrt(spread) };
}

/** True score of a further proposal, made in the manner of a recent one. @param model position of that */
function propose(
  kernel: Kernel,
  truths: Float64Array,
  ranked: Ranked,
  { parents, parentPlaces }: Habits,
  model: number,
  rng: Rng,
): number {
  const score = elementAt(truths, model);
  const parent = elementAt(parents, model);
  const moved =
    parent < 0
      ? score
      : score + kernel.slope * (ranked.at(elementAt(parentPlaces, model)).truth - elementAt(truths, parent));
  return Math.min(1, Math.max(0, moved + kernel.smoothing * rng.normal()));
}

/** The best by measured mean, once it has been measured as fully as the end of a run does. */
function recommended(ranked: Ranked, measured: Measured, habits: Habits, rng: Rng): Contender {
  for (;;) {
    const best = ranked.at(0);
    const missing = habits.finishCells - best.cells;
    if (missing <= 0) return best;
    const fresh = best.truth + Math.sqrt(measured.cellVariance(best.truth) / missing) * rng.normal();
    best.mean = (best.mean * best.cells + fresh * missing) / habits.finishCells;
    best.cells = habits.finishCells;
    ranked.settle();
  }
}

/** Contenders by measured mean, best first. */
class Ranked {
  readonly #sorted: Contender[];

  constructor(all: readonly Contender[]) {
    this.#sorted = [...all].sort((a, b) => b.mean - a.mean).slice(0, remembered);
  }

  copy(): Ranked {
    return new Ranked(this.#sorted.map((each) => ({ ...each })));
  }

  at(place: number): Contender {
    return elementAt(this.#sorted, Math.min(place, this.#sorted.length - 1));
  }

  add(contender: Contender): void {
    const place = bisect(
      this.#sorted.length,
      (index) => elementAt(this.#sorted, index).mean < contender.mean,
    );
    if (place >= remembered) return;
    this.#sorted.splice(place, 0, contender);
    if (this.#sorted.length > remembered) this.#sorted.pop();
  }

  /** Puts the first back in its place after its mean has changed. */
  settle(): void {
    const first = this.#sorted.shift();
    if (first !== undefined) this.add(first);
  }
}
