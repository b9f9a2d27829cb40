import { accessSync, constants } from 'node:fs';
import { z } from 'zod';
import { InputError } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { graderFailed, unscored } from '../../domain/grade.ts';
import type { GradeRequest, Grader } from '../grader.ts';
import { type GraderKind, parseOptions } from '../grader-kind.ts';
import { fileInside } from './inside-folder.ts';
import { type ProcessOutcome, runProcess } from './run-process.ts';
import { gradeFrom, verdictForm } from './verdict.ts';

const executableOptions = z.strictObject({
  name: z.literal('executable'),
  /**
   * An executable file of the task's folder (`grade.sh`), or a command with its arguments
   * (`[python3, grade.py]`), whose files are named relative to that folder, where it runs.
   */
  command: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  /** Wall time for one answer; then its whole process group is killed. */
  timeLimitMs: z.int().min(10).max(3_600_000).default(10_000),
  /** Bytes it may write to standard output. */
  outputBytes: z
    .int()
    .min(100)
    .max(2 ** 28)
    .default(1_000_000),
});
type ExecutableOptions = z.infer<typeof executableOptions>;

interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** Changes with the files named in the command. */
  readonly digest: string;
}

/** Asks a program of the user's: JSON in on stdin, JSON out on stdout. */
function createExecutableGrader(
  options: ExecutableOptions,
  taskFolder: string,
  source: string,
): Result<Grader, InputError> {
  const command = commandIn(options.command, taskFolder);
  if ('problem' in command) {
    const found = JSON.stringify(options.command);
    return err(new InputError(source, { path: 'grader.command', found, expected: command.problem }));
  }
  return ok({
    name: options.name,
    revision: `executable/1 ${JSON.stringify(options)} ${command.digest}`,
    grade: async (request) => {
      const merged = executableOptions
        .omit({ command: true })
        .safeParse({ ...withoutCommand(options), ...pick(request.overrides) });
      if (!merged.success) return unscored(`grader options: ${z.prettifyError(merged.error)}`);
      const outcome = await runProcess({
        command: command.program,
        args: command.args,
        cwd: taskFolder,
        input: inputOf(request),
        timeLimitMs: merged.data.timeLimitMs,
        outputBytes: merged.data.outputBytes,
        signal: request.signal,
      });
      return gradeOf(outcome);
    },
  });
}

function withoutCommand({ command: _, ...rest }: ExecutableOptions) {
  return rest;
}

/** Overrides of our own options; all others are for the program. */
function pick(overrides: GradeRequest['overrides']): Record<string, unknown> {
  const own = ['timeLimitMs', 'outputBytes'];
  return Object.fromEntries(Object.entries(overrides ?? {}).filter(([key]) => own.includes(key)));
}

function inputOf({ question, answer, instance, overrides }: GradeRequest): string {
  const { gold, ...rest } = instance;
  return `${JSON.stringify({ question, answer, gold: gold ?? null, instance: rest, overrides: overrides ?? {} })}\n`;
}

function commandIn(
  command: string | readonly string[],
  folder: string,
): Command | { readonly problem: string } {
  const [name = '', ...args] = typeof command === 'string' ? [command] : command;
  const isFile = typeof command === 'string' || /[\\/]/.test(name);
  let program = name;
  let digest = '';
  if (isFile) {
    const file = fileInside(folder, name);
    if ('problem' in file) return file;
    try {
      accessSync(file.path, constants.X_OK);
    } catch {
      return { problem: 'a file that may be executed (chmod +x)' };
    }
    program = file.path;
    digest = file.digest;
  }
  for (const arg of args) {
    const file = fileInside(folder, arg);
    if ('digest' in file) digest += file.digest;
    else if (/^\.\.?[\\/]|^[\\/]/.test(arg)) return file;
  }
  return { program, args, digest };
}

function gradeOf(outcome: ProcessOutcome) {
  const told = outcome.stderr.trim() === '' ? '' : `; stderr: ${redact(outcome.stderr.trim()).slice(-500)}`;
  if (outcome.kind === 'failed') return graderFailed(`the grading program ${outcome.reason}${told}`);
  if (outcome.code !== 0) return graderFailed(`the grading program ended with code ${outcome.code}${told}`);
  const text = outcome.stdout.trim();
  try {
    return gradeFrom(JSON.parse(text), 'the grading program');
  } catch {
    const start = text === '' ? 'nothing' : `${JSON.stringify(redact(text.slice(0, 80)))}, which is no JSON`;
    return graderFailed(`the grading program printed ${start}; expected ${verdictForm}${told}`);
  }
}

export const executableGrader: GraderKind = {
  name: 'executable',
  needsGold: () => false,
  example: '{ name: executable, command: [python3, grade.py] }',
  runsTaskCode: true,
  create: (spec, { taskFolder }, source) => {
    const parsed = parseOptions(executableOptions, spec, source);
    return parsed.ok ? createExecutableGrader(parsed.value, taskFolder, source) : parsed;
  },
};
