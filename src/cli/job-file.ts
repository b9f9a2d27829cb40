import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { taskFileSchema } from '../domain/task.ts';
import type { Flag, Flags, SomeOf } from './command-line.ts';
import { answerFlags, jobFlags, reportFlags } from './flags.ts';
import { simLoadFlags } from './load-flags.ts';

/** What a job file may say of a tuning job beside its task. What belongs to whoever starts it (`--yes`, `--notify`, …) is not among it. */
export const jobFileFlags = { ...jobFlags, ...answerFlags, ...simLoadFlags, ...reportFlags };
export type JobFileOptions = SomeOf<typeof jobFileFlags>;

const { space: _space, ...plainFlags } = jobFileFlags;

const text = z.string().min(1);
const texts = z.array(text).min(1);
const scalar = z.union([text, z.number()]);

/** A data file that becomes the task, as `mixtune task import` reads it. */
const dataSchema = z.strictObject({
  file: text.describe('the data file, relative to this one: JSON Lines, JSON, YAML, CSV, TSV or Parquet'),
  input: z.union([text, texts]).describe('field that holds the question, or several'),
  gold: text.describe('field that holds the gold answer, or the tests'),
  name: taskFileSchema.shape.name.optional().describe("the task's name (default: that of the file)"),
  description: text.optional().describe('what the task asks (for people and prompt writers)'),
  prompt: text.optional().describe('the question asked, with {{input}} in it (default: by the grader)'),
  template: text.optional().describe('the question from several fields, with {{field}} in it'),
  label: text.optional().describe('field that the split keeps in proportion'),
  reference: text
    .optional()
    .describe('field with an answer that deserves full marks (where gold holds tests)'),
  id: text.optional().describe('field that holds ids'),
  rows: text.optional().describe('where the rows stand in a JSON or YAML document'),
  columns: texts.optional().describe('columns of a CSV file without a line of names'),
  encoding: text.optional().describe('encoding of the text (default: UTF-8, or UTF-16 by its mark)'),
  limit: z.int().min(1).optional().describe('take only the first so many rows'),
  holdout: z
    .number()
    .min(0)
    .max(0.9)
    .optional()
    .describe('share of the questions kept for the end (default: 0.5)'),
});
export type JobData = z.infer<typeof dataSchema>;

/**
 * `job.yaml`: a tuning job. Its options have the names of those of the line (`--max-usd`: `maxUsd`), and their
 * values are read by the same parsers.
 */
export const jobFileSchema = z
  .strictObject({
    version: z.literal(1),
    task: text
      .optional()
      .describe('a name from `mixtune tasks`, or a folder relative to this file; or `data` in its place'),
    data: dataSchema.optional().describe('a data file that becomes the task'),
    grader: z
      .union([text, z.looseObject({ name: text })])
      .optional()
      .describe(
        'how answers to the questions of `data` are graded: a name, or a name with options (default: by the gold answers)',
      ),
    space: z
      .union([text, z.looseObject({})])
      .optional()
      .describe('search space: a name from `mixtune spaces`, a file, or the space itself, as in a file'),
    ...shapeOf(plainFlags),
  })
  .refine(({ task, data }) => (task === undefined) !== (data === undefined), {
    error: 'either task or data, and not both',
  })
  .refine(({ grader, data }) => grader === undefined || data !== undefined, {
    path: ['grader'],
    error: "no grader beside task: a task's grader stands in its task.yaml",
  });

/** A job file as read; options as the command line's parsers give them. */
export type JobFile = Omit<z.infer<typeof jobFileSchema>, keyof typeof plainFlags> &
  Omit<JobFileOptions, 'space'>;

/** A key for each flag, with the flag's help for editors. */
function shapeOf<F extends Flags>(flags: F): { [K in keyof F]: z.ZodOptional<z.ZodType> } {
  const shape = Object.entries<Flag<unknown>>(flags).map(([name, flag]) => [
    name,
    schemaOf(flag).optional().describe(flag.help),
  ]);
  return Object.fromEntries(shape) as { [K in keyof F]: z.ZodOptional<z.ZodType> };
}

function schemaOf(flag: Flag<unknown>): z.ZodType {
  const { placeholder, choices, many, parse } = flag;
  if (placeholder === undefined) return z.boolean();
  if (choices !== undefined) return z.enum(choices);
  if (parse === undefined) return text;
  const given = many === undefined ? scalar : z.union([text, z.array(text).min(1)]);
  return given.transform((value, checked) => {
    const said = [value].flat().map(String);
    try {
      return many === 'occurrences'
        ? said.reduce<unknown>((before, each) => parse(each, before), undefined)
        : parse(said.join(','));
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      // The line's messages begin with what a fault's own text says anyway.
      const message = error.message.replace(/^Expected /, '').replace(/\.$/, '');
      checked.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
  });
}
