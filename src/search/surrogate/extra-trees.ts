import { elementAt } from '../../core/element-at.ts';
import type { Rng } from '../../core/rng.ts';

export interface TreeOptions {
  /** Rows that a node needs to be cut again. */
  readonly minRows: number;
  /** Features that are tried at each node. */
  readonly tries: number;
  readonly rng: Rng;
  /** The features to choose from; all where absent. Constant ones only take time. */
  readonly features?: Int32Array;
}

export interface ForestOptions extends TreeOptions {
  readonly trees: number;
}

type Column = Float32Array | Float64Array;

/** What trees learn: `targets[t][r]` is target `t` of row `r`; a row counts as often as its weight says. */
export interface TrainingSet {
  /** `columns[f][r]` is feature `f` of row `r`: a cut reads one feature of many rows. */
  readonly columns: readonly Column[];
  readonly targets: readonly Float64Array[];
  readonly weights: Float64Array;
}

/**
 * A fitted tree in flat arrays. Node `n` cuts at `feature[n] < cut[n]` and goes to `below[n]` or
 * `above[n]`; a leaf has `feature[n] < 0`, and its values begin at `n * targets`.
 */
export interface Tree {
  readonly targets: number;
  readonly feature: Int32Array;
  readonly cut: Float64Array;
  readonly below: Int32Array;
  readonly above: Int32Array;
  readonly values: Float64Array;
}

export type Forest = (row: readonly number[]) => number;

/**
 * Extremely randomised trees for regression (Geurts, Ernst & Wehenkel 2006): each node draws one random
 * cut for each of a few random features, and keeps the cut that explains most variance.
 */
export function fitForest(
  rows: readonly (readonly number[])[],
  targets: readonly number[],
  options: ForestOptions,
): Forest {
  const training: TrainingSet = {
    columns: (rows[0] ?? []).map((_, feature) => Float64Array.from(rows, (row) => row[feature] ?? 0)),
    targets: [Float64Array.from(targets)],
    weights: new Float64Array(rows.length).fill(1),
  };
  const members = Int32Array.from(rows, (_, index) => index);
  const trees = Array.from({ length: options.trees }, () => growTree(training, members, options));
  return (row) => {
    let sum = 0;
    for (const tree of trees) sum += tree.values[leafOf(tree, row)] ?? 0;
    return sum / trees.length;
  };
}

/** The features that are not the same in all rows. */
export function varyingFeatures(columns: readonly Column[]): Int32Array {
  return Int32Array.from(
    columns.flatMap((column, feature) => (column.some((value) => value !== column[0]) ? [feature] : [])),
  );
}

export function leafOf(tree: Tree, row: ArrayLike<number>): number {
  let node = 0;
  for (;;) {
    const feature = tree.feature[node] as number;
    if (feature < 0) return node;
    const isBelow = (row[feature] ?? 0) < (tree.cut[node] as number);
    node = (isBelow ? tree.below[node] : tree.above[node]) as number;
  }
}

/**
 * Grows one tree on some rows of a training set. With several targets a cut is worth what it explains of all of
 * them, so they should be on one scale.
 * @param members the rows to grow on; none is an error
 */
export function growTree(training: TrainingSet, members: Int32Array, options: TreeOptions): Tree {
  if (members.length === 0) throw new RangeError('growTree: expected at least one row, found none');
  const growth = new Growth(training, members, options);
  growth.grow(0, members.length);
  return growth.tree();
}

interface Cut {
  readonly feature: number;
  readonly at: number;
}

/** A tree that is being grown; nodes are numbered in the order in which they are made, depth first. */
class Growth {
  readonly #training: TrainingSet;
  readonly #options: TreeOptions;
  /** The rows, ordered so that those of a node lie side by side. */
  readonly #order: Int32Array;
  readonly #spare: Int32Array;
  readonly #feature: number[] = [];
  readonly #cut: number[] = [];
  readonly #below: number[] = [];
  readonly #above: number[] = [];
  readonly #values: number[] = [];
  /** Weighted sums of each target: over a node's rows, and over those below a cut. */
  readonly #total: Float64Array;
  readonly #under: Float64Array;

