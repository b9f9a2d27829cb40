import { elementAt, numberAt } from '../core/element-at.ts';

/** Most slots or nodes that a node holds before it splits in two. */
const capacity = 12;

/** A stored point with what it stands for; the handle to remove it by. */
export interface Slot<Item> {
  /** Objectives, all minimised. */
  readonly point: readonly number[];
  readonly item: Item;
  leaf: Leaf<Item> | null;
}

/**
 * Coordinates stand side by side in one list per node, since a search reads little else: d numbers a
 * slot, and for a node 2d numbers a child, the ideal corner of its box and then the nadir corner.
 */
interface Leaf<Item> {
  readonly kind: 'leaf';
  parent: Inner<Item> | null;
  readonly list: Slot<Item>[];
  readonly coordinates: number[];
}
interface Inner<Item> {
  readonly kind: 'inner';
  parent: Inner<Item> | null;
  readonly list: Node<Item>[];
  /** Removals leave boxes too wide, which is still right. */
  readonly coordinates: number[];
}
type Node<Item> = Leaf<Item> | Inner<Item>;

export interface Relations<Item> {
  /** An item whose point dominates the one asked about. */
  readonly dominating: Item | undefined;
  /** All slots whose points it dominates; there are none when there is a dominating one. */
  readonly dominated: readonly Slot<Item>[];
}

/**
 * Mutually non-dominated points in nested boxes, to find those that dominate a point or are dominated by
 * it without looking at each: a box whose ideal corner is not at least as good as a point holds nothing
 * that dominates it, and so on. The pruning is that of the ND-tree (Jaszkiewicz & Lust 2018); nodes split
 * upwards as in an R-tree (Guttman 1984), which keeps the depth logarithmic in any order of insertion.
 */
export class BoxTree<Item> {
  readonly #dimensions: number;
  #root: Node<Item>;
  /** The box of all points ever held: the units in which boxes are compared. */
  readonly #box: number[] = [];

  constructor(dimensions: number) {
    this.#dimensions = dimensions;
    this.#root = leafOf<Item>([]);
  }

