import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type RecordedRun, recordedRunOf } from '../../analysis/repeat/recorded-run.ts';
import { type Repetition, repeatRun } from '../../analysis/repeat/repeat.ts';
import { defined } from '../../core/defined.ts';
import { exitCodes, InputError } from '../../core/errors.ts';
import { unwrap } from '../../core/result.ts';
import { shellWord } from '../../core/shell-word.ts';
import { createAnswerExtractor } from '../../grading/extract.ts';
import { openRecording } from '../../models/recordings/recording.ts';
import { formatCount } from '../../report/format.ts';
import { runJson } from '../../report/json.ts';
import { manifestName } from '../../run/folder/manifest-file.ts';
import { createRunFolder, refuseUnusableRun } from '../../run/folder/run-folder.ts';
import type { Manifest } from '../../run/types.ts';
import { defineCommand } from '../command.ts';
import { argument, type OptionsOf, text, value } from '../command-line.ts';
import { type CliContext, tell } from '../context.ts';
import { jsonFlags, runsFlags } from '../flags.ts';
import { parseRunId } from '../option-values.ts';
import { frontText } from '../text.ts';
import { folderOfRun } from '../wiring/configs/configs.ts';
import { originOf, provenanceOfRun, signatureOf } from '../wiring/configs/own-runs.ts';
import { freeName } from '../wiring/jobs/job.ts';
import { openCallers } from '../wiring/models/callers.ts';
import { scaleOf } from '../wiring/scale.ts';
import { withoutSecretOptions } from '../wiring/secrets.ts';
import { type OpenTask, openTaskOfRun } from '../wiring/tasks/tasks.ts';

const flags = {
  task: text(
    '<task>',
    'a name from `mixtune tasks`, or a folder (default: where your run had it, else by name)',
  ),
  run: value(
    '<id>',
    "the repetition's id, which names its folder (default: the run's, with -repeat)",
    parseRunId,
  ),
  ...jsonFlags,
  ...runsFlags,
};
type RepeatOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description:
    'Repeats a run from its recording (mixtune cache export --run): every answer is graded again and the front worked out anew, without a call. Exit 0 when the same front comes out, 1 when another does or an answer is lacking.',
  arguments: [argument('recording', 'the recording, plain or gzipped')],
  flags,
  examples: ['mixtune repeat my-run.jsonl.gz'],
  run: async ([recording], options, context) => {
    const runsFolder = resolve(context.cwd, options.runsDir);
    await refuseUnusableRun(runsFolder, options.run);
    refuseRun(context, recording, options.runsDir);
    const opened = unwrap(await openRecording(resolve(context.cwd, recording), recording));
    const recorded = unwrap(recordedRunOf(opened));
    const taskNow = await sameTask(context, recorded, options);
    const { task } = taskNow;
    await using callers = await openCallers(context, {}, { models: [] });
    const signal = callers.interruptible();
    try {
      const grader = await callers.grader(taskNow);
      if (grader.name !== recorded.manifest.grader.name) {
        throw new InputError(recording, {
          path: 'run.grader',
          expected: `grader ${recorded.manifest.grader.name}`,
          found: `${grader.name} in the task as it is now`,
        });
      }
      const otherGrader =
        grader.revision === recorded.manifest.grader.revision
          ? undefined
          : { recorded: recorded.manifest.grader.revision, now: grader.revision };
      const run = options.run ?? (await freeName(`${recorded.manifest.run.slice(0, 88)}-repeat`, runsFolder));
      const manifest = manifestOf(run, recorded, context);
      const folder = await createRunFolder(runsFolder, run, manifest);
      const repetition = await repeatRun(folder, manifest, recorded, {
        ...{ clock: context.clock, task, grader },
        extractAnswer: createAnswerExtractor(task),
        signal,
      }).catch(async (error: unknown) => {
        // Half a repetition is no run that anybody could go on with.
        await rm(folder, { recursive: true, force: true });
        throw error;
      });
      report(context, options, { recorded, manifest, repetition, task, otherGrader });
      return repetition.sameFront ? exitCodes.done : exitCodes.failed;
    } catch (error) {
      if (signal.aborted) return exitCodes.interrupted;
      throw error;
    }
  },
});

