import { MixtuneError } from '../core/errors.ts';
import type { CellResult } from '../domain/cell-result.ts';

/** What came of grading so far, as the journal tells it. */
export interface GradingRecord {
  /** Answers that the grader failed on, by a failure of its own. */
  readonly inVain: number;
  /** The reason that it gave last; `null` before the first. */
  readonly error: string | null;
  /** It has graded an answer: then it works, and further failures are single cells' own. */
  readonly works: boolean;
}

/**
 * So many answers graded in vain, and none with success: going on would only spend. A grader that fails on half of
 * all answers at random is stopped once in 4,096 runs, and then a resume costs nothing.
 */
export const mostInVain = 12;

/** Before the first cell. */
export const nothingGraded: GradingRecord = { inVain: 0, error: null, works: false };

/** The record with one more finished cell; the same where the grader had no part in it. */
export function withCell(record: GradingRecord, { grade, answer }: CellResult): GradingRecord {
  if (record.works) return record;
  // A config that wrote nothing scores 0 without the grader.
  if (grade.kind === 'scored') return answer === null ? record : { ...record, works: true };
  if (grade.graderFailed !== true) return record;
  return { ...record, inVain: record.inVain + 1, error: grade.reason };
}

/** Whether the grader has failed on every answer, and on enough of them. */
export function isGradedInVain({ grading }: { readonly grading: GradingRecord }): boolean {
  return !grading.works && grading.inVain >= mostInVain;
}

/** Why a run ends whose answers are graded in vain. */
export function graderFails({ inVain, error }: GradingRecord): MixtuneError {
  return new MixtuneError(
    'grader-fails',
    `The grader failed on all of the first ${inVain} answers; its last error: ${error}`,
  );
}
