import { z } from 'zod';
import { defined } from '../core/defined.ts';

export const checkSchema = z.object({
  name: z.string(),
  points: z.number(),
  max: z.number(),
  passed: z.boolean(),
  /** Why the check went as it did, for people and for prompt writers; may be empty. */
  note: z.string(),
});

/** A grader's verdict. What could not be judged is `unscored`, never a score of 0. */
export const gradeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('scored'),
    /** 0 (wrong) to 1 (right). */
    value: z.number().min(0).max(1),
    points: z.number().optional(),
    max: z.number().optional(),
    letter: z.string().optional(),
    checks: z.array(checkSchema).optional(),
    /** Short text for reflective prompt mutation: what was wrong, without the reference answer. */
    feedback: z.string().optional(),
    /** True where the answer's program was stopped by its time limit. */
    timedOut: z.boolean().optional(),
  }),
  z.object({
    kind: z.literal('unscored'),
    reason: z.string(),
    /** True where the grader itself failed: it threw, crashed, ran out of time or said nothing readable. */
    graderFailed: z.boolean().optional(),
  }),
]);

/** One thing that a grader checked, with its points. */
export type Check = z.infer<typeof checkSchema>;
/** A grader's verdict on one answer. `unscored` says nothing of the answer: it is never a score of 0. */
export type Grade = z.infer<typeof gradeSchema>;
export type ScoredGrade = Extract<Grade, { kind: 'scored' }>;
type UnscoredGrade = Extract<Grade, { kind: 'unscored' }>;

/** A verdict with what was wrong when it is not full marks. */
export function scored(value: number, feedback?: string): ScoredGrade {
  return { kind: 'scored', value, ...defined({ feedback }) };
}

/** Of an answer that could not be judged. */
export function unscored(reason: string): UnscoredGrade {
  return { kind: 'unscored', reason };
}

/** Of a grader that threw, crashed, ran out of time or said nothing readable: that is nobody's answer's fault. */
export function graderFailed(reason: string): UnscoredGrade {
  return { kind: 'unscored', reason, graderFailed: true };
}
