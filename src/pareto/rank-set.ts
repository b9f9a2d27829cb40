import { elementAt } from '../core/element-at.ts';

/**
 * A set of integers in [0, size) with predecessor search in O(log32 size): a bitmap whose 32-bit words
 * are summarised by the bits of a smaller bitmap, and so on up to a single word.
 */
export class RankSet {
  readonly #levels: Uint32Array[] = [];

  constructor(size: number) {
    let words = size;
    do {
      words = Math.ceil(words / 32) || 1;
      this.#levels.push(new Uint32Array(words));
    } while (words > 1);
  }

  add(rank: number): void {
    let index = rank;
    for (const level of this.#levels) {
      const word = index >>> 5;
      level[word] = elementAt(level, word) | (1 << (index & 31));
      index = word;
    }
  }

  delete(rank: number): void {
    let index = rank;
    for (const level of this.#levels) {
      const word = index >>> 5;
      const rest = elementAt(level, word) & ~(1 << (index & 31));
      level[word] = rest;
      if (rest !== 0) return;
      index = word;
    }
  }

  /** The greatest member below `rank`, or -1. */
  predecessor(rank: number): number {
    let index = rank;
    for (const [height, level] of this.#levels.entries()) {
      const word = index >>> 5;
      const below = elementAt(level, word) & ((1 << (index & 31)) - 1);
      if (below !== 0) return this.#greatestUnder((word << 5) | highestBit(below), height);
      index = word;
    }
    return -1;
  }

  #greatestUnder(start: number, startHeight: number): number {
    let index = start;
    for (let height = startHeight - 1; height >= 0; height--) {
      index = (index << 5) | highestBit(elementAt(elementAt(this.#levels, height), index));
    }
    return index;
  }
}

function highestBit(word: number): number {
  return 31 - Math.clz32(word);
}
