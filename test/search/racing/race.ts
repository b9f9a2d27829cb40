import type { RacingRule } from '../../../src/search/racing/index.ts';
import type { Duel } from '../../../src/search/racing/rule.ts';

/** Trials with what they are truly worth and what each cell would measure; larger is better everywhere. */
export interface RaceWorld {
  readonly name: string;
  readonly trials: readonly RacedTrial[];
}
export interface RacedTrial {
  /** Score, −latency, −tokens. */
  readonly truth: readonly number[];
  readonly cells: readonly (readonly number[])[];
}

export interface RaceCount {
  /** Trials that no other trial dominates by truth, and how many of them were dropped. */
  front: number;
  falseDrops: number;
  /** Of these, those that no kept trial equals within the tolerances: what the front really lost. */
  losses: number;
  /** Trials that some other trial dominates, and how many of them were dropped. */
  others: number;
  trueDrops: number;
  /** Cells paid for, and those that would have been without racing; the same in tokens. */
  cells: number;
  allCells: number;
  tokens: number;
  allTokens: number;
  /** Sum of the cells that dropped trials had. */
  cellsOfDropped: number;
}

export const noRaces = (): RaceCount => ({
  front: 0,
  falseDrops: 0,
  losses: 0,
  others: 0,
  trueDrops: 0,
  cells: 0,
  allCells: 0,
  tokens: 0,
  allTokens: 0,
  cellsOfDropped: 0,
});

/** Number of cells at each look; the last is the level, where a trial is finished. */
export function looksOf(first: number, block: number | 'double', level: number): number[] {
  const looks: number[] = [];
  for (let at = first; at < level; at += block === 'double' ? at : block) looks.push(at);
  return looks;
}

/**
 * Races a world's trials one after another in the given order: each meets, at each look, the members of the
 * front of finished trials by their means. Adds to the count.
 */
export function race(
  world: RaceWorld,
  rule: RacingRule,
  looks: readonly number[],
  level: number,
  count: RaceCount,
): void {
  const dropped = new Set<RacedTrial>();
  let front: { readonly trial: RacedTrial; readonly means: readonly number[] }[] = [];
  for (const trial of world.trials) {
    const used =
      cellsUntilDrop(
        trial,
        front.map((member) => member.trial),
        rule,
        looks,
      ) ?? level;
    if (used < level) {
      dropped.add(trial);
      count.cellsOfDropped += used;
    } else {
      const means = meansOf(trial.cells.slice(0, level));
      front = front.filter((member) => !isDominated(member.means, means));
      if (!front.some((member) => isDominated(means, member.means))) front.push({ trial, means });
    }
    count.cells += used;
    count.allCells += level;
    count.tokens += tokensOf(trial, used);
    count.allTokens += tokensOf(trial, level);
  }
  const kept = world.trials.filter((trial) => !dropped.has(trial));
  for (const trial of world.trials) {
    const belongs = !world.trials.some((other) => isDominated(trial.truth, other.truth));
    count[belongs ? 'front' : 'others']++;
    if (!dropped.has(trial)) continue;
    count[belongs ? 'falseDrops' : 'trueDrops']++;
    if (belongs && !kept.some((other) => isNearlyDominated(trial.truth, other.truth))) count.losses++;
  }
}

function cellsUntilDrop(
  trial: RacedTrial,
  rivals: readonly RacedTrial[],
  rule: RacingRule,
  looks: readonly number[],
): number | undefined {
  return looks.find((cells) => {
    const candidate = trial.cells.slice(0, cells);
    const duels = rivals.map((rival): Duel => ({ candidate, rival: rival.cells.slice(0, cells) }));
    return rule(duels);
  });
}

const tokensOf = (trial: RacedTrial, cells: number): number =>
  trial.cells.slice(0, cells).reduce((sum, row) => sum - (row[2] as number), 0);

function meansOf(rows: readonly (readonly number[])[]): number[] {
  const sums = [0, 0, 0];
  for (const row of rows)
    for (const [column, value] of row.entries()) sums[column] = (sums[column] ?? 0) + value;
  return sums.map((sum) => sum / rows.length);
}

function isDominated(own: readonly number[], other: readonly number[]): boolean {
  let strictly = false;
  for (const [index, value] of own.entries()) {
    if ((other[index] as number) < value) return false;
    if ((other[index] as number) > value) strictly = true;
  }
  return strictly;
}

/** As good within 0.01 of score and 2% of costs. */
const isNearlyDominated = (own: readonly number[], other: readonly number[]): boolean =>
  own.every(
    (value, index) => (other[index] as number) >= value - (index === 0 ? 0.01 : 0.02 * Math.abs(value)),
  );
