import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCli } from '../../src/cli/program.ts';
import { type OpenRunViews, openRunViews } from '../../src/cli/wiring/page/run-views.ts';
import { thorough } from '../support/thorough.ts';
import { commandContext, testContext } from './cli.ts';
import { copyRun } from './copy-run.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A whole run of simulated models, small and quick, in a folder of its own. */
export interface SmallRun {
  readonly runsFolder: string;
  readonly folder: string;
  open(): Promise<OpenRunViews>;
  remove(): Promise<void>;
}

/** Runs that this process has made: each is made once, and copied for whoever asks. */
const made = new Map<string, Promise<string>>();

export async function makeSmallRun(run = 'small', ...options: readonly string[]): Promise<SmallRun> {
  const name = [run, ...options].join(' ');
  const original = made.get(name) ?? tuned(run, options);
  made.set(name, original);
  const runsFolder = temporaryFolder('small-run');
  copyRun(await original, runsFolder);
  const folder = join(runsFolder, run);
  return {
    runsFolder,
    folder,
    open: () => openRunViews(commandContext(), folder),
    remove: () => rm(runsFolder, { recursive: true }),
  };
}

/** @returns the folder of runs */
async function tuned(run: string, options: readonly string[]): Promise<string> {
  const runsFolder = temporaryFolder('small-run');
  const size = [
    '--max-evaluations',
    thorough ? '30' : '12',
    ...(thorough ? [] : ['--max-calls', '180']),
    '--instances',
    '4',
    '--finish-repeats',
    '2',
    '--holdout-repeats',
    '1',
  ];
  const job = ['contest-math', '--strategy', 'evolution', ...size, ...options];
  const context = testContext(['tune', ...job, '--run', run, '--runs-dir', runsFolder]);
  const code = await runCli(context);
  if (code !== 0) throw new Error(`tune ended with ${code}: ${context.stderr.text}`);
  return runsFolder;
}
