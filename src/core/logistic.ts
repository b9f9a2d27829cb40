/** The probability of such log odds, strictly between 0 and 1 as far as numbers can tell. */
export const logistic = (odds: number): number => 1 / (1 + Math.exp(-odds));

/** The log odds of a probability between 0 and 1. */
export const logit = (probability: number): number => Math.log(probability / (1 - probability));
