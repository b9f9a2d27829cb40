/**
 * One candidate against one rival on the cells where both are scored: a row a cell, in the order in which
 * the search hands cells out, and a column an objective. Every objective is turned so that larger is better.
 */
export interface Duel {
  readonly candidate: readonly (readonly number[])[];
  /** As many rows, of the same cells. */
  readonly rival: readonly (readonly number[])[];
}

/** Which look at the candidate this is, and how many there will be at most: error is spread over looks. */
interface Look {
  /** 0-based. */
  readonly index: number;
  readonly of: number;
}

/**
 * Decides whether a trial may be given up before it has had all cells of its level. It is asked again after
 * each block of cells, against members of the front of the time, so its error must hold under repeated
 * looks and several rivals: a dropped trial that belongs on the front is lost.
 */
export interface RacingRule {
  readonly name: string;
  /**
   * Index of a duel whose rival is so surely at least as good in every objective (within the rule's tolerance
   * on the score) that the candidate is given up; `undefined` to go on. Draws no random numbers and keeps
   * nothing between calls. A duel of fewer rows than the rule needs decides nothing.
   */
  drops(duels: readonly Duel[], look: Look): number | undefined;
}
