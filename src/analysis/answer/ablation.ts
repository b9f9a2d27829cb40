import { elementAt } from '../../core/element-at.ts';
import { remembered } from '../../core/remembered.ts';
import type { Rng } from '../../core/rng.ts';
import { mean, quantile } from '../../core/statistics.ts';
import { type Forest, fitForest } from '../../search/surrogate/extra-trees.ts';
import { differingGroups, type Features, featuresOf, type Group, groups } from './features.ts';
import type { Inference } from './forecast.ts';

export interface Spread {
  readonly mean: number;
  /** 80%. */
  readonly low: number;
  readonly high: number;
}

/** What one group of choices (models, prompts, …) did for the score in this run. */
interface GroupEffect {
  readonly group: Group;
  /** Its share of the difference between the best config and the best single model, in score. */
  readonly gain: Spread;
  /** Share, 0..1, of the variance of scores over tried configs that it explains by itself. */
  readonly varianceShare: number;
  /** Child and parent that differ in this group only: how many pairs, and the mean change in true score. */
  readonly swaps: { readonly pairs: number; readonly improved: number; readonly change: Spread | null };
}

export type Ablation =
  | {
      readonly kind: 'found';
      readonly effects: readonly GroupEffect[];
      /** Share of variance that only combinations of groups explain. */
      readonly interactions: number;
      /** Gain of the best over the reference in true score, as the posterior has it. */
      readonly gain: number;
      /** The same as the trees see it, which is the sum of the four; trees shrink what few configs show. */
      readonly explained: number;
      /** R² of the trees on trials they were not fitted to. */
      readonly fit: number;
    }
  | { readonly kind: 'refused'; readonly because: string };

const leastTrials = 30;
const leastFit = 0.1;
/** Each forest sees its own bootstrap sample of trials and its own posterior draw of their true scores. */
const forests = 24;
const treesEach = 24;
const mostTrials = 1_500;
const mixes = 40;
const level = 0.8;

interface Table {
  readonly rows: readonly (readonly number[])[];
  readonly columns: readonly Group[];
}

/**
 * Splits the gain of `best` over `reference` (positions among the inference's trials) among groups of
 * choices. An ensemble of extra trees learns score from config; the groups' shares of the difference are
 * Shapley values (Shapley 1953) over hybrids of the two configs; shares of variance are functional ANOVA
 * (Hutter, Hoos & Leyton-Brown 2014), with the tried configs as the distribution, not the whole space.
 */
export function ablate(inference: Inference, best: number, reference: number, rng: Rng): Ablation {
  const features = inference.trials.map(({ config }) => featuresOf(config));
  if (features.length < leastTrials) {
    return { kind: 'refused', because: `${features.length} configs are too few; it takes ${leastTrials}` };
  }
  const table = tabulate(features);
  const fitted = fitAll(inference, table, rng);
  if (fitted.fit < leastFit) {
    return {
      kind: 'refused',
      because: `what configs are made of predicts the score of unseen ones too poorly (R² ${fitted.fit.toFixed(2)})`,
    };
  }
  const from = elementAt(table.rows, reference);
  const to = elementAt(table.rows, best);
  const shares = fitted.forests.map((forest) => shapley(forest, table.columns, from, to));
  const anova = fitted.forests.map((forest, index) =>
    varianceShares(forest, table, rng.derive('anova', index)),
  );
  const explained = (groupShares: ReadonlyMap<Group, number>): number =>
    [...groupShares.values()].reduce((sum, share) => sum + share, 0);
  return {
    kind: 'found',
    effects: groups.map((group) => ({
      group,
      gain: spreadOf(shares.map((share) => share.get(group) ?? 0)),
      varianceShare: mean(anova.map((share) => share.get(group) ?? 0)) ?? 0,
      swaps: swapsOf(group, features, inference),
    })),
    interactions: Math.max(0, 1 - (mean(anova.map(explained)) ?? 0)),
    gain: mean(inference.draws.map((draw) => elementAt(draw, best) - elementAt(draw, reference))) ?? 0,
    explained: mean(shares.map(explained)) ?? 0,
    fit: fitted.fit,
  };
}

function tabulate(features: readonly Features[]): Table {
  const columns: Group[] = [];
  const names: string[] = [];
  for (const group of groups) {
    const used = new Set(features.flatMap((each) => Object.keys(each[group])));
    for (const name of [...used].sort()) {
      columns.push(group);
      names.push(name);
    }
  }
  return {
    columns,
    rows: features.map((each) => names.map((name, column) => each[elementAt(columns, column)][name] ?? 0)),
  };
}

