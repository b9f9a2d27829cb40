import { basename, dirname, resolve } from 'node:path';
import { defineCommand } from '../command.ts';
import { on, optionalArgument, textOr, valueOr } from '../command-line.ts';
import { tell } from '../context.ts';
import { jsonFlags, runsFlags } from '../flags.ts';
import { listenForInterrupt, untilAborted } from '../interrupt.ts';
import { parsePort } from '../option-values.ts';
import { folderOfRun } from '../wiring/configs/configs.ts';
import { addressOf, openUi } from '../wiring/page/ui.ts';
import { workbenchFlags } from '../wiring/page/workbench.ts';

const flags = {
  port: valueOr('<n>', 'port to listen on; 0 for any free one', parsePort, 0),
  host: textOr(
    '<address>',
    'address to listen on; beyond this machine everybody who has the printed address can use the page',
    '127.0.0.1',
  ),
  open: on('show the page in the browser'),
  untilClosed: on('end when standard input ends (for programs that start it)'),
  ...workbenchFlags,
  ...jsonFlags,
  ...runsFlags,
};

export default defineCommand({
  description:
    'Shows the runs of the runs folder in a page, those that are at work as they go on, until Ctrl-C. Its workbench asks and grades systems that you edit, under a ceiling (docs/page.md).',
  arguments: [optionalArgument('run', "the run's id or folder: the page opens at it")],
  flags,
  examples: ['mixtune ui --open', 'mixtune ui my-run --port 8300'],
  run: async ([named], options, context) => {
    const { port, host, open, runsDir, untilClosed } = options;
    // The page names runs by their id alone, so one that is named by its path is shown among those beside it.
    const folder = named === undefined ? undefined : folderOfRun(context, named, runsDir);
    const run = folder === undefined ? undefined : basename(folder);
    using interrupt = listenForInterrupt(context);
    const closed = new Promise((done) => {
      if (untilClosed === true) context.stdin.on('end', done).on('close', done).resume();
    });
    const page = await openUi(context, {
      port,
      host,
      runsFolder: folder === undefined ? resolve(context.cwd, runsDir) : dirname(folder),
      workbench: options,
    });
    try {
      const url = addressOf(page.url, run);
      const end = untilClosed === true ? '' : '\nStop with Ctrl-C.';
      tell(context, options, { url }, () => `Page: ${url}${end}`);
      if (open === true) page.show(run);
      await Promise.race([untilAborted(interrupt.signal), closed]);
    } finally {
      await page.close();
    }
  },
});
