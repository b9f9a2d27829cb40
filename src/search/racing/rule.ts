import type { ObjectiveName } from '../../domain/objective.ts';

/**
 * One candidate against one rival on the cells where both are scored: a row a cell, in the order in which
 * the search hands cells out, and a column an objective. Every objective is turned so that larger is better.
 */
export interface Duel {
  readonly candidate: readonly (readonly number[])[];
  /** As many rows, of the same cells. */
  readonly rival: readonly (readonly number[])[];
}

export interface RacingSettings {
  /** What the columns of a duel are. */
  readonly objectives: readonly ObjectiveName[];
  /**
   * Chance, over all looks and rivals, that a trial of the front is dropped; for the Bayesian bootstrap, at
   * one look against one rival.
   */
  readonly alpha: number;
  /** So much score, 0..1, may a trial be better than a rival that drops it. */
  readonly scoreTolerance: number;
  /** So much cheaper may it be, as a share of its cost: 0.02 is 2%. */
  readonly costTolerance: number;
  /** Duels of fewer cells decide nothing. At least 2. */
  readonly minCells: number;
}

/**
 * Whether the rival is so surely at least as good in every objective (within the tolerances) that the candidate is
 * given up before it has had all cells of its level. It is asked again after each block of cells, against members of
 * the front of the time, so its error must hold under repeated looks and several rivals: a dropped trial that belongs
 * on the front is lost. Draws no random numbers and keeps nothing between calls.
 *
 * @param rivals that the candidate meets at this look
 */
export type DuelRule = (duel: Duel, rivals: number) => boolean;
