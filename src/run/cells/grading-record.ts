import { MixtuneError } from '../../core/errors.ts';
import type { CellResult } from '../../domain/cell-result.ts';
import type { Phase } from '../journal/events.ts';

/** What came of grading so far, as the journal tells it. */
export interface GradingRecord {
  /** Cells that ended unscored, whatever the cause. */
  readonly unscored: number;
  /** Of these, those where the grader itself failed. */
  readonly byGrader: number;
  /** Why the last of them did; `null` before the first. */
  readonly reason: string | null;
  /** A cell has a score, be it 0 for a config that wrote nothing. */
  readonly isScored: boolean;
  /** The grader has judged an answer. */
  readonly isGraded: boolean;
}

/**
 * A search is in vain, and going on would only spend, where one of these many cells ended so before the first success:
 * - `byGrader`: the grader failed on the answer. One that fails on half of all answers at random is stopped once in
 *   4,096 runs, and then a resume costs nothing.
 * - `unscored`: for any cause. Twice as many, since a few models that are not there fail faster than others answer.
 */
export const mostInVain = { byGrader: 12, unscored: 24 };

/** Before the first cell. */
export const nothingGraded: GradingRecord = {
  ...{ unscored: 0, byGrader: 0, reason: null, isScored: false, isGraded: false },
};

/** The record with one more finished cell; once an answer is graded, further failures are single cells' own. */
export function withCell(record: GradingRecord, { grade, answer }: CellResult): GradingRecord {
  const { unscored, byGrader, isGraded } = record;
  if (isGraded) return record;
  if (grade.kind === 'scored') return { ...record, isScored: true, isGraded: answer !== null };
  const failed = grade.graderFailed === true ? 1 : 0;
  return { ...record, unscored: unscored + 1, byGrader: byGrader + failed, reason: grade.reason };
}

interface Searching {
  readonly phase: Phase;
  readonly grading: GradingRecord;
}

/** Whether a search is in vain: the run pauses, and begins its search anew when it is resumed. */
export function isInVain({ phase, grading }: Searching): boolean {
  const { isScored, unscored } = grading;
  return phase === 'search' && (graderFails(grading) || (!isScored && unscored >= mostInVain.unscored));
}

function graderFails({ isGraded, byGrader }: GradingRecord): boolean {
  return !isGraded && byGrader >= mostInVain.byGrader;
}

/** Why a run pauses whose search is in vain. */
export function searchIsInVain(grading: GradingRecord): MixtuneError {
  const { byGrader, unscored, reason } = grading;
  if (!graderFails(grading)) {
    const text = `None of the first ${unscored} cells could be scored; the last reason: ${reason}`;
    return new MixtuneError('nothing-scored', text);
  }
  const text = `The grader failed on all of the first ${byGrader} answers; its last error: ${reason}`;
  return new MixtuneError('grader-fails', text);
}
