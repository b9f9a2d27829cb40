import { elementAt, numberAt } from '../core/element-at.ts';
import { BoxTree } from './box-tree.ts';
import { type Direction, minimised, type ObjectiveVector, requireLength } from './vector.ts';

/**
 * True when `first` is at least as good as `second` in every objective and better in one. A vector with
 * an unknown value dominates nothing, and an unknown value is worse than any known one: it never counts
 * as good. Directions default to minimising all.
 */
export function dominates(
  first: ObjectiveVector,
  second: ObjectiveVector,
  directions?: readonly Direction[],
): boolean {
  requireLength(second, directions);
  const better = minimised(first, directions);
  if (better === null) return false;
  if (better.length !== second.length) {
    throw new RangeError(
      `dominates: expected vectors of equal length, found ${first.length} and ${second.length}`,
    );
  }
  let isStrict = false;
  for (let index = 0; index < better.length; index++) {
    const value = elementAt(second, index);
    const other = value === null ? Number.POSITIVE_INFINITY : directions?.[index] === 'max' ? -value : value;
    if (Number.isNaN(other)) throw new RangeError('dominates: expected a finite value or null, found NaN');
    const own = numberAt(better, index);
    if (own > other) return false;
    if (own < other) isStrict = true;
  }
  return isStrict;
}

/**
 * The items that no other item dominates, in their given order; equal vectors all stay. Items with an
 * unknown value are left out: nothing places them on a front over that objective.
 * @param directions which way each objective is better. @defaultValue all are minimised
 * @example
 * import { nonDominated } from 'mixtune';
 *
 * const trials = [{ score: 0.8, tokens: 300 }, { score: 0.7, tokens: 900 }];
 * nonDominated(trials, ({ score, tokens }) => [score, tokens], ['max', 'min']); // the first alone
 */
export function nonDominated<Item>(
  items: readonly Item[],
  vectorOfItem: (item: Item) => ObjectiveVector,
  directions?: readonly Direction[],
): Item[] {
  const first = items[0];
  if (first === undefined) return [];
  const expected = directions ?? vectorOfItem(first).map((): Direction => 'min');
  const tree = new BoxTree<number>(expected.length);
  for (const [index, item] of items.entries()) {
    const vector = vectorOfItem(item);
    const point = minimised(vector, expected);
    if (point === null) continue;
    const { dominating, dominated } = tree.relate(point);
    if (dominating !== undefined) continue;
    for (const slot of dominated) tree.remove(slot);
    tree.insert(point, index);
  }
  const kept = tree.items().sort((a, b) => a - b);
  return kept.map((index) => elementAt(items, index));
}
