import { z } from 'zod';
import type { Cell } from './cell.ts';
import { objectiveNames } from './objective.ts';
import { answerForms, promptAround } from './task-wording.ts';

/** One question of a task with what its grader needs to judge an answer. */
export const instanceSchema = z.object({
  id: z.string().min(1),
  /** The question's text (or the value put into the task's prompt template as `{{input}}`). */
  input: z.string(),
  /** The reference, in the form that the task's grader wants; absent where the grader needs none. */
  gold: z.unknown().optional(),
  /** Stratum for splitting, e.g. the intent's label. */
  label: z.string().optional(),
  /** An answer that deserves full marks, where the gold is no answer itself (tests, a schema); for `task check`. */
  reference: z.string().optional(),
});
/** One question of a task, with its gold answer. */
export type Instance = z.infer<typeof instanceSchema>;

/** How to grade: the grader's name and its own options, e.g. `{ name: user-metrics-120, scoring: workshop }`. */
const graderSpecSchema = z.looseObject({ name: z.string().min(1) });
export type GraderSpec = z.infer<typeof graderSpecSchema>;

/** Most answers of one config to one question; what is kept of each cell would fill the memory with more. */
export const mostRepeats = 10_000;

/** `tasks/<name>/task.yaml`. */
export const taskFileSchema = z.strictObject({
  version: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case words joined by hyphens'),
  /** What the task asks, for people and for prompt writers; fills `{{task}}` in prompts. */
  description: z.string().min(1),
  /** Turns an instance's input into the question; `{{input}}` is replaced. Default: the input as it is. */
  prompt: z.string().optional(),
  /** Instances file beside task.yaml. */
  instances: z.string().default('instances.jsonl'),
  grader: graderSpecSchema,
  /** Grader options that differ on the holdout, e.g. `{ scoring: strict }`. */
  holdoutGrader: z.looseObject({}).optional(),
  /** How answers are compared by a vote stage; default `text`. */
  answer: z.enum(answerForms).default('text'),
  split: z
    .strictObject({
      /** Share of the instances kept for the holdout; ignored when `instances` is one. Default 0.5. */
      holdout: z.number().min(0).max(0.9).default(0.5),
      seed: z.int().default(1),
    })
    .prefault({}),
  /** Cells per config and instance while tuning; default 1, more where one instance is all there is. */
  repeats: z.int().min(1).max(mostRepeats).default(1),
  objectives: z.array(z.enum(objectiveNames)).default(['score', 'latency', 'tokens']),
});
export type TaskFile = z.infer<typeof taskFileSchema>;

/**
 * A loaded task. With a single instance (the code challenge) tuning and holdout both hold it, and the
 * holdout differs by fresh repeats and by `holdoutGrader`.
 */
export interface Task extends TaskFile {
  /** SHA-256 of task file and instances. */
  readonly hash: string;
  readonly tuning: readonly Instance[];
  readonly holdout: readonly Instance[];
}

/** The instance that a cell asks; `undefined` where the task has it no more. */
export function instanceOfCell(
  task: Pick<Task, 'tuning' | 'holdout'>,
  { split, instance }: Pick<Cell, 'split' | 'instance'>,
): Instance | undefined {
  return task[split].find(({ id }) => id === instance);
}

/** All instances of a task, by their ids. */
export function instancesById({
  tuning,
  holdout,
}: Pick<Task, 'tuning' | 'holdout'>): ReadonlyMap<string, Instance> {
  return new Map([...tuning, ...holdout].map((instance) => [instance.id, instance]));
}

/** The question that a config is asked for an instance. */
export function questionOf(task: Pick<TaskFile, 'prompt'>, instance: Instance): string {
  return promptAround(task.prompt, instance.input);
}
