import type { Rng } from '../../../src/core/rng.ts';

/** Plain data that both languages have; whole numbers only, so that equality is exact in both. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

/** A function to be repaired. `{name}`-like slots in its texts are filled from a domain. */
export interface Repair {
  readonly name: string;
  /** Names and words that dress the same function up differently; `function` is what tests call. */
  readonly domains: readonly (Readonly<Record<string, string>> & { readonly function: string })[];
  /** A right Python version. */
  readonly source: string;
  /** Each replaces a piece of the right version, which occurs once, by a wrong one. */
  readonly bugs: readonly { readonly right: string; readonly wrong: string }[];
  readonly rules: readonly string[];
  /** Arguments of the calls that the tests make: awkward cases first, then random ones. */
  readonly inputs: (rng: Rng, words: Readonly<Record<string, string>>) => readonly (readonly Value[])[];
  /** What a right version returns, worked out apart from the Python one. */
  readonly reference: (words: Readonly<Record<string, string>>, ...args: readonly never[]) => Value;
}

/** A Python literal. */
export function literal(value: Value): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number' || typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: Value) => literal(item)).join(', ')}]`;
  const entries = Object.entries(value as { readonly [key: string]: Value });
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}: ${literal(item)}`).join(', ')}}`;
}