function fitAll(
  { draws }: Inference,
  { rows, columns }: Table,
  rng: Rng,
): { forests: readonly Forest[]; fit: number } {
  const kept = rng
    .derive('kept')
    .shuffle(rows.map((_, index) => index))
    .slice(0, mostTrials);
  const unseen = new Map<number, number[]>();
  const fitted = Array.from({ length: forests }, (_, number) => {
    const own = rng.derive('forest', number);
    const scores = elementAt(draws, Math.floor((number * draws.length) / forests));
    const bag = kept.map(() => own.pick(kept));
    const forest = fitForest(
      bag.map((index) => elementAt(rows, index)),
      bag.map((index) => elementAt(scores, index)),
      { trees: treesEach, minRows: 3, tries: Math.ceil(columns.length / 2), rng: own },
    );
    const seen = new Set(bag);
    for (const index of kept) {
      if (seen.has(index)) continue;
      remembered(unseen, index, () => []).push(forest(elementAt(rows, index)));
    }
    return forest;
  });
  const centre = (index: number): number => mean(draws.map((draw) => elementAt(draw, index))) ?? 0;
  const truths = [...unseen.keys()].map(centre);
  const overall = mean(truths) ?? 0;
  const left = [...unseen.values()].reduce(
    (sum, guesses, at) => sum + ((mean(guesses) ?? 0) - elementAt(truths, at)) ** 2,
    0,
  );
  const total = truths.reduce((sum, truth) => sum + (truth - overall) ** 2, 0);
  return { forests: fitted, fit: total > 0 ? 1 - left / total : 0 };
}

/** Shapley value of each group in going from one row to another, over the 16 hybrids. */
function shapley(
  forest: Forest,
  columns: readonly Group[],
  from: readonly number[],
  to: readonly number[],
): Map<Group, number> {
  const worth = Array.from({ length: 2 ** groups.length }, (_, set) => {
    const taken = new Set(groups.filter((_, index) => set & (1 << index)));
    return forest(columns.map((group, column) => elementAt(taken.has(group) ? to : from, column)));
  });
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  return new Map(
    groups.map((group, index) => {
      let value = 0;
      for (let set = 0; set < worth.length; set++) {
        if (set & (1 << index)) continue;
        const size = groups.filter((_, other) => set & (1 << other)).length;
        const weight = (factorial(size) * factorial(groups.length - size - 1)) / factorial(groups.length);
        value += weight * (elementAt(worth, set | (1 << index)) - elementAt(worth, set));
      }
      return [group, value];
    }),
  );
}

/** Main effects' shares of the variance of the forest over configs whose groups are mixed at random. */
function varianceShares(forest: Forest, { rows, columns }: Table, rng: Rng): Map<Group, number> {
  const sources = groups.map(() => Array.from({ length: mixes }, () => rng.pick(rows)));
  const groupOf = columns.map((group) => groups.indexOf(group));
  const row = columns.map(() => 0);
  const chosen: (readonly number[])[] = [];
  /** What the forest makes of a config that has each group from the source with the number chosen. */
  const mixed = (choose: (group: number) => number): number => {
    for (const [group, members] of sources.entries()) chosen[group] = elementAt(members, choose(group));
    for (let column = 0; column < row.length; column++) {
      row[column] = chosen[groupOf[column] as number]?.[column] ?? 0;
    }
    return forest(row);
  };
  const everything = Array.from({ length: 6 * mixes }, () => {
    const picks = groups.map(() => rng.integer(mixes));
    return mixed((group) => elementAt(picks, group));
  });
  const total = varianceOf(everything);
  return new Map(
    groups.map((group, index) => {
      // Others are mixed the same way for every value of the group, and the noise that their finite number
      // leaves is the same for all values.
      const others = Array.from({ length: mixes / 2 }, () => groups.map(() => rng.integer(mixes)));
      const marginals = Array.from({ length: mixes }, (_, value) =>
        others.reduce(
          (sum, picks) => sum + mixed((at) => (at === index ? value : elementAt(picks, at))) / others.length,
          0,
        ),
      );
      return [group, total > 0 ? Math.min(1, varianceOf(marginals) / total) : 0];
    }),
  );
}

function swapsOf(
  group: Group,
  features: readonly Features[],
  { draws, habits }: Inference,
): GroupEffect['swaps'] {
  const pairs = habits.parents.flatMap((parent, child) => {
    if (parent < 0) return [];
    const differing = differingGroups(elementAt(features, parent), elementAt(features, child));
    return differing.length === 1 && differing[0] === group ? [{ parent, child }] : [];
  });
  if (pairs.length === 0) return { pairs: 0, improved: 0, change: null };
  const changes = draws.map((draw) =>
    pairs.map(({ parent, child }) => elementAt(draw, child) - elementAt(draw, parent)),
  );
  const improved = mean(changes.flat().map((change) => (change > 0 ? 1 : 0))) ?? 0;
  return { pairs: pairs.length, improved, change: spreadOf(changes.map((each) => mean(each) ?? 0)) };
}

function spreadOf(values: readonly number[]): Spread {
  const centre = mean(values) ?? 0;
  return {
    mean: centre,
    low: Math.min(centre, quantile(values, (1 - level) / 2) ?? 0),
    high: Math.max(centre, quantile(values, (1 + level) / 2) ?? 0),
  };
}

function varianceOf(values: readonly number[]): number {
  const centre = mean(values) ?? 0;
  return mean(values.map((value) => (value - centre) ** 2)) ?? 0;
}
