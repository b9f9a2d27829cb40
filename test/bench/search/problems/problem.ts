/** A plain multi-objective problem over real numbers with a known front; all objectives are minimised. */
export interface Problem {
  readonly name: string;
  readonly objectives: number;
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  evaluate(x: readonly number[]): number[];
  /** About `count` points of the true front, evenly over its parameters. */
  front(count: number): number[][];
}

export const repeat = (value: number, count: number): number[] => Array.from({ length: count }, () => value);

/** `count` numbers from `low` to `high`, both included. */
export const grid = (low: number, high: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => low + ((high - low) * index) / (count - 1));

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
