import { basename, dirname, join, resolve } from 'node:path';
import { sha256 } from '../../../core/canonical-json.ts';
import { defined } from '../../../core/defined.ts';
import { InputError } from '../../../core/errors.ts';
import { unwrap } from '../../../core/result.ts';
import { parseYaml } from '../../../core/yaml.ts';
import { type LineOf, parseWith } from '../../../domain/validation.ts';
import { graderRunsTaskCode } from '../../../grading/create-grader.ts';
import { taskNameOf, writeTask } from '../../../tasks/import/write-task.ts';
import type { CliContext } from '../../context.ts';
import type { RunsOption } from '../../flags.ts';
import {
  type JobData,
  type JobFile,
  type JobFileOptions,
  jobFileFlags,
  jobFileSchema,
} from '../../job-file.ts';
import { isPath, readInputFile, spaceOf } from '../library.ts';
import { pathInside } from '../path-inside.ts';
import { endpointOfFile } from './consent.ts';
import type { GivenParts } from './job.ts';

/** A job as a command line gives it, by itself or with a job file. */
export interface NamedJob<Options> {
  /** Name or folder. */
  readonly task: string;
  /** Whether the command line names the task: programs in a folder that only a file names do not run. */
  readonly named: boolean;
  readonly options: Options;
  readonly given: GivenParts;
  /** An error of the job's options as one of the file that holds them. */
  readonly blame: (error: unknown) => unknown;
}

type JobLine = JobFileOptions & RunsOption & { readonly task?: string };

const isJobFile = (argument: string): boolean =>
  /\.(ya?ml|json)$/.test(argument) && basename(argument) !== 'task.yaml';

/**
 * The job that a command's argument names: a task, or a job file, whose options hold where the line says nothing.
 * Paths in the file are relative to it and stay in its folder; what it says of endpoints is a proposal.
 * @param typed names of the options that stand on the line
 */
export async function openJob<Options extends JobLine>(
  context: CliContext,
  argument: string,
  options: Options,
  typed: ReadonlySet<string>,
): Promise<NamedJob<Options>> {
  if (!isJobFile(argument)) {
    if (options.task === undefined) {
      return { task: argument, named: true, options, given: {}, blame: (error) => error };
    }
    throw new InputError('--task', { expected: 'a job file before it', found: `the task ${argument}` });
  }
  const path = resolve(context.cwd, argument);
  const document = unwrap(parseYaml(await readInputFile(path, argument), argument));
  const { value, lineOf } = document;
  const parsed = parseWith(jobFileSchema, value, argument, lineOf);
  if (!parsed.ok) throw withoutValues(parsed.error);
  // The schema's output has the parsers' values, whose types it cannot tell.
  const job = parsed.value as JobFile;
  const file: FilePlace = { path, shown: argument, lineOf };
  const blame = (error: unknown): unknown =>
    error instanceof InputError ? ofFile(error, job, file, typed) : error;
  try {
    const task = options.task ?? (await taskOf(context, job, file, resolve(context.cwd, options.runsDir)));
    const proposed = await resolved(context, job, file, { options, typed });
    const ofLine = Object.fromEntries(Object.entries(options).filter(([name]) => typed.has(name)));
    return {
      task,
      named: options.task !== undefined,
      options: {
        ...options,
        ...proposed.options,
        ...ofLine,
        ...endpointOfFile(context, options, proposed.options, file),
      },
      given: typed.has('space') ? {} : defined({ space: proposed.space }),
      blame,
    };
  } catch (error) {
    throw blame(error);
  }
}

interface FilePlace {
  readonly path: string;
  readonly shown: string;
  readonly lineOf: LineOf;
}

/** A value in the place of an address or a variable's name may be a secret. */
function withoutValues(error: InputError): InputError {
  const issues = error.issues.map(({ found, ...issue }) =>
    /^(baseUrl|apiKeyEnv)\b/.test(issue.path) ? issue : { ...issue, ...defined({ found }) },
  );
  return new InputError(error.source, issues);
}

/** The options with their paths in full, and the space where it stands in the file itself. */
async function resolved(
  context: CliContext,
  job: JobFile,
  file: FilePlace,
  { options, typed }: { readonly options: JobLine; readonly typed: ReadonlySet<string> },
) {
  const { version: _, task: _task, data: _data, grader: _grader, space, ...plain } = job;
  const wanted = Object.fromEntries(
    Object.entries(plain).filter(
      ([name, value]) => value !== undefined && name in jobFileFlags && !typed.has(name),
    ),
  ) as JobFileOptions;
  const inside = (key: string, path: string) => pathOf(file, key, path);
  const { prices, recorded, from } = wanted;
  const paths = {
    prices: prices === undefined ? undefined : await inside('prices', prices),
    recorded: recorded === undefined ? undefined : await inside('recorded', recorded),
    from: from === undefined ? undefined : await Promise.all(from.map((each) => referenceIn(each, inside))),
    space:
      typeof space !== 'string' || typed.has('space')
        ? undefined
        : isPath(space)
          ? await inside('space', space)
          : space,
  };
  // Nothing is reached where a recording answers.
  const { baseUrl: _base, apiKeyEnv: _key, ...unreached } = wanted;
  const own: JobFileOptions = options.recorded === undefined ? wanted : unreached;
  return {
    options: { ...own, ...defined(paths) },
    space:
      typeof space === 'object' && !typed.has('space') ? await inlineSpace(context, space, file) : undefined,
  };
}