  /** All items, in no particular order. */
  items(): Item[] {
    const found: Item[] = [];
    collectItems(this.#root, found);
    return found;
  }

  relate(point: readonly number[]): Relations<Item> {
    const dominated: Slot<Item>[] = [];
    const dominating = search(this.#root, point, dominated);
    return { dominating: dominating?.item, dominated };
  }

  insert(point: readonly number[], item: Item): Slot<Item> {
    const slot: Slot<Item> = { point, item, leaf: null };
    if (this.#box.length === 0) this.#box.push(...point, ...point);
    widen(this.#box, 0, point);
    let node = this.#root;
    while (node.kind === 'inner') {
      const index = this.#closestChild(node, point);
      widen(node.coordinates, index * 2 * point.length, point);
      node = elementAt(node.list, index);
    }
    node.list.push(slot);
    node.coordinates.push(...point);
    slot.leaf = node;
    this.#splitUpwards(node);
    return slot;
  }

  remove(slot: Slot<Item>): void {
    let node: Node<Item> | null = slot.leaf;
    if (node === null) return;
    removeAt(node, node.list.indexOf(slot), this.#dimensions);
    slot.leaf = null;
    while (node.list.length === 0) {
      const parent: Inner<Item> | null = node.parent;
      if (parent === null) {
        this.#root = leafOf<Item>([]);
        return;
      }
      removeAt(parent, parent.list.indexOf(node), 2 * this.#dimensions);
      node = parent;
    }
  }

  /** Index of the child whose box grows least to take the point; the smaller box of equals. */
  #closestChild(node: Inner<Item>, point: readonly number[]): number {
    const { coordinates } = node;
    const dimensions = point.length;
    let best = 0;
    let bestGrowth = Number.POSITIVE_INFINITY;
    let bestSize = Number.POSITIVE_INFINITY;
    for (let child = 0; child < node.list.length; child++) {
      let growth = 0;
      let size = 0;
      for (let axis = 0; axis < dimensions; axis++) {
        const value = numberAt(point, axis);
        const low = numberAt(coordinates, child * 2 * dimensions + axis);
        const high = numberAt(coordinates, (child * 2 + 1) * dimensions + axis);
        const unit = this.#unit(axis);
        if (value < low) growth += (low - value) / unit;
        else if (value > high) growth += (value - high) / unit;
        size += (high - low) / unit;
      }
      if (growth < bestGrowth || (growth === bestGrowth && size < bestSize)) {
        best = child;
        bestGrowth = growth;
        bestSize = size;
      }
    }
    return best;
  }

  #splitUpwards(full: Node<Item>): void {
    let node = full;
    while (node.list.length > capacity) {
      const parent = node.parent;
      const halves = this.#halves(node);
      if (parent === null) {
        this.#root = innerOf(halves, this.#dimensions);
        return;
      }
      removeAt(parent, parent.list.indexOf(node), 2 * this.#dimensions);
      for (const half of halves) addChild(parent, half, this.#dimensions);
      node = parent;
    }
  }

  /** Two halves of a node, cut across the axis on which it is widest. */
  #halves(node: Node<Item>): [Node<Item>, Node<Item>] {
    const box = boxOf(node, this.#dimensions);
    const widths = Array.from({ length: this.#dimensions }, (_, axis) => {
      return (numberAt(box, this.#dimensions + axis) - numberAt(box, axis)) / this.#unit(axis);
    });
    const axis = widths.indexOf(Math.max(...widths));
    if (node.kind === 'leaf') {
      const sorted = sortedBy(node.list, (slot) => numberAt(slot.point, axis));
      const middle = sorted.length >> 1;
      return [leafOf(sorted.slice(0, middle)), leafOf(sorted.slice(middle))];
    }
    const centre = (child: Node<Item>): number => {
      const own = boxOf(child, this.#dimensions);
      return numberAt(own, axis) + numberAt(own, this.#dimensions + axis);
    };
    const sorted = sortedBy(node.list, centre);
    const middle = sorted.length >> 1;
    return [
      innerOf(sorted.slice(0, middle), this.#dimensions),
      innerOf(sorted.slice(middle), this.#dimensions),
    ];
  }

  #unit(axis: number): number {
    return numberAt(this.#box, this.#dimensions + axis) - numberAt(this.#box, axis) || 1;
  }
}

/** Returns a slot that dominates the point, or collects those that it dominates. */
function search<Item>(
  node: Node<Item>,
  point: readonly number[],
  dominated: Slot<Item>[],
): Slot<Item> | undefined {
  const { coordinates } = node;
  const dimensions = point.length;
  const isLeaf = node.kind === 'leaf';
  const stride = isLeaf ? dimensions : 2 * dimensions;
  const toNadir = stride - dimensions;
  for (let index = 0, start = 0; start < coordinates.length; index++, start += stride) {
    // In a leaf both corners are the point itself. Strictness in an axis rules out equal vectors.
    let mayDominate = true;
    let mayBeDominated = true;
    let isDifferent = false;
    for (let axis = 0; axis < dimensions; axis++) {
      const value = numberAt(point, axis);
      const ideal = numberAt(coordinates, start + axis);
      const nadir = numberAt(coordinates, start + toNadir + axis);
      if (ideal > value) mayDominate = false;
      if (nadir < value) mayBeDominated = false;
      if (!mayDominate && !mayBeDominated) break;
      if (ideal !== value || nadir !== value) isDifferent = true;
    }
    if (!isDifferent || (!mayDominate && !mayBeDominated)) continue;
    if (!isLeaf) {
      const found = search(elementAt(node.list, index), point, dominated);
      if (found !== undefined) return found;
    } else if (mayDominate) return elementAt(node.list, index);
    else dominated.push(elementAt(node.list, index));
  }
  return undefined;
}

function collectItems<Item>(node: Node<Item>, found: Item[]): void {
  if (node.kind === 'leaf') for (const slot of node.list) found.push(slot.item);
  else for (const child of node.list) collectItems(child, found);
}

function leafOf<Item>(slots: readonly Slot<Item>[]): Leaf<Item> {
  const leaf: Leaf<Item> = { kind: 'leaf', parent: null, list: [...slots], coordinates: [] };
  for (const slot of slots) {
    leaf.coordinates.push(...slot.point);
    slot.leaf = leaf;
  }
  return leaf;
}

function innerOf<Item>(children: readonly Node<Item>[], dimensions: number): Inner<Item> {
  const inner: Inner<Item> = { kind: 'inner', parent: null, list: [], coordinates: [] };
  for (const child of children) addChild(inner, child, dimensions);
  return inner;
}

function addChild<Item>(parent: Inner<Item>, child: Node<Item>, dimensions: number): void {
  child.parent = parent;
  parent.list.push(child);
  parent.coordinates.push(...boxOf(child, dimensions));
}

/** The tight box of what a (non-empty) node lists: ideal corner, then nadir corner. */
function boxOf<Item>(node: Node<Item>, dimensions: number): number[] {
  const { coordinates } = node;
  const box = [...coordinates.slice(0, dimensions), ...coordinates.slice(0, dimensions)];
  for (let start = 0; start < coordinates.length; start += dimensions) {
    widen(box, 0, coordinates.slice(start, start + dimensions));
  }
  return box;
}

/** Grows the box that begins at `start` to hold the point. */
function widen(boxes: number[], start: number, point: readonly number[]): void {
  for (let axis = 0; axis < point.length; axis++) {
    const value = numberAt(point, axis);
    const low = start + axis;
    const high = low + point.length;
    if (value < numberAt(boxes, low)) boxes[low] = value;
    if (value > numberAt(boxes, high)) boxes[high] = value;
  }
}

/** Takes out what stands at the index, with its coordinates. */
function removeAt<Item>(node: Node<Item>, index: number, stride: number): void {
  node.list.splice(index, 1);
  node.coordinates.splice(index * stride, stride);
}

function sortedBy<Entry>(list: readonly Entry[], keyOf: (entry: Entry) => number): Entry[] {
  return list
    .map((entry) => ({ entry, key: keyOf(entry) }))
    .sort((a, b) => a.key - b.key)
    .map(({ entry }) => entry);
}
