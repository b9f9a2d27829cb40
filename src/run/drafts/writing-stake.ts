import { ceilingsOf, countedBy } from '../../domain/budget.ts';
import { baseline, cameBy } from '../../domain/headliners.ts';
import { countEvaluations, type RunState, spentOf } from '../run-state.ts';
import type { TuneSettings } from '../types.ts';

/** Of what the ceilings allow, what writers may take before they have shown their worth. */
const stakeShare = 0.05;

/**
 * Tokens that writers may take in all before they have shown their worth: a share of those that the run is likely to
 * come to, as it goes, by the ceiling that it is nearest to. Of a ceiling on dollars the same share, at what the dearest
 * single model takes for a token. 0 before anything was spent.
 */
export function writingStake(state: RunState, { budget }: Pick<TuneSettings, 'budget'>): number {
  const used = { ...spentOf(state), evaluations: countEvaluations(state) };
  const shares = ceilingsOf(budget).map((ceiling) => (countedBy(ceiling, used) ?? 0) / ceiling.limit);
  const share = Math.max(0, ...shares);
  const tokens = share === 0 ? 0 : (state.tokensIn + state.tokensOut) / share;
  const { maxUsd } = budget;
  const price = maxUsd === undefined ? 0 : dearestToken(state);
  return stakeShare * (maxUsd === undefined || price === 0 ? tokens : Math.min(tokens, maxUsd / price));
}

/** Dollars. */
function dearestToken({ trials }: RunState): number {
  const singles = trials.filter(({ origin }) => cameBy(baseline, origin.operator));
  return Math.max(0, ...singles.map(({ means: { usd, tokens } }) => (tokens ? (usd ?? 0) / tokens : 0)));
}
