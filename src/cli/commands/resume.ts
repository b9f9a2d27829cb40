import { join } from 'node:path';
import { defined } from '../../core/defined.ts';
import { InputError } from '../../core/errors.ts';
import { isInVain } from '../../run/cells/grading-record.ts';
import { manifestName, readManifest } from '../../run/folder/manifest-file.ts';
import { lookIntoJournal } from '../../run/journal/look-into-journal.ts';
import { needsProgram } from '../../run/of-program.ts';
import { defineCommand } from '../command.ts';
import { argument, text } from '../command-line.ts';
import {
  endpointFlags,
  jsonFlags,
  notifyFlags,
  reportFlags,
  runHelp,
  runsFlags,
  trustFlags,
  workersFlags,
  writingFlags,
} from '../flags.ts';
import { limitFlags, limitsOf } from '../limit-flags.ts';
import { resumeOf } from '../text.ts';
import { folderOfRun } from '../wiring/configs/configs.ts';
import { provenanceOfRun } from '../wiring/configs/own-runs.ts';
import { refuseUnknownRecording } from '../wiring/jobs/consent.ts';
import { refuseGoneSearch } from '../wiring/jobs/strategy.ts';
import { runTuning } from '../wiring/jobs/tuning.ts';
import { modelsCalled, withOtherWriter } from '../wiring/jobs/writing.ts';
import { openCallers } from '../wiring/models/callers.ts';
import { pricesOfRun } from '../wiring/models/prices.ts';
import { refuseOtherRecording } from '../wiring/models/recorded.ts';
import { openTaskOfRun } from '../wiring/tasks/tasks.ts';

const flags = {
  ...endpointFlags,
  ...trustFlags,
  ...jsonFlags,
  ...runsFlags,
  ...limitFlags,
  ...writingFlags,
  ...workersFlags,
  task: text('<task>', 'where the task is now (default: where your run had it, else by name)'),
  ...reportFlags,
  ...notifyFlags,
};

export default defineCommand({
  description: 'Goes on with a run from its journal; answers already paid for are not asked again.',
  arguments: [argument('run', runHelp)],
  flags,
  examples: ['mixtune resume code-challenge-20260401-220000'],
  run: async ([run], options, context) => {
    // Nothing else is read before the run is this process's: a damaged journal is mended when it is opened then.
    const folder = folderOfRun(context, run, options.runsDir);
    const manifest = await readManifest(folder);
    if (needsProgram(manifest)) {
      const found = `one that calls functions of that program; there ${resumeOf(run, manifest, options)} goes on`;
      throw new InputError(run, { expected: 'a run that goes on without the program that began it', found });
    }
    refuseGoneSearch(join(folder, manifestName), manifest.settings);
    const provenance = provenanceOfRun(run, manifest);

    refuseUnknownRecording(context, options, provenance);
    const { baseUrl = manifest.endpoint.baseUrl } = options;
    const given = { ...options, ...defined({ baseUrl }) };
    const settings = withOtherWriter(context, manifest.settings, given);
    const opened = await openTaskOfRun(context, manifest.task, provenance, options.task);
    const { task } = opened;
    if (task.hash !== manifest.task.hash) {
      throw new InputError(run, {
        expected: `task ${task.name} as it was when the run was started`,
        found: 'another version of it; start a new run',
      });
    }
    const models = modelsCalled(settings, task);
    const { recorded } = manifest.endpoint;
    await using callers = await openCallers(
      context,
      { ...options, ...defined({ recorded, cache: manifest.cache }) },
      {
        ...{ models, provenance, seed: settings.seed, taskFolder: opened.folder },
        ...{ prices: pricesOfRun(manifest), simLoad: manifest.simLoad, run: manifest.run },
      },
    );
    const { endpoint } = callers;
    refuseOtherRecording(run, manifest, callers);
    const grader = await callers.grader(opened, false);
    if (grader.revision !== manifest.grader.revision && !lookIntoJournal(folder, manifest, isInVain)) {
      throw new InputError(run, {
        expected: `grader ${manifest.grader.name} of revision ${manifest.grader.revision}`,
        found: `${grader.revision}; start a new run`,
      });
    }
    const limits = limitsOf(options, settings.limits);
    const changed = { ...manifest, endpoint, settings: { ...settings, ...defined({ limits }) } };
    const job = { name: run, folder, manifest: changed, task, stack: callers, grader };
    return await runTuning(context, options, job);
  },
});
