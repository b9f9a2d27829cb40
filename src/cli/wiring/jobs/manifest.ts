import { execFile } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { sha256 } from '../../../core/canonical-json.ts';
import { defined } from '../../../core/defined.ts';
import { remembered } from '../../../core/remembered.ts';
import type { Manifest } from '../../../run/types.ts';
import type { SearchSpace } from '../../../search/space.ts';
import type { CliContext } from '../../context.ts';
import { signatureOf } from '../configs/own-runs.ts';
import { exists } from '../library.ts';
import { withoutSecretOptions } from '../secrets.ts';

/** What a run is started with, for its folder. Nothing secret: keys are known by their variables' names. */
export async function createManifest(
  context: CliContext,
  parts: Pick<
    Manifest,
    | 'run'
    | 'settings'
    | 'task'
    | 'grader'
    | 'models'
    | 'endpoint'
    | 'recording'
    | 'cache'
    | 'prices'
    | 'simLoad'
    | 'guesses'
    | 'forecast'
  > & {
    readonly space: SearchSpace;
    /** Some of the models' prices are the user's. */
    readonly ownPrices: boolean;
  },
): Promise<Manifest> {
  const { run, settings, task, grader, models, endpoint, space, recording, cache, prices, simLoad } = parts;
  const { guesses, forecast } = parts;
  const { folder } = task;
  const named = { run, endpoint, ...defined({ taskFolder: folder }) };
  const signature = signatureOf(context, named, parts.ownPrices);
  return {
    version: 1,
    run,
    mixtune: context.version,
    node: process.version,
    gitCommit: await gitCommit(context.packageFolder),
    startedAt: context.today().toISOString(),
    simulated: settings.simulated,
    settings,
    task,
    space: { name: space.name, hash: sha256(space), file: space },
    grader,
    ...defined({ models }),
    command: ['mixtune', ...withoutSecretOptions(context.argv)],
    endpoint,
    ...defined({ recording, cache, prices, simLoad, guesses, forecast, signature }),
  };
}

/** By folder. Looked up once: what runs is what the process has loaded. */
const commits = new Map<string, Promise<string | null>>();

const gitCommit = (folder: string): Promise<string | null> =>
  remembered(commits, folder, () => lookUpCommit(folder));

/** The commit of a checkout, with `+` where files differ from it; `null` for an installed package. */
async function lookUpCommit(folder: string): Promise<string | null> {
  if (!(await exists(join(folder, '.git')))) return null;
  const git = async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)('git', ['-C', folder, ...args])).stdout.trim();
  try {
    const commit = await git('rev-parse', 'HEAD');
    return (await git('status', '--porcelain', '--untracked-files=no')) === '' ? commit : `${commit}+`;
  } catch {
    return null;
  }
}
