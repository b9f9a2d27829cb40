import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { MixtuneError } from '../../../core/errors.ts';
import { type OptionsOf, on } from '../../command-line.ts';
import type { CliContext } from '../../context.ts';
import type { JsonOption, ModelOptions, RunsOption } from '../../flags.ts';
import { listenForInterrupt, untilAborted } from '../../interrupt.ts';
import { modelArguments } from '../child-arguments.ts';
import { noteStream } from '../jobs/tuning.ts';
import { builtPage } from './report.ts';

export const livePageFlags = {
  ui: on('show the run in a page while it works (docs/page.md); the page ends with the run'),
  uiStay: on('like --ui, but the page stays until Ctrl-C'),
  open: on('like --ui, and shows the page in the browser'),
};

/** What the page is about. */
interface ShownRun {
  readonly run: string;
  /** As the command line named it. */
  readonly task: string;
  /** Full names: those that the page's workbench may ask. */
  readonly models: readonly string[];
}

type LivePageOptions = OptionsOf<typeof livePageFlags> &
  JsonOption &
  RunsOption &
  Omit<ModelOptions, 'models' | 'recorded'> & { readonly seed: number };

const wantsPage = ({ ui, uiStay, open }: LivePageOptions): boolean => (ui ?? uiStay ?? open) === true;

/** @throws MixtuneError where a page is asked for and there is none */
export async function refuseMissingPage(context: CliContext, options: LivePageOptions): Promise<void> {
  if (wantsPage(options)) await builtPage(context);
}

export interface LivePage {
  /** Waits for Ctrl-C where the page is to stay after a run that ended by itself. */
  stay(ended: boolean): Promise<void>;
  close(): Promise<void>;
}

const noPage: LivePage = { stay: async () => undefined, close: async () => undefined };

/**
 * Shows a run that is about to start, where the options ask for it: by `mixtune ui` in a process of its own, so that
 * whoever looks takes no time from the search.
 * @throws MixtuneError where it does not start
 */
export async function openLivePage(
  context: CliContext,
  options: LivePageOptions,
  { run, task, models }: ShownRun,
): Promise<LivePage> {
  const { open, uiStay } = options;
  if (!wantsPage(options)) return noPage;
  if (context.startSelf === undefined) throw new Error('openLivePage: this context starts no processes');
  const child = context.startSelf([
    ...['ui', run, '--until-closed', '--json', '--task', task],
    ...modelArguments(models, options),
    ...(open === true ? ['--open'] : []),
  ]);
  // The page is gone, which the run does not need.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stream = noteStream(context, options);
  stream.line(`Page: ${await addressFrom(child)}`);
  return {
    stay: async (hasEnded) => {
      if (uiStay !== true || !hasEnded) return;
      stream.line('\nThe run has ended; its page stays until Ctrl-C.');
      using interrupt = listenForInterrupt(context);
      await untilAborted(interrupt.signal);
    },
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

/** The address that a starting `mixtune ui --json` prints. */
function addressFrom(child: ChildProcessWithoutNullStreams): Promise<string> {
  let printed = '';
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(0, 4_000);
  });
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      const [, url] = /"url": "([^"]+)"/.exec(printed) ?? [];
      if (url !== undefined) resolve(url);
    });
    const fail = (): void =>
      reject(
        new MixtuneError('page-not-started', `The page did not start: ${said.trim() || printed.trim()}`),
      );
    child.once('error', fail);
    child.once('close', fail);
  });
}
