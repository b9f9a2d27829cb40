import type { CallsSpent } from '../domain/budget.ts';
import type { FrontFile } from '../domain/run-result.ts';
import { formatCost, formatCount, formatCounted } from './format.ts';

/**
 * What of the spending answers came for, and how much of it or beside it nobody knows: `of this 61,200 tokens, $0.08 for
 * answers that came, and at most 4,713 tokens, $0.0041 for 2 calls that were cut off, …`.
 */
export function lostText({
  spent,
  lost,
  inFlight,
}: Pick<FrontFile, 'spent' | 'lost' | 'inFlight'>): string[] {
  const told: string[] = [];
  if (lost !== undefined) {
    const one = lost.calls === 1;
    const answered = {
      tokens: spent.tokensIn + spent.tokensOut - lost.tokens,
      usd: spent.usd === null || lost.usd === null ? null : Math.max(0, spent.usd - lost.usd),
    };
    told.push(
      `of this ${amountText(answered)} for answers that came, and at most ${amountText(lost)} for ${formatCounted(lost.calls, 'call')} that ${one ? 'was' : 'were'} cut off, which ${one ? 'counts at its' : 'count at their'} worst case, since the server may bill ${one ? 'it' : 'them'}`,
    );
  }
  if (inFlight !== undefined) {
    const one = inFlight.calls === 1;
    told.push(
      `${formatCounted(inFlight.calls, 'call')} ${one ? 'was' : 'were'} in flight when the run stopped, for which the server may bill at most ${amountText(inFlight)} more`,
    );
  }
  return told;
}

function amountText({ tokens, usd }: Pick<CallsSpent, 'tokens' | 'usd'>): string {
  return `${formatCount(tokens)} tokens${usd === null ? '' : `, ${formatCost(usd)}`}`;
}