/** A run by its id or a point of it as it is; a file or folder in full. */
async function referenceIn(reference: string, inside: (key: string, path: string) => Promise<string>) {
  if (!isPath(reference)) return reference;
  const [, path = reference, point = ''] = /^(.*[/\\].*?)(:[^/\\]*)?$/.exec(reference) ?? [];
  return `${await inside('from', path)}${point}`;
}

async function pathOf({ path, shown, lineOf }: FilePlace, key: string, value: string): Promise<string> {
  const inside = await pathInside(dirname(path), value);
  if ('path' in inside) return inside.path;
  const line = defined({ line: lineOf(key.split('.')) });
  throw new InputError(shown, { path: key, expected: inside.problem, found: JSON.stringify(value), ...line });
}

function inlineSpace(context: CliContext, space: object, { path, shown, lineOf }: FilePlace) {
  const value = { version: 1, name: 'job', ...space };
  const place = {
    path,
    shown: `${shown}, space`,
    lineOf: (at: Parameters<LineOf>[0]) => lineOf(['space', ...at]),
  };
  return spaceOf(context, value, place);
}

async function taskOf(
  context: CliContext,
  job: JobFile,
  file: FilePlace,
  runsFolder: string,
): Promise<string> {
  const { task, data } = job;
  if (data !== undefined) return taskOfData(context, job, data, file, runsFolder);
  if (task === undefined) throw new Error('a job without task and data passed its schema');
  return isPath(task) ? pathOf(file, 'task', task) : task;
}

/** A data file's task is kept beside the runs, so that whatever is asked of the run later finds it. */
async function taskOfData(
  context: CliContext,
  { grader }: JobFile,
  { file: dataFile, holdout, ...fields }: JobData,
  file: FilePlace,
  runsFolder: string,
): Promise<string> {
  const path = await pathOf(file, 'data.file', dataFile);
  const spec = typeof grader === 'string' ? { name: grader } : grader;
  if (spec !== undefined && graderRunsTaskCode(spec)) {
    const expected =
      'a grader that is part of mixtune; one that is a program belongs into a task folder, which the command line names (--task)';
    const line = defined({ line: file.lineOf(['grader']) });
    throw new InputError(file.shown, { path: 'grader', expected, found: JSON.stringify(spec.name), ...line });
  }
  const { importData } = await import('../tasks/task-data.ts');
  const { input, ...others } = fields;
  const name = fields.name ?? taskNameOf(dataFile);
  const say = (line: string): void => context.stderr.line(line);
  const { task } = await importData(
    { path, shown: dataFile, say },
    {
      ...defined(others),
      ...defined({ grader: spec?.name }),
      ...{ name, input: [input].flat().join(',') },
    },
  );
  const split = holdout === undefined ? task.file.split : { ...task.file.split, holdout };
  const whole = { ...task, file: { ...task.file, split, grader: { ...task.file.grader, ...spec } } };
  const below = join(runsFolder, 'tasks', sha256([whole.file, whole.instances]).slice(0, 12));
  return unwrap(await writeTask(below, whole, { force: true }));
}

/** What options are called on the line they are not called in a file. */
function ofFile(error: InputError, job: JobFile, file: FilePlace, typed: ReadonlySet<string>): InputError {
  const [source = ''] = error.source.split(' ');
  const ofSource = keyIn(job, source, typed);
  const issues = error.issues.map((issue) => {
    // The options of a grader are read once they stand in the task that was made of the data.
    const ofGrader = job.data !== undefined && error.source === 'task.yaml' && /^grader\b/.test(issue.path);
    const key = ofGrader ? issue.path : (keyIn(job, issue.path, typed) ?? ofSource);
    if (key === undefined) return undefined;
    return { ...issue, path: key, ...defined({ line: file.lineOf(key.split('.')) }) };
  });
  const told = issues.filter((issue) => issue !== undefined);
  return told.length === issues.length ? new InputError(file.shown, told, { cause: error }) : error;
}

/** `--max-usd`: `maxUsd`, where the file says it and the line does not. */
function keyIn(job: JobFile, option: string, typed: ReadonlySet<string>): string | undefined {
  const key = option.startsWith('--')
    ? option.slice(2).replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
    : option;
  if (key === 'task' && job.task !== undefined && !typed.has('task')) return 'task';
  if (!option.startsWith('--') || typed.has(key)) return undefined;
  if (key in job) return key;
  return job.data !== undefined && key in job.data ? `data.${key}` : undefined;
}
