import { basename } from 'node:path';
import { exitCodes, MixtuneError } from '../../core/errors.ts';
import { readManifest } from '../../run/folder/manifest-file.ts';
import { lockOwner } from '../../run/folder/run-lock.ts';
import { defineCommand } from '../command.ts';
import { argument, valueOr } from '../command-line.ts';
import { runHelp, runsFlags } from '../flags.ts';
import { parseDuration } from '../option-values.ts';
import { resumeOf } from '../text.ts';
import { folderOfRun } from '../wiring/configs/configs.ts';
import { askToStop } from '../wiring/jobs/stopping.ts';

const flags = { timeout: valueOr('<time>', 'how long to wait for it', parseDuration, 60), ...runsFlags };

export default defineCommand({
  description: 'Has the process that works on a run save its state and end, and waits until it has.',
  arguments: [argument('run', runHelp)],
  flags,
  examples: ['mixtune stop my-run'],
  run: async ([run], options, context) => {
    const folder = folderOfRun(context, run, options.runsDir);
    const manifest = await readManifest(folder);
    const owner = await lockOwner(folder);
    if (owner?.working !== true) {
      const gone = owner === undefined ? '' : ` (process ${owner.pid} is gone)`;
      context.stdout.line(`Run ${basename(folder)} is not at work${gone}: there is nothing to stop.`);
      return exitCodes.done;
    }
    askToStop(manifest.run, owner);
    const end = context.clock.now() + options.timeout * 1000;
    for (
      let now = await lockOwner(folder);
      now?.working && now.pid === owner.pid;
      now = await lockOwner(folder)
    ) {
      if (context.clock.now() >= end) {
        throw new MixtuneError(
          'not-stopped',
          `process ${owner.pid} was asked to stop and has not within ${options.timeout} s. It may be waiting ` +
            'for calls in flight; a second stop ends it at once, and nothing that was journaled is lost',
        );
      }
      await context.clock.sleep(lookMs);
    }
    const resume = resumeOf(run, manifest, options);
    context.stdout.line(`Run ${basename(folder)} has stopped. Go on with it: ${resume}`);
  },
});

/** Between two looks at whether the run has stopped, in ms. */
const lookMs = 100;
