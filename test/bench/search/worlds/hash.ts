/** Mixes a value into a 32-bit hash (murmur3's body and finaliser): every bit of both matters. */
export function mix(hash: number, value: number): number {
  let h = Math.imul(hash ^ Math.imul(value, 0xcc9e2d51), 0x1b873593);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}

export function hashText(text: string): number {
  let hash = 0x9747b28c;
  for (let index = 0; index < text.length; index++) hash = mix(hash, text.charCodeAt(index));
  return hash;
}

/** A uniform number in [0, 1) that a hash stands for. */
export const uniformOf = (hash: number): number => (mix(hash, 0x5bd1e995) >>> 0) / 4294967296;

const quantiles = normalQuantiles(1 << 16);

/** A standard normal number that a hash stands for: an entry of a table of 65,536 equally likely quantiles. */
export const normalOf = (hash: number): number => quantiles[mix(hash, 0x27d4eb2f) >>> 16] as number;

/** Quantiles at (k + 0.5) / count, by Acklam's rational approximation (relative error below 1.2e-9). */
function normalQuantiles(count: number): Float64Array {
  const table = new Float64Array(count);
  for (let index = 0; index < count; index++) table[index] = inverseNormal((index + 0.5) / count);
  return table;
}

function inverseNormal(share: number): number {
  if (share > 0.5) return -inverseNormal(1 - share);
  if (share < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(share));
    const top =
      ((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) *
        q +
        4.374664141464968) *
        q +
      2.938163982698783;
    const bottom =
      (((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) *
        q +
      1;
    return top / bottom;
  }
  const q = share - 0.5;
  const r = q * q;
  const top =
    (((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
      30.66479806614716) *
      r +
      2.506628277459239) *
    q;
  const bottom =
    ((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
      13.28068155288572) *
      r +
    1;
  return top / bottom;
}

/** A set of non-negative integers below 2^53: open addressing in one array, for the millions of calls of a run. */
export class NumberSet {
  #slots = new Float64Array(1 << 12).fill(-1);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a number; whether it was new. */
  add(value: number): boolean {
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = mix(value | 0, (value / 4294967296) | 0) & mask;
    for (;;) {
      const found = slots[at] as number;
      if (found === value) return false;
      if (found < 0) break;
      at = (at + 1) & mask;
    }
    slots[at] = value;
    this.#size++;
    return true;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Float64Array(old.length * 2).fill(-1);
    this.#size = 0;
    for (const value of old) if (value >= 0) this.add(value);
  }
}
