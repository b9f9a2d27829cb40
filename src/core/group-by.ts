import { remembered } from './remembered.ts';

/** Items by a key of each; groups and items in the order in which they come. */
export function groupBy<Item, Key>(items: Iterable<Item>, keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) remembered(groups, keyOf(item), (): Item[] => []).push(item);
  return groups;
}
