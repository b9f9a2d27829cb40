import type { ObjectiveName } from '../../domain/objective.ts';

/** What all racing rules can be told. */
export interface RacingOptions {
  /** What the columns of a duel are. Default score, latency, tokens. */
  readonly objectives?: readonly ObjectiveName[];
  /**
   * Chance, over all looks and rivals, that a trial of the front is dropped; for the Bayesian bootstrap, at
   * one look against one rival. In (0, 1); default 0.05, for the Bayesian bootstrap 0.1.
   */
  readonly alpha?: number;
  /** So much score, 0..1, may a trial be better than a rival that drops it. Default 0.01. */
  readonly scoreTolerance?: number;
  /** So much cheaper may it be, as a share of its cost: 0.02 is 2%. Default 0.02. */
  readonly costTolerance?: number;
  /** Duels of fewer cells decide nothing. At least 2; default 8. */
  readonly minCells?: number;
}

export type RacingSettings = Required<RacingOptions>;

const defaults: RacingSettings = {
  objectives: ['score', 'latency', 'tokens'],
  alpha: 0.05,
  scoreTolerance: 0.01,
  costTolerance: 0.02,
  minCells: 8,
};

/** Fills in defaults. Throws a `RangeError` that names the option for what makes no sense. */
export function settleOptions(options: RacingOptions = {}): RacingSettings {
  const settings = { ...defaults, ...options };
  const { objectives, alpha, scoreTolerance, costTolerance, minCells } = settings;
  const fail = (name: keyof RacingSettings, expected: string): never => {
    throw new RangeError(`racing: expected ${name} to be ${expected}, found ${String(settings[name])}`);
  };
  if (objectives.length === 0) fail('objectives', 'at least one objective');
  if (!(alpha > 0 && alpha < 1)) fail('alpha', 'in (0, 1)');
  if (!(scoreTolerance >= 0 && scoreTolerance < 1)) fail('scoreTolerance', 'in [0, 1)');
  if (!(costTolerance >= 0 && costTolerance < 1)) fail('costTolerance', 'in [0, 1)');
  if (!(Number.isInteger(minCells) && minCells >= 2)) fail('minCells', 'an integer of at least 2');
  return settings;
}
