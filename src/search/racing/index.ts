import { createBayesianBootstrap } from './bayesian-bootstrap.ts';
import { createEProcess } from './e-process.ts';
import type { RacingOptions } from './options.ts';
import { createPairedT } from './paired-t.ts';
import type { RacingRule } from './rule.ts';

export type { RacingOptions } from './options.ts';
export type { Duel, Look, RacingRule } from './rule.ts';

const rules = {
  'e-process': createEProcess,
  'paired-t': createPairedT,
  'bayesian-bootstrap': createBayesianBootstrap,
  none: (): RacingRule => ({ name: 'none', drops: () => undefined }),
} as const;

export type RacingRuleName = keyof typeof rules;
export const racingRuleNames = Object.keys(rules) as readonly RacingRuleName[];

/** The one that saves most at no more than 5% false drops, by measurement (docs/racing.md). */
export const defaultRacingRule: RacingRuleName = 'bayesian-bootstrap';

/** Throws a `RangeError` for options that make no sense. */
export function createRacingRule(name: RacingRuleName, options: RacingOptions = {}): RacingRule {
  return rules[name](options);
}
