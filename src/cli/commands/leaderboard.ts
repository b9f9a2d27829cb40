import { InputError } from '../../core/errors.ts';
import { configId } from '../../domain/moa-config.ts';
import { memberOfFile } from '../../domain/run-result.ts';
import { leaderboardText } from '../../report/leaderboard-text.ts';
import { entryOfMember } from '../../run/leaderboard/run-entries.ts';
import { defineCommand } from '../command.ts';
import { argument, text } from '../command-line.ts';
import { type CliContext, tell } from '../context.ts';
import { jsonFlags, runsFlags, taskHelp } from '../flags.ts';
import { resolveConfig } from '../wiring/configs/configs.ts';
import { openLeaderboards } from '../wiring/leaderboard.ts';
import { isPath } from '../wiring/library.ts';
import { openTask } from '../wiring/tasks/tasks.ts';

const flags = {
  add: text('<run[:which]>', 'keep a point of a run for good (run:knee)'),
  name: text('<name>', 'what the system is called there (default: as the command line names it)'),
  remove: text('<id>', 'take a saved entry away'),
  ...jsonFlags,
  ...runsFlags,
};

export default defineCommand({
  description:
    'Shows the systems that were measured on a task, best first: the best of each run, and what `score --save` and the workbench of `ui` saved, with workshop and strict points, intervals and costs.',
  arguments: [argument('task', taskHelp)],
  flags,
  examples: [
    'mixtune leaderboard code-challenge',
    'mixtune leaderboard code-challenge --add my-run:knee --name "three sages"',
  ],
  run: async ([given], options, context) => {
    const opened = isPath(given) ? await openTask(context, given) : undefined;
    const task = opened?.task.name ?? given;
    const boards = openLeaderboards(context, options.runsDir, opened);
    if (options.remove !== undefined) boards.remove(task, options.remove);
    let view = await boards.view(task);
    if (options.add !== undefined) {
      const { name } = options;
      const entry = await pointOfRun(context, options.add, {
        ...options,
        task,
        name,
        hasStrict: view.hasStrict,
      });
      context.stderr.line(`Kept as ${boards.add(entry)}.`);
      view = await boards.view(task);
    }
    if (view.rows.length === 0 && opened === undefined) await openTask(context, task);
    tell(context, options, view, (look) => leaderboardText(view, look));
  },
});

async function pointOfRun(
  context: CliContext,
  reference: string,
  wanted: {
    readonly task: string;
    readonly name: string | undefined;
    readonly runsDir: string;
    readonly hasStrict: boolean;
  },
) {
  const { config, label, run } = await resolveConfig(context, reference, wanted.runsDir);
  const expected = `a run on ${wanted.task}, with a point of it (a config that no run measured: mixtune score FILE --task ${wanted.task} --save)`;
  if (run === null) throw new InputError('--add', { expected, found: reference });
  const { manifest, front } = run;
  if (manifest.task.name !== wanted.task)
    throw new InputError('--add', { expected, found: `a run on ${manifest.task.name}` });
  const member = front === null ? undefined : memberOfFile(front, configId(config));
  if (member === undefined)
    throw new InputError('--add', { expected: 'a point that was measured to the end', found: reference });
  return entryOfMember(manifest, member, {
    name: (wanted.name ?? label).slice(0, 100),
    hasStrict: wanted.hasStrict,
  });
}
