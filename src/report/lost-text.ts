import type { FrontFile } from '../domain/run-result.ts';
import { formatCost, formatCount, formatCounted } from './format.ts';

/** How much of what was spent nobody knows: `of this at most 4,713 tokens, $0.0041 for 2 calls that were cut off, …`. */
export function lostText({ lost }: Pick<FrontFile, 'lost'>): string[] {
  if (lost === undefined) return [];
  const { calls, tokens, usd } = lost;
  const amount = `${formatCount(tokens)} tokens${usd === null ? '' : `, ${formatCost(usd)}`}`;
  const count = calls === 1 ? 'counts' : 'count';
  return [
    `of this at most ${amount} for ${formatCounted(calls, 'call')} that ${calls === 1 ? 'was' : 'were'} cut off, which ${count} at ${calls === 1 ? 'its' : 'their'} worst case, since the server may bill ${calls === 1 ? 'it' : 'them'}`,
  ];
}
