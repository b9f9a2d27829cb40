import { join, resolve } from 'node:path';
import { defineCommand } from '../command.ts';
import { choiceOr, on, severalArguments, text } from '../command-line.ts';
import { runHelp, runsFlags } from '../flags.ts';
import { showWhile } from '../progress.ts';
import { folderOfRun } from '../wiring/configs/configs.ts';
import { refuseWithoutFolder } from '../wiring/out-file.ts';
import { reportName, writeReport } from '../wiring/page/report.ts';

const flags = {
  out: text('<file>', "file to write (default: report.html in the run's folder, or here for several runs)"),
  answers: choiceOr(
    '<which>',
    'answers that the report holds (with their calls: those of the front and the baselines, of all configs, or none)',
    ['front', 'all', 'none'],
    'front',
  ),
  open: on('show it in the browser'),
  ...runsFlags,
};

export default defineCommand({
  description:
    'Writes one HTML file that shows a run, or compares several: front, progress, configs, prompts, answers with their calls. It needs no server and no network.',
  arguments: [severalArguments('run', runHelp)],
  flags,
  examples: ['mixtune report my-run --open', 'mixtune report monday tuesday --out both.html --answers none'],
  run: async ([runs], options, context) => {
    await refuseWithoutFolder(context, options.out);
    const folders = runs.map((run) => folderOfRun(context, run, options.runsDir));
    const [only] = folders;
    const usual =
      folders.length === 1 && only !== undefined ? join(only, reportName) : resolve(context.cwd, reportName);
    const file = options.out === undefined ? usual : resolve(context.cwd, options.out);
    await showWhile(context, 'Working out what was gained, and writing …', () =>
      writeReport(context, folders, file, { answers: options.answers, withWhy: true }),
    );
    context.stdout.line(`Report: ${file}`);
    if (options.open === true) context.showInBrowser?.(file);
  },
});
