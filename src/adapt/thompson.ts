import jStat from 'jstat';
import type { ArmBelief } from './arm-posterior.ts';

const points = 32;
/** Middles of shares of equal probability of the standard normal distribution. */
const quantiles = Array.from({ length: points }, (_, at) => jStat.normal.inv((at + 0.5) / points, 0, 1));

/**
 * Chances that Thompson sampling picks each arm: that a draw from its belief is the largest. By summing over
 * quantiles, so that the chances are known and can be written down; whoever draws by them samples exactly so.
 */
export function thompsonShares(beliefs: readonly ArmBelief[]): number[] {
  const chances = beliefs.map(({ mean, deviation }, arm) => {
    let sum = 0;
    for (const quantile of quantiles) {
      const value = mean + deviation * quantile;
      let chance = 1;
      for (const [other, rival] of beliefs.entries()) {
        if (other !== arm) chance *= belowChance((value - rival.mean) / rival.deviation);
      }
      sum += chance;
    }
    return sum;
  });
  const total = chances.reduce((sum, chance) => sum + chance, 0);
  return chances.map((chance) => chance / total);
}

/** The standard normal distribution function to about 3e-4 (Page 1977): it stands in the middle of three loops. */
function belowChance(z: number): number {
  return 0.5 * (1 + Math.tanh(0.797_884_560_8 * z * (1 + 0.044_715 * z * z)));
}
