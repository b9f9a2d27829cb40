import { elementAt } from '../../core/element-at.ts';

/** What to expect of a quantity, and what it stays above and below in nine cases of ten each. */
export interface Quantiles {
  readonly p10: number;
  readonly median: number;
  readonly p90: number;
}

/**
 * The value that a further draw stays at or below with chance `share`, from n draws of the same kind: the
 * (n + 1) share-th smallest, between neighbours interpolated (type 6 of Hyndman & Fan 1996). A further draw
 * falls below the k-th smallest of n with chance k / (n + 1), so 9 draws and 19 give the 90th percentile
 * exactly; fewer than 9 cannot, and give their largest.
 */
export function predictiveQuantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError('predictiveQuantile: expected at least one value');
  const sorted = [...values].sort((a, b) => a - b);
  const position = Math.min(sorted.length, Math.max(1, (sorted.length + 1) * share));
  const below = elementAt(sorted, Math.floor(position) - 1);
  const above = elementAt(sorted, Math.ceil(position) - 1);
  return below + (above - below) * (position - Math.floor(position));
}

export function outlookOf(values: readonly number[]): Quantiles {
  const at = (share: number): number => predictiveQuantile(values, share);
  return { p10: at(0.1), median: at(0.5), p90: at(0.9) };
}