/** A run is what all commands beside take; its recording is another file. */
function refuseRun(context: CliContext, name: string, runsDir: string): void {
  const file = resolve(context.cwd, name);
  const folder = existsSync(file) ? file : folderOfRun(context, name, runsDir);
  if (!existsSync(join(folder, manifestName))) return;
  const words = shellWord(name);
  throw new InputError(name, {
    expected: 'a recording of a run',
    found: `the run itself: mixtune cache export --run ${words} --out recording.jsonl.gz makes one, and mixtune reproduce ${words} --from-cache checks its best without one`,
  });
}

/** The task as it was when the run was recorded. */
async function sameTask(
  context: CliContext,
  { manifest, recording }: RecordedRun,
  options: RepeatOptions,
): Promise<OpenTask> {
  const provenance = provenanceOfRun(recording.source, manifest);
  const opened = await openTaskOfRun(context, manifest.task, provenance, options.task);
  if (opened.task.hash === manifest.task.hash) return opened;
  throw new InputError(recording.source, {
    path: 'run.task',
    expected: `task ${manifest.task.name} as it was when the run was recorded`,
    found: 'another version of it (--task says where to look)',
  });
}

function manifestOf(run: string, { manifest, recording }: RecordedRun, context: CliContext): Manifest {
  const { signature: _ofOther, ...rest } = manifest;
  const provenance = provenanceOfRun(recording.source, manifest);
  // What a stranger's run names does not become this user's by being repeated here.
  const signature = originOf(context, provenance).own
    ? signatureOf(context, { ...provenance, run }, true)
    : undefined;
  return {
    ...rest,
    ...defined({ signature }),
    run,
    mixtune: context.version,
    node: process.version,
    startedAt: context.today().toISOString(),
    repeats: { run: manifest.run, recording: recording.hash },
    command: ['mixtune', ...withoutSecretOptions(context.argv)],
  };
}

function report(
  context: CliContext,
  options: RepeatOptions,
  parts: {
    readonly recorded: RecordedRun;
    readonly manifest: Manifest;
    readonly repetition: Repetition;
    readonly task: OpenTask['task'];
    /** Revisions of the grader, where it has changed since the run. */
    readonly otherGrader: { readonly recorded: string; readonly now: string } | undefined;
  },
): void {
  const { recorded, manifest, repetition, task, otherGrader } = parts;
  const { front, sameFront, cells, differences, kept } = repetition;
  const { manifest: original, recording } = recorded;
  const told = {
    ...runJson(manifest.run, front),
    repeats: original.run,
    ...{ sameFront, cells, kept, answers: recording.size, differences },
    ...defined({ grader: otherGrader }),
  };
  tell(context, options, told, (look) =>
    [
      frontText(front, { ...look, scale: scaleOf(task.grader) }),
      '',
      `Repeated ${original.run} from ${recording.source} as ${manifest.run}: ${formatCount(cells)} cells graded again from ${formatCount(recording.size)} recorded answers, no call made. (What it spent is what the recorded run spent.)`,
      ...(otherGrader === undefined
        ? []
        : [
            `The grader has changed since (${otherGrader.recorded}, now ${otherGrader.now}): ${formatCount(differences.length - kept)} of ${formatCount(cells)} cells come out otherwise.`,
          ]),
      ...(kept === 0
        ? []
        : [
            `${formatCount(kept)} cells ask what the run never asked, since a stage reads answers otherwise than the version that recorded them: their recorded results stand.`,
          ]),
      ...differences
        .slice(0, 10)
        .map(({ id, cell, what }) => `  ${cell.split}/${cell.instance}/${cell.repeat} of ${id}: ${what}`),
      ...(differences.length > 10 ? [`  … and ${differences.length - 10} more`] : []),
      sameFront
        ? look.colors.bold(
            `The front is the same: ${front.front.length} of ${front.front.length} points, every figure to the last bit.`,
          )
        : 'The front is another one than was recorded.',
    ].join('\n'),
  );
}
