import { float64At } from '../../core/linear.ts';
import { marginsOf } from './margins.ts';
import type { Duel, DuelRule, RacingSettings } from './rule.ts';

/** Bets as shares of the largest that cannot go bankrupt; the wealth is their average. */
const bets = [0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9] as const;

/**
 * Testing by betting (Waudby-Smith & Ramdas 2024, §4): for each objective a gambler bets, cell by cell, that
 * the rival is at least as good; under "the rival is worse" the wealth is a supermartingale, so it ever
 * reaches 1/alpha with probability at most alpha (Ville), however often one looks. Wealth is the mixture of
 * constant bets, which needs no tuning. Objectives are joined by intersection–union, rivals by Bonferroni.
 *
 * Scores are bounded, and the bets are on their mean. Costs are not: the bets are on whether the rival costs
 * no more than the tolerance allows in a cell (a sign test, in which ties count for the rival), and the mean
 * must agree.
 */
export function createEProcess(settings: RacingSettings): DuelRule {
  return (duel, rivals) => {
    const needed = Math.log(rivals / settings.alpha);
    return settings.objectives.every((_, column) => isWon(duel, column, needed, settings));
  };
}

function isWon(duel: Duel, column: number, needed: number, settings: RacingSettings): boolean {
  const margins = marginsOf(duel, column, settings);
  const total = margins.reduce((sum, margin) => sum + margin, 0);
  if (!(total >= 0)) return false;
  if (settings.objectives[column] === 'score') {
    return reaches(margins, 1 - settings.scoreTolerance, needed);
  }
  const signs = margins.map((margin) => (margin >= 0 ? 1 : -1));
  return reaches(signs, 1, needed);
}

/**
 * Whether the wealth ever reaches exp(needed).
 * @param worst the largest loss a cell can bring: values are at least its negative.
 */
function reaches(values: readonly number[], worst: number, needed: number): boolean {
  const wealth = new Float64Array(bets.length).fill(1);
  const target = Math.exp(needed) * bets.length;
  for (const value of values) {
    let sum = 0;
    for (const [index, bet] of bets.entries()) {
      const grown = float64At(wealth, index) * (1 + (bet / worst) * value);
      wealth[index] = grown;
      sum += grown;
    }
    if (sum >= target) return true;
  }
  return false;
}
