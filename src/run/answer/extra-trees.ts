import type { Rng } from '../../core/rng.ts';

/** A fitted regression tree: a leaf's value, or a cut `feature < cut` with two subtrees. */
type Tree =
  | { readonly value: number }
  | { readonly feature: number; readonly cut: number; readonly below: Tree; readonly above: Tree };

export interface ForestOptions {
  readonly trees: number;
  /** Rows that a node needs to be cut again. */
  readonly minRows: number;
  /** Features that are tried at each node. */
  readonly tries: number;
  readonly rng: Rng;
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
  const all = rows.map((_, index) => index);
  const trees = Array.from({ length: options.trees }, () => grow(all, { rows, targets, ...options }));
  return (row) => trees.reduce((sum, tree) => sum + evaluate(tree, row), 0) / trees.length;
}

interface Growth extends ForestOptions {
  readonly rows: readonly (readonly number[])[];
  readonly targets: readonly number[];
}

function grow(members: readonly number[], growth: Growth): Tree {
  const cut = members.length < growth.minRows ? undefined : bestCut(members, growth);
  if (cut === undefined) return { value: sumOf(members, growth.targets) / members.length };
  const isBelow = (index: number): boolean => (growth.rows[index]?.[cut.feature] ?? 0) < cut.at;
  return {
    feature: cut.feature,
    cut: cut.at,
    below: grow(members.filter(isBelow), growth),
    above: grow(
      members.filter((index) => !isBelow(index)),
      growth,
    ),
  };
}

function bestCut(members: readonly number[], growth: Growth): { feature: number; at: number } | undefined {
  const { rows, targets, tries, rng } = growth;
  const width = rows[0]?.length ?? 0;
  const total = sumOf(members, targets);
  let best: { feature: number; at: number; worth: number } | undefined;
  // Constant features do not count as tried, so more are looked at than tried.
  for (let tried = 0, looked = 0; tried < tries && looked < 4 * width; looked++) {
    const feature = rng.integer(width);
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const index of members) {
      const value = rows[index]?.[feature] ?? 0;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (!(high > low)) continue;
    tried++;
    const at = high - rng.next() * (high - low);
    let below = 0;
    let sum = 0;
    for (const index of members) {
      if ((rows[index]?.[feature] ?? 0) >= at) continue;
      below++;
      sum += targets[index] ?? 0;
    }
    const above = members.length - below;
    if (below === 0 || above === 0) continue;
    // Between-group sum of squares, up to a constant.
    const worth = sum ** 2 / below + (total - sum) ** 2 / above;
    if (best === undefined || worth > best.worth) best = { feature, at, worth };
  }
  return best;
}

function sumOf(members: readonly number[], targets: readonly number[]): number {
  let sum = 0;
  for (const index of members) sum += targets[index] ?? 0;
  return sum;
}

function evaluate(tree: Tree, row: readonly number[]): number {
  let node = tree;
  while ('feature' in node) node = (row[node.feature] ?? 0) < node.cut ? node.below : node.above;
  return node.value;
}
