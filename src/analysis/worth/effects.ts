import { elementAt } from '../../core/element-at.ts';
import { groupBy } from '../../core/group-by.ts';
import { differenceRange, enoughQuestions } from '../../core/paired-difference.ts';
import { mean, meanInterval, variance } from '../../core/statistics.ts';
import { cellOfKey } from '../../domain/cell.ts';
import type { CellResult } from '../../domain/cell-result.ts';
import { estimatesOf, meansOf } from '../../domain/estimates.ts';
import type { MoaConfig } from '../../domain/moa-config.ts';
import type { Measurement } from '../../domain/objective.ts';
import type { Effect } from './schema.ts';

/** A config of some of the agents, by the bits of the agents that it has, and what it was measured at. */
export interface System {
  /** `null`: nobody in it writes an answer, which scores 0. */
  readonly config: MoaConfig | null;
  /** By cell key. */
  readonly results: ReadonlyMap<string, CellResult>;
}

/** The systems that were looked at. */
export type Systems = ReadonlyMap<number, System>;

/** A number for each cell of some cells. */
type ByCell = ReadonlyMap<string, number>;

export function speaksOf(cells: readonly string[]): 'questions' | 'answers' {
  return new Set(cells.map((key) => cellOfKey(key).instance)).size >= enoughQuestions
    ? 'questions'
    : 'answers';
}

/** Score of a system on a cell; `undefined`: unscored or never asked. */
function scoreOn({ config, results }: System, cell: string): number | undefined {
  if (config === null) return 0;
  return results.get(cell)?.measurement.score ?? undefined;
}

/** The cells that all of some systems have a score on. */
export function sharedCells(systems: readonly System[], cells: readonly string[]): string[] {
  return cells.filter((cell) => systems.every((system) => scoreOn(system, cell) !== undefined));
}

/** How much more one system scores than another, cell by cell. */
export function differenceOf(first: System, second: System, cells: readonly string[]): ByCell {
  return new Map(
    sharedCells([first, second], cells).map((cell) => [
      cell,
      (scoreOn(first, cell) ?? 0) - (scoreOn(second, cell) ?? 0),
    ]),
  );
}

/** Mean with its interval, over questions or, of fewer than five, over answers; `null` of nothing. */
export function effectOf(values: ByCell, level: number): Effect | null {
  const { mean: centre, low, high } = meanInterval(independent(values), level, differenceRange);
  return centre === null ? null : { mean: centre, low, high };
}

/** Standard error of the mean; `null` of fewer than two independent values. */
export function standardErrorOf(values: ByCell): number | null {
  const apart = independent(values);
  const spread = variance(apart);
  return spread === null ? null : Math.sqrt(spread / apart.length);
}

/** Answers to one question are alike: where there are questions enough, each counts once. */
function independent(values: ByCell): number[] {
  if (speaksOf([...values.keys()]) === 'answers') return [...values.values()];
  const byQuestion = groupBy(values, ([cell]) => cellOfKey(cell).instance);
  return [...byQuestion.values()].map((own) => mean(own.map(([, value]) => value)) ?? 0);
}

/** Means of a system over the given cells. */
export function meansOn({ config, results }: System, cells: readonly string[]): Measurement {
  if (config === null) return { score: 0, latency: null, tokens: null, usd: null };
  return meansOf(estimatesOf(cells.flatMap((cell) => results.get(cell)?.measurement ?? [])));
}

/**
 * What one of several players adds on average over all orders in which they could join (Shapley 1953), cell by cell;
 * every system has to have a score on every one of the cells.
 * @param player 0-based, the number of its bit
 */
export function shapleyOf(
  systems: Systems,
  players: number,
  player: number,
  cells: readonly string[],
): ByCell {
  const bit = 1 << player;
  const others = Array.from({ length: 2 ** players }, (_, mask) => mask).filter((mask) => !(mask & bit));
  const weights = Array.from({ length: players }, (_, size) => 1 / (players * choose(players - 1, size)));
  return new Map(
    cells.map((cell) => {
      const on = (mask: number): number => scoreOn(valueAtMask(systems, mask), cell) ?? 0;
      const value = others.reduce(
        (sum, mask) => sum + elementAt(weights, bitsIn(mask)) * (on(mask | bit) - on(mask)),
        0,
      );
      return [cell, value];
    }),
  );
}

function valueAtMask(systems: Systems, mask: number): System {
  const system = systems.get(mask);
  if (system === undefined) throw new Error(`system ${mask} was not looked at`);
  return system;
}

export function bitsIn(mask: number): number {
  return mask === 0 ? 0 : (mask & 1) + bitsIn(mask >>> 1);
}

function choose(n: number, k: number): number {
  return k === 0 ? 1 : (n * choose(n - 1, k - 1)) / k;
}
