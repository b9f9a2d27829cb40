import { text as textOf } from 'node:stream/consumers';
import { watchCalls } from '../../analysis/cell-player.ts';
import { defined } from '../../core/defined.ts';
import { exitCodes, InputError } from '../../core/errors.ts';
import { modelsOf } from '../../domain/moa-config.ts';
import type { Task } from '../../domain/task.ts';
import { wordQuestion } from '../../domain/task-wording.ts';
import { runMoa } from '../../moa/engine.ts';
import type { MoaEvent, MoaOutcome } from '../../moa/types.ts';
import { otlpTraces } from '../../report/otlp.ts';
import { whyNoAnswer } from '../../run/calls/open-desk.ts';
import { budgetOf, callCeilingFlags } from '../ceiling-flags.ts';
import { defineCommand } from '../command.ts';
import { argument, type OptionsOf, on, optionalArgument, text, value } from '../command-line.ts';
import type { CliContext } from '../context.ts';
import { answerFlags, jsonFlags, modelFlags, rawFlags, runsFlags, trustFlags } from '../flags.ts';
import { parseSeed } from '../option-values.ts';
import { ShownAnswer, traceLine, traceSummary } from '../trace-lines.ts';
import { resolveConfig } from '../wiring/configs/configs.ts';
import { makingOf } from '../wiring/configs/lock-files.ts';
import { openCallers } from '../wiring/models/callers.ts';
import { refuseUnpriced } from '../wiring/models/dollars.ts';
import type { ModelStack } from '../wiring/models/model-stack.ts';
import { refuseMissing, withRecording } from '../wiring/models/recorded.ts';
import { tellOddities } from '../wiring/models/server-notes.ts';
import { refuseWithoutFolder, writeOutput } from '../wiring/out-file.ts';
import { extractorOf } from '../wiring/tasks/wording.ts';

const flags = {
  trace: on('show the stages and calls on stderr'),
  otlp: text('<file>', 'also write the answer as OpenTelemetry spans (OTLP/JSON; docs/traces.md)'),
  seed: value('<n>', "seed of simulated models (default: the run's, else 1)", parseSeed),
  ...rawFlags,
  ...callCeilingFlags,
  ...modelFlags,
  ...trustFlags,
  ...answerFlags,
  ...jsonFlags,
  ...runsFlags,
};
type AskOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description: 'Has a config answer one question; the answer streams to stdout.',
  arguments: [
    argument('config|run', 'a config file, or a run with a point of it (my-run, my-run:knee)'),
    optionalArgument('question', "the question (default: stdin; in a terminal, the run's own task)"),
  ],
  flags,
  examples: [
    'mixtune ask my-run "Write a haiku about queues" --trace',
    'mixtune ask best.yaml < question.txt',
  ],
  run: ([source, question], options, context) => ask(source, question, options, context),
});

