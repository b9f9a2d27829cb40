import { join } from 'node:path';
import { sha256 } from '../core/canonical-json.ts';
import { defined } from '../core/defined.ts';
import { InputError } from '../core/errors.ts';
import { unwrap } from '../core/result.ts';
import {
  type GraderSpec,
  type Instance,
  instanceSchema,
  type TaskFile,
  taskFileSchema,
} from '../domain/task.ts';
import { parseWith } from '../domain/validation.ts';
import { functionGrader } from '../grading/create-grader.ts';
import type { Grader } from '../grading/grader.ts';
import { gradeFrom, type UserVerdict } from '../grading/user-programs/verdict.ts';
import { writeTask } from '../tasks/import/write-task.ts';

/** A task as data: its questions, and what a good answer is. */
export interface TaskInput {
  /** Lower-case words joined by hyphens. @defaultValue `own-task` */
  readonly name?: string;
  /** What the task asks, for people and prompt writers. @defaultValue the name */
  readonly description?: string;
  /** Questions; `id` is the place in the list where it is absent. */
  readonly instances: readonly (Omit<Instance, 'id'> & { readonly id?: string })[];
  /** Turns an input into the question, by `{{input}}`. @defaultValue the input as it is */
  readonly prompt?: string;
  /** What votes compare of answers. @defaultValue `text` */
  readonly answer?: TaskFile['answer'];
  /** Share of the questions that is kept for the end, 0 to 0.9. @defaultValue 0.5 */
  readonly holdout?: number;
}

/**
 * Judges an answer: 0..1, true or false, or `{ value, feedback }` and the other forms of a {@link UserVerdict}. Equal answers
 * must get equal grades. Where it throws, or gives anything else, the answer is unscored; a run whose first 12 answers
 * all fare so ends with its last error.
 */
export type OwnGrader = (
  answer: string,
  instance: Instance,
  options: { readonly question: string; readonly signal: AbortSignal | undefined },
) => UserVerdict | Promise<UserVerdict>;

/** A function as a grader; its text is its revision. */
export function graderOf(judge: OwnGrader): Grader {
  return {
    name: functionGrader,
    revision: sha256(String(judge)).slice(0, 12),
    grade: async ({ answer, instance, question, signal }) =>
      // A copy: what the function changes of it would be the task of all later answers.
      gradeFrom(await judge(answer, structuredClone(instance), { question, signal }), 'the grader'),
  };
}

/**
 * Keeps a task beside the runs, so that whatever is asked of the run later finds it; the folder's path holds the
 * content's hash.
 * @returns the task's folder
 * @throws InputError that names the path in the task
 */
export async function keepTask(task: TaskInput, grader: GraderSpec, runsFolder: string): Promise<string> {
  const { name = 'own-task', description = name, prompt, answer, holdout } = task;
  const { prompt: _, ...rest } = unwrap(
    parseWith(
      taskFileSchema,
      {
        ...{ version: 1, name, description, grader },
        ...defined({ prompt, answer }),
        ...(holdout === undefined ? {} : { split: { holdout } }),
      },
      'task',
    ),
  );
  const instances = task.instances.map((instance, at) =>
    unwrap(parseWith(instanceSchema, { id: String(at + 1), ...instance }, `task.instances[${at}]`)),
  );
  if (instances.length === 0) {
    throw new InputError('task', { path: 'instances', expected: 'one question at least', found: 'none' });
  }
  const below = join(runsFolder, 'tasks', sha256([rest, prompt ?? null, instances]).slice(0, 12));
  return unwrap(
    await writeTask(
      below,
      { file: { ...rest, ...defined({ prompt }) }, instances, notes: [] },
      { force: true },
    ),
  );
}
