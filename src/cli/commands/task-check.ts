import { exitCodes } from '../../core/errors.ts';
import type { Task } from '../../domain/task.ts';
import type { Grader } from '../../grading/grader.ts';
import { createPythonSandbox } from '../../grading/sandbox/index.ts';
import { checkTask, type TaskCheck } from '../../grading/task-check/index.ts';
import { formatCount, formatCounted } from '../../report/format.ts';
import type { Look } from '../../report/look.ts';
import { sameQuestionNotes } from '../../tasks/same-questions.ts';
import { budgetOf, callCeilingFlags } from '../ceiling-flags.ts';
import { defineCommand } from '../command.ts';
import { argument, valueOr } from '../command-line.ts';
import { tell } from '../context.ts';
import { jsonFlags, modelFlags, taskHelp } from '../flags.ts';
import { parseCountFrom, parseSeed } from '../option-values.ts';
import { showSteps } from '../progress.ts';
import { refuseUnpriced } from '../wiring/models/dollars.ts';
import { judgingFlags, openJudging } from '../wiring/models/judging.ts';
import { simulatesUnasked } from '../wiring/models/model-names.ts';
import { tellOddities } from '../wiring/models/server-notes.ts';
import { guessNotice } from '../wiring/models/textbook.ts';
import { createTaskGrader, openTask } from '../wiring/tasks/tasks.ts';

const flags = {
  instances: valueOr('<n>', 'most instances looked at', parseCountFrom(1), 200),
  seed: valueOr('<n>', 'seed of simulated judges', parseSeed, 1),
  ...judgingFlags,
  ...modelFlags,
  ...callCeilingFlags,
  ...jsonFlags,
};

export default defineCommand({
  description:
    "Grades the task's gold answers, which must get full marks, and wrong ones (other instances' golds, nothing, \"I don't know\"), which must not. Also measures whether the grader agrees with itself and what a constant answer would get. Exits with 1 when something is wrong.",
  arguments: [argument('task', taskHelp)],
  flags,
  examples: ['mixtune task check contest-math', 'mixtune task check ./my-task --json'],
  run: async ([name], options, context) => {
    const whole = await openTask(context, name);
    const { opened, judges, callers } = await openJudging(context, whole, options, options.seed);
    await using _callers = callers;
    const { task, folder } = opened;
    refuseUnpriced(options.maxUsd, judges, callers.card);
    tellOddities(context, callers);
    const python = await createPythonSandbox({});
    const signal = callers.interruptible();
    const desk = callers.desk('task-check', signal, { budget: budgetOf(options) });
    const meanwhile = showSteps(context.stderr, context);
    let grader: Grader | undefined;
    try {
      // Without the grade cache, which would hide that a grader disagrees with itself.
      const made = createTaskGrader(task, { python, taskFolder: folder });
      grader = made;
      const graded = await callers.run(() =>
        checkTask(task, made, {
          mostInstances:
            made.callsModels === true ? Math.min(judgedInstances, options.instances) : options.instances,
          signal,
          onGraded: (graded, of) =>
            meanwhile(`Checking … ${formatCount(graded)} of ${formatCount(of)} gradings`),
          ...(made.callsModels === true ? { model: desk } : {}),
        }).finally(() => meanwhile(undefined)),
      );
      const sameQuestions = sameQuestionNotes([...task.tuning, ...task.holdout]);
      // Nobody who has real models asks the simulated ones.
      const simulates = judges.length > 0 ? callers.simulated : simulatesUnasked(context);
      const guesses = simulates ? await guessNotice(context, folder, undefined) : undefined;
      const check = {
        ...graded,
        warnings: [...graded.warnings, ...sameQuestions, ...(guesses === undefined ? [] : [guesses])],
      };
      if (signal.aborted) return exitCodes.interrupted;
      tell(context, options, { task: task.name, grader: made.name, ...check }, (look) =>
        checkText(task, check, look),
      );
      return check.passed ? exitCodes.done : exitCodes.failed;
    } finally {
      await grader?.close?.();
      await python.close();
    }
  },
});

const shownFindings = 10;
/** A judge takes four calls a grading. */
const judgedInstances = 12;

function checkText(task: Task, check: TaskCheck, { colors }: Look): string {
  const { gold, wrong, noise, constant } = check;
  const findings = eachCauseOnce(check.findings);
  const more = findings.slice(shownFindings).reduce((sum, { alike }) => sum + 1 + alike, 0);
  return [
    colors.bold(
      `${task.name}, graded by ${task.grader.name}: ${formatCounted(check.instances, 'instance')} checked`,
    ),
    gold.graded === 0
      ? 'Gold answers:    none that could be graded as an answer'
      : `Gold answers:    ${gold.full} of ${gold.graded} get full marks`,
    `Wrong answers:   ${wrong.full} of ${wrong.graded} get full marks; their mean is ${score(wrong.mean)}`,
    `Constant answer: ${constantText(constant)}`,
    `Noise:           ${noise.differing} of ${noise.answers} answers got different values in ${noise.repeats} gradings${noise.differing > 0 ? `, by up to ${score(noise.largest)}` : ''}`,
    ...check.warnings.map((warning) => `Note: ${warning}.`),
    ...findings.slice(0, shownFindings).map(({ finding, alike }) => {
      const { instance, kind, value, answer, note } = finding;
      const noted = note === '' ? '' : ` (${note.replace(/\s+/g, ' ')})`;
      const got = value === null ? 'unscored' : score(value);
      const others = alike === 0 ? '' : `; for the same reason ${alike} more`;
      return `! ${instance}, ${kind}: ${got} for ${JSON.stringify(answer.slice(0, 80))}${noted}${others}`;
    }),
    ...(more > 0 ? [`! and ${more} more`] : []),
    check.passed ? 'The check passed.' : `The check FAILED: ${check.failures.join('; ')}.`,
  ].join('\n');
}

function constantText(constant: TaskCheck['constant']): string {
  if (constant === null) return 'none tried';
  const { aggregate } = constant;
  const together = aggregate === undefined ? '' : ` (${aggregate.name} ${score(aggregate.value)})`;
  return `${score(constant.score)}${together} at best, with ${JSON.stringify(constant.answer.slice(0, 60))}`;
}

/** A grader that cannot start fails on every answer alike: its reason is told with the first of them. */
function eachCauseOnce(findings: TaskCheck['findings']) {
  const told: { readonly finding: TaskCheck['findings'][number]; alike: number }[] = [];
  for (const finding of findings) {
    const { value, note } = finding;
    const same =
      value === null && told.find((one) => one.finding.value === null && one.finding.note === note);
    if (same) same.alike++;
    else told.push({ finding, alike: 0 });
  }
  return told;
}

function score(value: number | null): string {
  return value === null ? 'unknown' : value.toFixed(3);
}
