import { resolve } from 'node:path';
import { exitCodes } from '../../core/errors.ts';
import { defineCommand, type OptionsOf, on, optionalArgument, textOr, valueOr } from '../command.ts';
import { type CliContext, writeJson, writeLine } from '../context.ts';
import { jsonFlags, runsFlags } from '../flags.ts';
import { parsePort } from '../option-values.ts';
import { addressOf, openUi } from '../wiring/ui.ts';
import { workbenchFlags } from '../wiring/workbench.ts';

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
type UiOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description:
    'Shows the runs of the runs folder in a page, those that are at work as they go on, until Ctrl-C. Its workbench asks and grades systems that you edit, under a ceiling (docs/page.md).',
  arguments: [optionalArgument('run', "the run's id: the page opens at it")],
  flags,
  examples: ['mixtune ui --open', 'mixtune ui my-run --port 8300'],
  run: ([run], options, context) => ui(run, options, context),
});

async function ui(run: string | undefined, options: UiOptions, context: CliContext): Promise<number> {
  const { port, host, json, open, runsDir, untilClosed } = options;
  let release = (): void => undefined;
  const interrupted = new Promise<void>((done) => {
    release = context.onInterrupt(done);
    if (untilClosed === true) context.stdin.on('end', done).on('close', done).resume();
  });
  const page = await openUi(context, {
    port,
    host,
    runsFolder: resolve(context.cwd, runsDir),
    workbench: options,
  });
  try {
    const url = addressOf(page.url, run);
    if (json === true) writeJson(context.stdout, { url });
    else {
      writeLine(context.stdout, `Page: ${url}`);
      if (untilClosed !== true) writeLine(context.stdout, 'Stop with Ctrl-C.');
    }
    if (open === true) page.show(run);
    await interrupted;
    return exitCodes.done;
  } finally {
    release();
    await page.close();
  }
}
