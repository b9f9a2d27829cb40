import { logistic, logit } from '../../core/logistic.ts';

/** Scores nearer to 0 or 1 count as so near: what was measured of few cells is never beyond. */
const edge = 0.02;

const inside = (score: number): number => Math.min(1 - edge, Math.max(edge, score));

/** How much single scores spread around a mean, up to a factor: least where nearly all are right or all wrong. */
export function spreadAt(mean: number): number {
  const score = inside(mean);
  return score * (1 - score);
}

/**
 * Logarithm of a score's odds. On this scale what models, prompts and company bring adds up: as scores, the sum of what
 * several bring would pass 1 (logistic regression: McCullagh & Nelder, "Generalized Linear Models", 1989, ch. 4).
 */
export function logOdds(score: number): number {
  return logit(inside(score));
}

/** By how much a score changes with its log odds. */
export const slopeAt = (score: number): number => Math.max(1e-6, score * (1 - score));

/** The score that is so many standard deviations off where log odds are distributed normally. */
export const scoreOff = (score: number, deviation: number, times: number): number => {
  const kept = Math.min(1 - 1e-6, Math.max(1e-6, score));
  return logistic(logit(kept) + (times * deviation) / slopeAt(kept));
};
