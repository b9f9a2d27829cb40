import { existsSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MixtuneError, messageOf } from '../core/errors.ts';
import { makeFolder } from '../models/make-folder.ts';
import type { LocalPaths } from './paths.ts';
import { runChild } from './sources/child.ts';

/** The version that this provider was checked against. */
export const runtimeVersion = '3.22.1';

/** node-llama-cpp on this machine. */
export interface Runtime {
  /** Absolute path of its entry file. */
  readonly entry: string;
  readonly version: string;
}

/** Platforms that have a prebuilt package without a GPU, or whose GPU can be left out. */
const platformPackages: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'linux-arm': 'linux-armv7l',
  'darwin-arm64': 'mac-arm64-metal',
  'darwin-x64': 'mac-x64',
  'win32-x64': 'win-x64',
  'win32-arm64': 'win-arm64',
};

/** The runtime that `mixtune models add-local` installed, if it did. */
export function findRuntime(paths: LocalPaths | null): Runtime | null {
  return paths === null ? null : runtimeIn(paths.runtime);
}

function runtimeIn(folder: string): Runtime | null {
  const home = join(folder, 'node_modules', 'node-llama-cpp');
  const entry = join(home, 'dist', 'index.js');
  try {
    const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
    return existsSync(entry) ? { entry, version } : null;
  } catch {
    return null;
  }
}

/** The packages to install for a platform; `null` where there is no prebuilt one. */
export function runtimePackages(platform: string, arch: string): readonly string[] | null {
  const built = platformPackages[`${platform}-${arch}`];
  return built === undefined
    ? null
    : [`node-llama-cpp@${runtimeVersion}`, `@node-llama-cpp/${built}@${runtimeVersion}`];
}

/**
 * Installs the runtime in its slim form: the platform's package only (a plain install brings every GPU's,
 * 725 MB against 85), and no install scripts (they would compile for minutes).
 * @throws MixtuneError when npm cannot.
 */
export async function installRuntime(paths: LocalPaths, onLine: (line: string) => void): Promise<Runtime> {
  const packages = runtimePackages(process.platform, process.arch);
  if (packages === null) {
    throw new MixtuneError(
      'no-local-runtime',
      `local models: node-llama-cpp has no prebuilt package for ${process.platform} on ${process.arch}`,
    );
  }
  // Installed beside and moved: an install that breaks off leaves what was there.
  const fresh = `${paths.runtime}.new`;
  await rm(fresh, { recursive: true, force: true });
  makeFolder(fresh);
  await writeFile(join(fresh, 'package.json'), '{ "private": true }\n');
  await npmInstall(fresh, packages, onLine);
  const installed = runtimeIn(fresh);
  if (installed === null) {
    throw new MixtuneError(
      'no-local-runtime',
      'local models: npm ended well, but node-llama-cpp is not there',
    );
  }
  await rm(paths.runtime, { recursive: true, force: true });
  await rename(fresh, paths.runtime);
  const runtime = findRuntime(paths);
  if (runtime === null) throw new MixtuneError('no-local-runtime', 'local models: the runtime was not kept');
  return runtime;
}

async function npmInstall(
  folder: string,
  packages: readonly string[],
  onLine: (line: string) => void,
): Promise<void> {
  const options = ['--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const windows = process.platform === 'win32';
  const listen = (chunk: Buffer): void => {
    for (const line of chunk.toString('utf8').split('\n')) if (line.trim() !== '') onLine(line);
  };
  try {
    await runChild(windows ? 'npm.cmd' : 'npm', ['install', ...options, ...packages], {
      cwd: folder,
      // Batch files need it; nothing in these arguments comes from outside.
      shell: windows,
      onStart: (child) => {
        child.stdout?.on('data', listen);
        child.stderr?.on('data', listen);
      },
    });
  } catch (error) {
    throw new MixtuneError('no-local-runtime', `local models: npm install failed: ${messageOf(error)}`);
  }
}
