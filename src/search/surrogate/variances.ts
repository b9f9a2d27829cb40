import { elementAt } from '../../core/element-at.ts';
import type { Rng } from '../../core/rng.ts';
import { type MeasuredRows, rowsAt } from './gaussian-process.ts';
import type { KernelVariances } from './kernel.ts';
import { Likelihood } from './likelihood.ts';

/** Trials that the variances are learned from at most, by lot. */
const mostTrials = 120;

/** Before anything is known, of log odds: a model or a prompt moves them by about 0.45, and so a score by a tenth at most. */
const prior: KernelVariances = {
  linear: [0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0.02, 0.2, 0.2, 0.2],
  together: 0.2,
  inverseLengths: [0, 1, 1, 0, 0.5, 0.5, 0, 0, 0, 1],
  own: 0.01,
};
/** Groups of this index and later tell of how models go together; of few trials they would blur what each is worth alone. */
const firstLate = 7;
/** From so many trials on they count. */
export const manyTrials = 150;
const early: KernelVariances = {
  ...prior,
  linear: prior.linear.map((value, group) => (group < firstLate ? value : 0)),
  inverseLengths: prior.inverseLengths.map((value, group) => (group < firstLate ? value : 0)),
};
/** How far the logarithm of a variance may be from the prior's: standard deviation. */
const priorSpread = 1.2;
const steps = [
  [4, 0.25],
  [2, 0.5],
] as const;

/**
 * Variances that make what was seen likely and are not far from the prior's: the largest posterior along one
 * coordinate after the other, in steps of a factor.
 */
export function likelyVariances(measured: MeasuredRows, rng: Rng): KernelVariances {
  const chosen = rng.shuffle([...measured.rows.keys()]).slice(0, mostTrials);
  let best = measured.rows.length < manyTrials ? early : prior;
  const likelihood = new Likelihood(rowsAt(measured, chosen), best.inverseLengths);
  const posterior = (variances: KernelVariances): number => likelihood.logOf(variances) - distance(variances);
  let reached = posterior(best);
  for (const factors of steps) {
    for (let part = 0; part < prior.linear.length + 2; part++) {
      for (const factor of factors) {
        const tried = scaled(best, part, factor);
        const value = posterior(tried);
        if (value <= reached) continue;
        best = tried;
        reached = value;
        break;
      }
    }
  }
  return best;
}

function scaled(variances: KernelVariances, part: number, factor: number): KernelVariances {
  const { linear, together, own } = variances;
  if (part === linear.length) return { ...variances, together: together * factor };
  if (part > linear.length) return { ...variances, own: own * factor };
  return { ...variances, linear: linear.map((value, at) => (at === part ? value * factor : value)) };
}

function distance({ linear, together, own }: KernelVariances): number {
  const off = (value: number, before: number): number => (Math.log(value / before) / priorSpread) ** 2 / 2;
  return (
    linear.reduce((sum, value, at) => sum + (value === 0 ? 0 : off(value, elementAt(prior.linear, at))), 0) +
    off(together, prior.together) +
    off(own, prior.own)
  );
}
