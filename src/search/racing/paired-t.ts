import jStat from 'jstat';
import { marginsOf, pseudoLoss, requireMatching } from './margins.ts';
import { type RacingOptions, settleOptions } from './options.ts';
import type { Look, RacingRule } from './rule.ts';

/**
 * One-sided paired t tests, an intersection–union test over objectives (Berger 1982): the candidate goes
 * only if every objective by itself rejects "the rival is worse". The error is shared equally among rivals
 * (Bonferroni) and spent over the looks as a Pocock boundary does (Lan & DeMets 1983); what a look has to
 * spend is what it adds to the spent total, so the bound holds without assumptions about how looks depend.
 *
 * The score has one cell more than was measured, in which the candidate wins by the largest difference that
 * was seen: few discordant answers of right-or-wrong questions are otherwise taken for more than they are.
 */
export function createPairedT(options: RacingOptions = {}): RacingRule {
  const settings = settleOptions(options);
  const { objectives, alpha, minCells } = settings;
  return {
    name: 'paired-t',
    drops(duels, look) {
      const level = spentAt(look, alpha) / Math.max(1, duels.length);
      const index = duels.findIndex((duel) => {
        requireMatching(duel, settings);
        if (duel.candidate.length < minCells) return false;
        return objectives.every((name, column) => {
          const margins = marginsOf(duel, column, settings);
          if (name === 'score') margins.push(pseudoLoss(margins, settings.scoreTolerance));
          return isSurelyNotNegative(margins, level);
        });
      });
      return index < 0 ? undefined : index;
    },
  };
}

/** What this look may spend of alpha. Looks beyond the announced number get the last one's share. */
export function spentAt({ index, of }: Look, alpha: number): number {
  const looks = Math.max(1, of);
  const at = Math.min(Math.max(0, index), looks - 1);
  const spent = (share: number): number => alpha * Math.log1p((Math.E - 1) * share);
  return spent((at + 1) / looks) - spent(at / looks);
}

/** Rejects "the mean is negative" at the level. Values without spread are taken as they are. */
function isSurelyNotNegative(values: readonly number[], level: number): boolean {
  const count = values.length;
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / count;
  // Cheap, and most duels end here. NaN ends here too.
  if (!(mean >= 0)) return false;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  // Rounding leaves a trace of spread in equal values.
  const error = Math.sqrt(squares / (count - 1) / count);
  if (error <= 1e-12 * mean || error === 0) return true;
  return jStat.studentt.cdf(-mean / error, count - 1) <= level;
}
