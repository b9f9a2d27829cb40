import { execFile, spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { whyProbeFailed } from './failed-probe.ts';
import type { SandboxSettings, SandboxTier } from './options.ts';
import type { RuntimeFiles } from './runtime-files.ts';

const run = promisify(execFile);

/** A command that starts one worker, and what isolates it. */
export interface LaunchPlan {
  readonly tier: string;
  readonly command: string;
  readonly args: readonly string[];
}

export type IsolationTier = Exclude<SandboxTier, 'auto'>;

export interface TierReport {
  readonly tier: IsolationTier;
  readonly available: boolean;
  /** Why not, where it is not. */
  readonly reason?: string;
}

export const tierNames: Readonly<Record<IsolationTier, string>> = {
  permissions: 'pyodide+permissions',
  bubblewrap: 'pyodide+permissions+bubblewrap',
};

/** What this machine can do, each tried for real; for `mixtune doctor`. Strongest first. */
export async function probeTiers(files: RuntimeFiles): Promise<readonly TierReport[]> {
  const reason = await probeBubblewrap(files);
  return [
    reason === null
      ? { tier: 'bubblewrap', available: true }
      : { tier: 'bubblewrap', available: false, reason },
    { tier: 'permissions', available: true },
  ];
}

/** @throws Error when the tier asked for does not work here. */
export async function chooseTier(tier: SandboxTier, files: RuntimeFiles): Promise<IsolationTier> {
  if (tier === 'permissions') return tier;
  const reason = await probeBubblewrap(files);
  if (reason === null) return 'bubblewrap';
  if (tier === 'auto') return 'permissions';
  throw new Error(`the sandbox tier bubblewrap does not work here: ${reason}`);
}

export function planLaunch(
  tier: IsolationTier,
  files: RuntimeFiles,
  snapshot: string,
  settings: SandboxSettings,
): LaunchPlan {
  const readable = [files.pyodideFolder, ...files.otherFolders, files.folder, realpathSync(snapshot)];
  const node = [
    // The flag's name lost its prefix once it was stable.
    process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    '--disallow-code-generation-from-strings',
    '--no-warnings',
    // The interpreter's memory is not on this heap; what is on it must not grow without bound either.
    '--max-old-space-size=96',
    // Node's own 984 kB end recursion through C code sooner or later depending on what V8 has optimised so
    // far; with this Python's limit comes first, always. Half of what Linux and macOS give a main thread.
    ...(process.platform === 'win32' ? [] : ['--stack-size=3900']),
    files.worker,
    JSON.stringify({
      pyodide: files.pyodide,
      snapshot: realpathSync(snapshot),
      limits: {
        memoryBytes: settings.memoryMb * 1_048_576,
        // Of files under the in-memory `/tmp`, and of what is printed, which is thrown away.
        fileBytes: 4_194_304,
        outputBytes: 4_194_304,
        newFiles: 1_000,
      },
      retireAfterGrowth: 67_108_864,
    }),
  ];
  const executable = realpathSync(process.execPath);
  if (tier === 'bubblewrap') {
    const args = [...bubblewrapArguments(readable, executable), executable, ...node];
    return { tier: tierNames.bubblewrap, command: findProgram('bwrap') ?? 'bwrap', args };
  }
  const setpriv = findParentDeathSignal();
  return setpriv === null
    ? { tier: tierNames.permissions, command: executable, args: node }
    : { tier: tierNames.permissions, command: setpriv, args: ['--pdeathsig', 'KILL', executable, ...node] };
}

/** No network, no other processes, no files but those that Node itself and the worker read. */
function bubblewrapArguments(readable: readonly string[], executable: string): string[] {
  const libraries = ['/lib', '/lib64', '/usr/lib', '/usr/lib64', '/nix/store', '/etc/ld.so.cache'];
  return [
    '--unshare-all',
    '--die-with-parent',
    '--new-session',
    '--as-pid-1',
    ...['--cap-drop', 'ALL'],
    '--clearenv',
    ...['--setenv', 'TZ', 'UTC'],
    ...['--hostname', 'sandbox'],
    ...libraries.flatMap((path) => ['--ro-bind-try', path, path]),
    ...['--ro-bind', executable, executable],
    ...['--dev', '/dev'],
    ...readable.flatMap((path) => ['--ro-bind', path, path]),
    ...['--remount-ro', '/'],
    ...['--chdir', '/'],
  ];
}

/** Only from system folders: a `bwrap` found through a user's PATH could be anything. */
function findProgram(name: string): string | null {
  const folders = ['/usr/bin', '/bin', '/usr/local/bin', '/run/current-system/sw/bin'];
  return folders.map((folder) => `${folder}/${name}`).find((path) => existsSync(path)) ?? null;
}

let parentDeathSignal: string | null | undefined;

/**
 * The program that asks the kernel to end a worker with its parent: a worker in an endless loop would not
 * notice by itself that this process was killed. BusyBox has a `setpriv` that can not.
 */
function findParentDeathSignal(): string | null {
  if (parentDeathSignal !== undefined) return parentDeathSignal;
  const command = process.platform === 'linux' ? findProgram('setpriv') : null;
  const args = ['--pdeathsig', 'KILL', process.execPath, '--version'];
  const works =
    command !== null && spawnSync(command, args, { env: {}, stdio: 'ignore', timeout: 10_000 }).status === 0;
  parentDeathSignal = works ? command : null;
  return parentDeathSignal;
}

let probed: Promise<string | null> | undefined;

/** `null` when it works: containers often have the program and forbid what it does. */
function probeBubblewrap(files: RuntimeFiles): Promise<string | null> {
  probed ??= tryBubblewrap(files);
  return probed;
}

async function tryBubblewrap(files: RuntimeFiles): Promise<string | null> {
  if (process.platform !== 'linux') return 'bubblewrap is for Linux';
  const command = findProgram('bwrap');
  if (command === null) return 'bwrap is not installed';
  const executable = realpathSync(process.execPath);
  const args = [...bubblewrapArguments([files.pyodideFolder], executable), executable, '--version'];
  try {
    const { stdout } = await run(command, args, { env: {}, timeout: 10_000, cwd: dirname(executable) });
    return stdout.trim() === process.version ? null : `node --version inside it gave ${stdout.slice(0, 100)}`;
  } catch (error) {
    return whyProbeFailed(error);
  }
}
