import { InputError } from '../../core/errors.ts';
import { keysOf } from '../../core/records.ts';
import { createBayesianBootstrap } from './bayesian-bootstrap.ts';
import { createEProcess } from './e-process.ts';
import type { RacingOptions } from './options.ts';
import type { RacingRule } from './rule.ts';

const rules = {
  'e-process': createEProcess,
  'bayesian-bootstrap': createBayesianBootstrap,
  none: (): RacingRule => ({ name: 'none', drops: () => undefined }),
} as const;

export type RacingRuleName = keyof typeof rules;
export const racingRuleNames = keysOf(rules);

/** The one that saves most at no more than 5% false drops, by measurement (test/experiments/results.md). */
export const defaultRacingRule: RacingRuleName = 'bayesian-bootstrap';

/**
 * Settings may come from the manifest of an earlier version, which had other rules.
 * @throws InputError
 */
export function refuseUnknownRule(name: RacingRuleName, source = 'schedule', path = 'racing'): void {
  if (racingRuleNames.includes(name)) return;
  const expected = `one of ${racingRuleNames.join(', ')}`;
  throw new InputError(source, { path, found: JSON.stringify(name), expected });
}

/** Throws an {@link InputError} for an unknown rule, a `RangeError` for options that make no sense. */
export function createRacingRule(name: RacingRuleName, options: RacingOptions = {}): RacingRule {
  refuseUnknownRule(name);
  return rules[name](options);
}