  constructor(training: TrainingSet, members: Int32Array, options: TreeOptions) {
    this.#training = training;
    this.#options = options;
    this.#order = members.slice();
    this.#spare = new Int32Array(members.length);
    this.#total = new Float64Array(training.targets.length);
    this.#under = new Float64Array(training.targets.length);
  }

  grow(from: number, to: number): number {
    const node = this.#feature.length;
    this.#feature.push(-1);
    this.#cut.push(0);
    this.#below.push(0);
    this.#above.push(0);
    const weight = this.#sum(from, to);
    for (const total of this.#total) this.#values.push(total / weight);
    const cut = to - from < this.#options.minRows ? undefined : this.#bestCut(from, to, weight);
    if (cut === undefined) return node;
    const middle = this.#part(from, to, cut);
    this.#feature[node] = cut.feature;
    this.#cut[node] = cut.at;
    this.#below[node] = this.grow(from, middle);
    this.#above[node] = this.grow(middle, to);
    return node;
  }

  tree(): Tree {
    return {
      targets: this.#training.targets.length,
      feature: Int32Array.from(this.#feature),
      cut: Float64Array.from(this.#cut),
      below: Int32Array.from(this.#below),
      above: Int32Array.from(this.#above),
      values: Float64Array.from(this.#values),
    };
  }

  /** Sums the targets of a node's rows; returns their weight. */
  #sum(from: number, to: number): number {
    const { targets, weights } = this.#training;
    this.#total.fill(0);
    let weight = 0;
    for (let place = from; place < to; place++) {
      const row = this.#order[place] as number;
      const own = weights[row] as number;
      weight += own;
      for (let target = 0; target < targets.length; target++) {
        (this.#total[target] as number) += own * ((targets[target] as Float64Array)[row] as number);
      }
    }
    return weight;
  }

  #bestCut(from: number, to: number, weight: number): Cut | undefined {
    const { columns } = this.#training;
    const { tries, rng, features } = this.#options;
    const choices = features?.length ?? columns.length;
    let best: (Cut & { worth: number }) | undefined;
    if (choices === 0) return undefined;
    // Constant features do not count as tried, so more are looked at than tried.
    for (let tried = 0, looked = 0; tried < tries && looked < 4 * choices; looked++) {
      const choice = rng.integer(choices);
      const feature = features === undefined ? choice : (features[choice] as number);
      const column = elementAt(columns, feature);
      let low = Number.POSITIVE_INFINITY;
      let high = Number.NEGATIVE_INFINITY;
      for (let place = from; place < to; place++) {
        const value = column[this.#order[place] as number] as number;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      if (!(high > low)) continue;
      tried++;
      const at = high - rng.next() * (high - low);
      const worth = this.#worth(from, to, column, at, weight);
      if (worth !== undefined && (best === undefined || worth > best.worth)) best = { feature, at, worth };
    }
    return best;
  }

  /** Between-group sum of squares of a cut, up to a constant; `undefined` when it leaves a side empty. */
  #worth(from: number, to: number, column: Column, at: number, weight: number): number | undefined {
    const { targets, weights } = this.#training;
    this.#under.fill(0);
    let below = 0;
    for (let place = from; place < to; place++) {
      const row = this.#order[place] as number;
      if ((column[row] as number) >= at) continue;
      const own = weights[row] as number;
      below += own;
      for (let target = 0; target < targets.length; target++) {
        (this.#under[target] as number) += own * ((targets[target] as Float64Array)[row] as number);
      }
    }
    const above = weight - below;
    if (!(below > 0 && above > 1e-12)) return undefined;
    let worth = 0;
    for (let target = 0; target < targets.length; target++) {
      const under = this.#under[target] as number;
      worth += under ** 2 / below + ((this.#total[target] as number) - under) ** 2 / above;
    }
    return worth;
  }

  /** Puts the rows below a cut before the others, both in their old order; returns where the others begin. */
  #part(from: number, to: number, cut: Cut): number {
    const column = elementAt(this.#training.columns, cut.feature);
    let middle = from;
    let others = 0;
    for (let place = from; place < to; place++) {
      const row = this.#order[place] as number;
      if ((column[row] as number) < cut.at) this.#order[middle++] = row;
      else this.#spare[others++] = row;
    }
    this.#order.set(this.#spare.subarray(0, others), middle);
    return middle;
  }
}
