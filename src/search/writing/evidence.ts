import type { Rng } from '../../core/rng.ts';

/** A cell in which a config did badly, as a prompt writer is shown it. */
export interface FailingCase {
  readonly question: string;
  /** What the agent wrote whose prompt is to be improved; absent where it is not known or is the answer itself. */
  readonly candidate?: string;
  /** The config's answer; `null` when it gave none. */
  readonly answer: string | null;
  /** 0..1. */
  readonly score: number;
  /** What the grader said; without the reference answer. */
  readonly feedback?: string;
}

/** A scored tuning cell, as evidence is chosen among them. */
export interface ScoredEvidence {
  /** Its instance: cases of several say more than repeats of one. */
  readonly instance: string;
  readonly score: number;
  readonly hasFeedback: boolean;
}

/** A score that leaves nothing to improve, but for rounding. */
export const fullMarks = 0.999;
/** Cases are drawn among so many times as many of the lowest-scored cells. */
const drawnAmong = 3;

/**
 * Draws up to `most` failing cells: among the lowest-scored, those with feedback first, of different
 * instances as far as there are; empty where nothing failed. In order of score, lowest first.
 */
export function chooseFailing<Cell extends ScoredEvidence>(
  cells: readonly Cell[],
  most: number,
  rng: Rng,
): Cell[] {
  const failing = cells.filter(({ score }) => score < fullMarks);
  const byScore = rng
    .shuffle(failing)
    .sort((a, b) => Number(b.hasFeedback) - Number(a.hasFeedback) || a.score - b.score);
  const lowest = rng.shuffle(byScore.slice(0, most * drawnAmong));
  const seen = new Set<string>();
  const fresh = lowest.filter(({ instance }) => !seen.has(instance) && seen.add(instance));
  const again = lowest.filter((cell) => !fresh.includes(cell));
  return [...fresh, ...again].slice(0, most).sort((a, b) => a.score - b.score);
}
