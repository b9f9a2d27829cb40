/**
 * The first index below `end` from which on a condition holds; `end` where it holds nowhere. By halves, so it has to
 * hold at every index after one at which it does.
 */
export function bisect(end: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
