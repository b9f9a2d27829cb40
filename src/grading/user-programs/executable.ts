import { accessSync, constants } from 'node:fs';
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { InputError } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { type Grade, graderFailed, unscored } from '../../domain/grade.ts';
import type { GradeRequest, Grader } from '../grader.ts';
import { type GraderKind, parseOptions } from '../grader-kind.ts';
import { fileInside } from './inside-folder.ts';
import { PersistentProgram } from './persistent-program.ts';
import { type ProcessOutcome, type Program, runProcess } from './run-process.ts';
import { gradeFrom, verdictForm, verdictObjects } from './verdict.ts';

const executableOptions = z.strictObject({
  name: z.literal('executable'),
  /**
   * An executable file of the task's folder (`grade.sh`), or a command with its arguments
   * (`[python3, grade.py]`), whose files are named relative to that folder, where it runs.
   */
  command: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  /**
   * True for a program that reads a line of JSON for each answer and writes one back, over and over, instead of one
   * process for each answer. At most as many processes as the machine has cores run at once.
   */
  persistent: z.boolean().optional(),
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

interface Command extends Pick<Program, 'command' | 'args'> {
  /** Changes with the files named in the command. */
  readonly digest: string;
}

/** Asks a program of the user's: JSON in on stdin, JSON out on stdout. */
function createExecutableGrader(
  options: ExecutableOptions,
  taskFolder: string,
  source: string,
): Result<Grader, InputError> {
  const found = commandIn(options.command, taskFolder);
  if ('problem' in found) {
    const given = JSON.stringify(options.command);
    return err(new InputError(source, { path: 'grader.command', found: given, expected: found.problem }));
  }
  const { digest, ...command } = found;
  const program = { ...command, cwd: taskFolder };
  const who = `the grading program ${JSON.stringify([options.command].flat().join(' '))}`;
  const persistent =
    options.persistent === true
      ? new PersistentProgram(program, availableParallelism(), verdictObjects)
      : undefined;
  return ok({
    name: options.name,
    revision: `executable/1 ${JSON.stringify(options)} ${digest}`,
    grade: async (request) => {
      const merged = executableOptions
        .omit({ command: true })
        .safeParse({ ...withoutCommand(options), ...pick(request.overrides) });
      if (!merged.success) return unscored(`grader options: ${z.prettifyError(merged.error)}`);
      const { timeLimitMs, outputBytes } = merged.data;
      const limits = { timeLimitMs, outputBytes, signal: request.signal };
      const message = messageFor(request);
      if (persistent === undefined) {
        const input = `${JSON.stringify(message)}\n`;
        return gradeOf(await runProcess(program, { input, ...limits }), who);
      }
      const reply = await persistent.ask(message, limits);
      return reply.kind === 'replied' ? gradeFrom(reply.verdict, who) : failure(reply, who);
    },
    ...(persistent === undefined
      ? {}
      : { oddity: () => restartsOf(persistent, who), close: () => persistent.close() }),
  });
}

function restartsOf({ restarts }: PersistentProgram, who: string): string | undefined {
  const { count, first } = restarts;
  if (count === 0) return undefined;
  const times = count === 1 ? 'once: it' : `${count} times; at first it`;
  return `${who} had to be started anew ${times} ${redact(first)}; a persistent program stays, and prints one line for each answer (docs/graders.md)`;
}

function withoutCommand({ command: _, ...rest }: ExecutableOptions) {
  return rest;
}

/** Overrides of our own options; all others are for the program. */
function pick(overrides: GradeRequest['overrides']): Record<string, unknown> {
  const own = ['timeLimitMs', 'outputBytes'];
  return Object.fromEntries(Object.entries(overrides ?? {}).filter(([key]) => own.includes(key)));
}

function messageFor({ question, answer, instance, overrides }: GradeRequest): object {
  const { gold, ...rest } = instance;
  return { question, answer, gold: gold ?? null, instance: rest, overrides: overrides ?? {} };
}

function commandIn(
  command: string | readonly string[],
  folder: string,
): Command | { readonly problem: string } {
  const [name = '', ...args] = typeof command === 'string' ? [command] : command;
  const isFile = typeof command === 'string' || /[\\/]/.test(name);
  let path = name;
  let digest = '';
  if (isFile) {
    const file = fileInside(folder, name);
    if ('problem' in file) return file;
    try {
      accessSync(file.path, constants.X_OK);
    } catch {
      return { problem: 'a file that may be executed (chmod +x)' };
    }
    path = file.path;
    digest = file.digest;
  }
  for (const arg of args) {
    const file = fileInside(folder, arg);
    if ('digest' in file) digest += file.digest;
    else if (/^\.\.?[\\/]|^[\\/]/.test(arg)) return file;
  }
  return { command: path, args, digest };
}

function gradeOf(outcome: ProcessOutcome, who: string): Grade {
  const { stderr } = outcome;
  if (outcome.kind === 'failed') return failure(outcome, who);
  const { code } = outcome;
  if (code !== 0) {
    const reason = `ended with ${typeof code === 'string' ? code : `code ${code}`}`;
    return failure({ reason, stderr }, who);
  }
  const text = outcome.stdout.trim();
  try {
    return gradeFrom(JSON.parse(text), who);
  } catch {
    const start = text === '' ? 'nothing' : `${JSON.stringify(text.slice(0, 80))}, which is no JSON`;
    return failure({ reason: `printed ${start}; expected ${verdictForm}`, stderr }, who);
  }
}

function failure(
  { reason, stderr }: { readonly reason: string; readonly stderr: string },
  who: string,
): Grade {
  const told = stderr.trim() === '' ? '' : `; stderr: ${redact(stderr.trim()).slice(-500)}`;
  return graderFailed(`${who} ${redact(reason)}${told}`);
}

export const executableGrader: GraderKind = {
  name: 'executable',
  needsGold: () => false,
  learned: null,
  example: '{ name: executable, command: [python3, grade.py] }',
  runsTaskCode: true,
  create: (spec, { taskFolder }, source) => {
    const parsed = parseOptions(executableOptions, spec, source);
    return parsed.ok ? createExecutableGrader(parsed.value, taskFolder, source) : parsed;
  },
};
