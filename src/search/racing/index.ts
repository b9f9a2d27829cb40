import { keysOf } from '../../core/records.ts';
import { unknownName } from '../../core/unknown-name.ts';
import { createBayesianBootstrap } from './bayesian-bootstrap.ts';
import { createEProcess } from './e-process.ts';
import type { Duel, DuelRule, RacingSettings } from './rule.ts';

interface RuleRecord {
  readonly create: (settings: RacingSettings) => DuelRule;
  readonly alpha: number;
}

const rules = {
  'e-process': { create: createEProcess, alpha: 0.05 },
  // By measurement: under 5% false drops with doubling looks (test/experiments/results.md).
  'bayesian-bootstrap': { create: createBayesianBootstrap, alpha: 0.1 },
  none: { create: () => () => false, alpha: 0 },
} as const satisfies Readonly<Record<string, RuleRecord>>;

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
  throw unknownName(source, `one of ${racingRuleNames.join(', ')}`, name, racingRuleNames, { path });
}

/** Whether a candidate is given up for one of the rivals of these duels. */
export type RacingRule = (duels: readonly Duel[]) => boolean;

/** @throws InputError for an unknown rule */
export function createRacingRule(name: RacingRuleName, changed: Partial<RacingSettings> = {}): RacingRule {
  refuseUnknownRule(name);
  const { create, alpha } = rules[name];
  const settings: RacingSettings = {
    objectives: ['score', 'latency', 'tokens'],
    alpha,
    scoreTolerance: 0.01,
    costTolerance: 0.02,
    minCells: 8,
    ...changed,
  };
  const isLost: DuelRule = create(settings);
  return (duels) =>
    duels.some((duel) => duel.candidate.length >= settings.minCells && isLost(duel, duels.length));
}
