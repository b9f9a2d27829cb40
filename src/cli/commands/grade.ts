import { resolve } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { withoutByteOrderMark } from '../../core/byte-order-mark.ts';
import { defined } from '../../core/defined.ts';
import { exitCodes, InputError } from '../../core/errors.ts';
import { unknownName } from '../../core/unknown-name.ts';
import type { Check, Grade } from '../../domain/grade.ts';
import { type Instance, instancesById, questionOf, type Task } from '../../domain/task.ts';
import type { Look } from '../../report/look.ts';
import { renderTable } from '../../report/table.ts';
import { defineCommand } from '../command.ts';
import { argument, choice, type OptionsOf, text } from '../command-line.ts';
import { type CliContext, tell } from '../context.ts';
import { jsonFlags, taskHelp } from '../flags.ts';
import { readInputFile } from '../wiring/library.ts';
import { judgingFlags, openJudging } from '../wiring/models/judging.ts';
import { openTask } from '../wiring/tasks/tasks.ts';

const flags = {
  instance: text('<id>', 'the question that was answered (needed where the task has several)'),
  scoring: choice('<scoring>', "of the task's scorings", ['workshop', 'strict']),
  ...judgingFlags,
  ...jsonFlags,
};
type GradeOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description: 'Grades one answer as tuning would: extracted, run in the sandbox where it is code, scored.',
  arguments: [argument('task', taskHelp), argument('answer-file', 'file that holds the answer; - for stdin')],
  flags,
  examples: ['mixtune grade code-challenge answer.py --json'],
  run: ([task, answer], options, context) => grade(task, answer, options, context),
});

async function grade(
  taskName: string,
  answerFile: string,
  options: GradeOptions,
  context: CliContext,
): Promise<number> {
  const whole = await openTask(context, taskName);
  // The file comes first on the command line, so what is wrong with it is told first; stdin may have to be typed.
  const file =
    answerFile === '-' ? undefined : await readInputFile(resolve(context.cwd, answerFile), answerFile);
  const instance = instanceOf(whole.task, options.instance);
  const answer = file ?? withoutByteOrderMark(await textOf(context.stdin));
  const { opened, callers } = await openJudging(context, whole, options);
  await using _callers = callers;
  const { task } = opened;
  const grader = await callers.grader(opened);
  const signal = grader.callsModels === true ? callers.interruptible() : undefined;
  const model = signal && callers.desk('judge', signal);
  const verdict = await callers.run(() =>
    grader.grade({
      answer,
      instance,
      question: questionOf(task, instance),
      repeat: 0,
      ...defined({ model, signal }),
      ...defined({ overrides: options.scoring && { scoring: options.scoring } }),
    }),
  );
  tell(context, options, gradeJson(verdict), (look) => gradeText(verdict, look));
  // A bad answer is a grade like any other; only one that could not be judged is a failure.
  return verdict.kind === 'scored' ? exitCodes.done : exitCodes.failed;
}

function instanceOf(task: Task, id: string | undefined): Instance {
  const all = instancesById(task);
  const [only] = all.values();
  if (id === undefined) {
    if (only !== undefined && all.size === 1) return only;
    throw new InputError('--instance', {
      expected: `the id of one of the ${all.size} instances of ${task.name}`,
      found: 'none',
    });
  }
  const found = all.get(id);
  if (found !== undefined) return found;
  throw unknownName('--instance', `an instance of ${task.name}`, id, [...all.keys()]);
}

interface GradeJson {
  readonly points: number;
  readonly max: number;
  readonly letter?: string;
  readonly checks: readonly Check[];
  readonly scored: boolean;
  readonly reason?: string;
}

/** The object of `grade --json`. A grader without points of its own counts in 0..1. */
export function gradeJson(verdict: Grade): GradeJson {
  if (verdict.kind === 'unscored') {
    return { points: 0, max: 0, checks: [], scored: false, reason: verdict.reason };
  }
  return {
    points: verdict.points ?? verdict.value,
    max: verdict.max ?? 1,
    ...defined({ letter: verdict.letter }),
    checks: (verdict.checks ?? []).map(({ name, points, max, passed, note }) => ({
      name,
      points,
      max,
      passed,
      note,
    })),
    scored: true,
  };
}

function gradeText(verdict: Grade, look: Look): string {
  if (verdict.kind === 'unscored') return `Unscored: ${verdict.reason}`;
  const { points, max, letter } = gradeJson(verdict);
  const share = max === 0 ? '' : ` (${((100 * points) / max).toFixed(1)}%)`;
  const head = look.colors.bold(
    `${Number(points.toFixed(3))} of ${max}${share}${letter === undefined ? '' : `, ${letter}`}`,
  );
  const { checks = [], feedback = '' } = verdict;
  if (checks.length === 0) return feedback === '' ? head : `${head}\n${feedback}`;
  const table = renderTable<Check>(
    [
      { head: '', text: ({ passed }) => (passed ? '+' : '-') },
      { head: 'check', text: ({ name }) => name },
      { head: 'points', align: 'right', text: (check) => `${check.points}/${check.max}` },
      { head: 'note', cut: true, expendable: 1, text: ({ note }) => note.replace(/\s+/g, ' ') },
    ],
    checks,
    look,
  );
  return `${head}\n${table}`;
}
