import { elementAt } from '../core/element-at.ts';
import { BoxTree, type Slot } from './box-tree.ts';
import { type Direction, minimised, type ObjectiveVector } from './vector.ts';

export interface FrontPoint {
  readonly id: string;
  /** As it was inserted: not negated. */
  readonly vector: readonly number[];
}

/** A point the front knows of. Dominated ones hang below one point that dominates them. */
interface Entry {
  readonly id: string;
  readonly vector: ObjectiveVector;
  /** `null` when a value is unknown. */
  readonly point: readonly number[] | null;
  /** Set while on the front. */
  slot: Slot<Entry> | null;
  dominator: Entry | null;
  /** Made on first use: most points dominate nothing. */
  dominated: Set<Entry> | null;
}

/**
 * The non-dominated points of a changing set. Points come and go by id, in any order, and the front
 * depends on the set alone: when a member is removed or moves, points that only it dominated come back.
 *
 * A point with an unknown (`null`) value is remembered but is neither on the front nor dominates
 * anything. Equal vectors do not dominate one another and are all members.
 *
 * An insert takes about O(log n) for n members; a removal re-places the points it alone held down.
 */
export class ParetoFront {
  readonly #directions: readonly Direction[];
  readonly #entries = new Map<string, Entry>();
  readonly #tree: BoxTree<Entry>;
  #size = 0;

  constructor(directions: readonly Direction[]) {
    if (directions.length === 0) {
      throw new RangeError('ParetoFront: expected at least one objective, found none');
    }
    this.#directions = [...directions];
    this.#tree = new BoxTree(directions.length);
  }

  /** Points on the front. */
  get size(): number {
    return this.#size;
  }

  /** Points known, dominated and incomplete ones included. */
  get known(): number {
    return this.#entries.size;
  }

  /** Adds a point, or moves the one of that id. Returns whether it is now on the front. */
  insert(id: string, vector: ObjectiveVector): boolean {
    const point = minimised(vector, this.#directions);
    this.remove(id);
    const entry: Entry = { id, vector: [...vector], point, slot: null, dominator: null, dominated: null };
    this.#entries.set(id, entry);
    if (point !== null) this.#place(entry, point);
    return entry.slot !== null;
  }

  /** Forgets a point; returns whether it was known. */
  remove(id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    this.#entries.delete(id);
    const orphans = entry.dominated ?? [];
    if (entry.slot !== null) {
      this.#tree.remove(entry.slot);
      this.#size--;
      for (const orphan of orphans) if (orphan.point !== null) this.#place(orphan, orphan.point);
    } else if (entry.dominator !== null) {
      entry.dominator.dominated?.delete(entry);
      // What dominated this point dominates all that this point did.
      for (const orphan of orphans) hang(orphan, entry.dominator);
    }
    return true;
  }

  /** Whether the point of that id is on the front. */
  has(id: string): boolean {
    return this.#entries.get(id)?.slot != null;
  }

  /** Ids of the points on the front, in no order. */
  ids(): string[] {
    return this.#tree.items().map(({ id }) => id);
  }

  /** The front, best first objective first, then by the next ones, then by id. */
  members(): FrontPoint[] {
    return this.#tree
      .items()
      .sort((a, b) => compare(a.point ?? [], b.point ?? []) || (a.id < b.id ? -1 : 1))
      .map(({ id, vector }) => ({ id, vector: vector as readonly number[] }));
  }

  /** Puts an entry, with all that hangs below it, onto the front or below a member that dominates it. */
  #place(entry: Entry, point: readonly number[]): void {
    entry.dominator = null;
    const { dominating, dominated } = this.#tree.relate(point);
    if (dominating !== undefined) {
      hang(entry, dominating);
      return;
    }
    for (const slot of dominated) {
      this.#tree.remove(slot);
      slot.item.slot = null;
      this.#size--;
      hang(slot.item, entry);
    }
    entry.slot = this.#tree.insert(point, entry);
    this.#size++;
  }
}

function hang(entry: Entry, dominator: Entry): void {
  entry.dominator = dominator;
  dominator.dominated ??= new Set();
  dominator.dominated.add(entry);
}

function compare(first: readonly number[], second: readonly number[]): number {
  for (const [index, value] of first.entries()) {
    const other = elementAt(second, index);
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}
