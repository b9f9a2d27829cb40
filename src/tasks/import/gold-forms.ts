import type { GraderSpec } from '../../domain/task.ts';
import type { GoldForm } from '../../grading/gold-form.ts';
import { graderKind } from '../../grading/registry.ts';

/** A grader with the form of its gold answers. */
export interface GraderForm extends GoldForm {
  readonly grader: string;
}

/** The form of a grader's gold answers; graders not known here take any. */
export function goldFormOf(grader: string): GraderForm {
  const any = { answer: 'text', expected: 'a gold answer', fits: () => true } as const;
  return { ...(graderKind(grader)?.gold ?? any), grader };
}

/** The grader's spec for these gold answers. */
export function specOf(grader: string, golds: readonly unknown[]): GraderSpec {
  return { name: grader, ...goldFormOf(grader).options?.(golds) };
}