async function ask(
  source: string,
  question: string | undefined,
  given: AskOptions,
  context: CliContext,
): Promise<number> {
  await refuseWithoutFolder(context, given.otlp, '--otlp');
  const options = await withRecording(context, given);
  const named = await resolveConfig(context, source, options.runsDir);
  const { provenance, opened, wording, note, seed } = await makingOf(context, source, named);
  const task = opened?.task;
  if (note !== undefined) context.stderr.paragraph(note);
  const bare = await questionText(context, question, task);
  const asked = options.raw === true ? bare : wordQuestion(wording?.prompt, bare);
  const models = modelsOf(named.config);
  await using callers = await openCallers(context, options, {
    ...{ models, provenance, taskFolder: opened?.folder },
    seed: options.seed ?? seed ?? 1,
  });
  const { simulated } = callers;
  refuseUnpriced(options.maxUsd, models, callers.card);
  if (asked !== bare)
    context.stderr.paragraph(
      "The task's prompt stands around the question, as while tuning (--raw: without).",
    );
  tellOddities(context, callers);
  if (simulated) context.stderr.paragraph(simulatedNotice(callers, asked));
  const signal = callers.interruptible();
  const sharedAnswers = callers.sharedAnswers();
  const desk = callers.desk('ask', signal, { budget: budgetOf(options), sharedAnswers });
  const startedAt = context.today().getTime();
  const watch = watchCalls(desk);
  const shown = new ShownAnswer(context, 'the stream broke off; the answer again:');
  const onEvent = (event: MoaEvent): void => {
    if (options.json !== true) shown.take(event);
    if (options.trace === true) traceLine(context, event, shown);
  };
  const outcome = await callers.run(() =>
    runMoa(
      named.config,
      { text: asked, ...defined({ task: wording?.description }) },
      { model: watch.model, extractAnswer: extractorOf(wording), signal, onEvent },
    ),
  );
  shown.finish();
  refuseMissing(callers);
  const interrupted = signal.aborted;
  const code = finish(context, options, {
    ...{ outcome, question: asked, streamed: shown.text, simulated, interrupted },
  });
  // After what was paid for is shown: the disk may be full.
  if (options.otlp !== undefined) {
    const answered = outcome.kind === 'answered' ? outcome.answer : null;
    const traced = {
      ...{ config: named.config, question: asked, answer: answered, trace: outcome.trace },
      ...{ calls: watch.callsOf(outcome.trace), startedAt, identity: `ask ${asked}`, score: null },
      facts: { 'mixtune.run': provenance?.run ?? null, 'mixtune.simulated': simulated },
    };
    await writeOutput(
      context,
      `${JSON.stringify(otlpTraces([traced], context.version))}\n`,
      options.otlp,
      '--otlp',
    );
  }
  return code;
}

/** What an answer of simulated models is worth, told before it is given. */
function simulatedNotice({ knows, guesses }: ModelStack, question: string): string {
  const start = 'The models are simulated, and so is the answer:';
  if (guesses === undefined && knows?.(question) === true) {
    return `${start} they know this task's gold answers and err on purpose.`;
  }
  if (knows === undefined) return `${start} it says nothing of any real model.`;
  return `${start} they do not know this question and make something up. Name real models for real answers.`;
}

/** The question given, else stdin's text; in a terminal, where nobody has typed one, the run's own. */
async function questionText(
  context: CliContext,
  given: string | undefined,
  task: Task | undefined,
): Promise<string> {
  if (given === undefined && context.stdin.isTTY === true) {
    const instance = task?.tuning[0];
    if (task !== undefined && instance !== undefined) {
      context.stderr.line(`No question given: asking ${task.name}'s own (${instance.id}).`);
      return instance.input;
    }
  } else {
    // A file's last line ends with a line break, which is no part of the question.
    const asked = given ?? (await textOf(context.stdin)).replace(/\r?\n$/, '');
    if (asked.trim() !== '') return asked;
  }
  throw new InputError('question', { expected: 'a question, as an argument or on stdin', found: 'none' });
}

function finish(
  context: CliContext,
  options: AskOptions,
  result: {
    readonly outcome: MoaOutcome;
    /** As the models got it. */
    readonly question: string;
    readonly streamed: string;
    readonly simulated: boolean;
    readonly interrupted: boolean;
  },
): number {
  const { outcome, question, streamed, simulated, interrupted } = result;
  const answered = outcome.kind === 'answered';
  const why = answered ? '' : whyNoAnswer(outcome);
  if (options.json === true) {
    context.stdout.json({
      question,
      answer: answered ? outcome.answer : null,
      ...(answered ? {} : { reason: why }),
      simulated,
      trace: outcome.trace,
    });
  } else if (answered) {
    // A vote or a ranking picks an answer after it was written, so nothing may have streamed.
    if (streamed === '') context.stdout.write(outcome.answer);
    if (!(streamed === '' ? outcome.answer : streamed).endsWith('\n')) context.stdout.line();
  } else {
    if (streamed !== '') context.stdout.line();
    context.notice(`no answer: ${why}`);
  }
  if (options.trace === true) traceSummary(context, outcome.trace, simulated);
  if (answered) return exitCodes.done;
  return interrupted ? exitCodes.interrupted : exitCodes.failed;
}
