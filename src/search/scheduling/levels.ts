import type { ScheduleOptions } from './types.ts';

/** Cells that every trial starts on (16 to 32 are right; below, luck decides). */
export const startingCells = 16;

/**
 * Sizes of the shared prefixes of cells that the search works through: doubling from `first` to all. A last
 * step of less than half is taken together with the one before.
 *
 * @param total tuning cells in all; at least 1
 * @param first cells of the first level. Default {@link startingCells}
 */
export function fidelityLevels(total: number, first = startingCells): readonly number[] {
  const levels: number[] = [];
  for (let size = first; size * 1.5 < total; size *= 2) levels.push(size);
  return [...levels, Math.max(1, total)];
}

/** Cells after which a new trial is concluded: those of its level, unless there is a limit. */
export function firstCells(
  levelSize: number,
  {
    startingCells,
    mostAtFirst = Number.POSITIVE_INFINITY,
  }: Pick<ScheduleOptions, 'startingCells' | 'mostAtFirst'>,
): number {
  return Math.min(levelSize, Math.max(startingCells, mostAtFirst));
}

/**
 * Prefix sizes at which a trial on its way to `size` cells is looked at: doubling from `first`, and `size`.
 * Few looks keep the error of looking repeatedly small.
 */
export function looksUpTo(size: number, first: number): readonly number[] {
  const looks: number[] = [];
  for (let look = Math.max(1, first); look < size; look *= 2) looks.push(look);
  return [...looks, size];
}
