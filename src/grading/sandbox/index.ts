import { availableParallelism } from 'node:os';
import type { PythonSandbox } from '../grader.ts';
import { chooseTier, planLaunch, probeTiers, type TierReport, tierNames } from './launch.ts';
import { type PythonSandboxOptions, resolveOptions } from './options.ts';
import { PythonPool } from './pool.ts';
import { findRuntimeFiles } from './runtime-files.ts';
import { ensureSnapshot } from './snapshot-cache.ts';

export type { TierReport } from './launch.ts';
export type { PythonSandboxOptions } from './options.ts';

/**
 * Python for model-written programs: Pyodide in child processes behind the import gate and Node's permission
 * flag, inside bubblewrap where that works. Cheap until the first job, which starts the workers and, on the
 * first use after an install, makes the snapshot (3 s).
 *
 * Jobs run first in, first out. Every job starts from the same memory: nothing that one leaves reaches
 * another. Real time is used, also in runs on a virtual clock: limits are for the machine's sake.
 *
 * @throws RangeError for an option out of range; Error when Pyodide is missing or the tier asked for (not
 *   `auto`) does not work here.
 */
export async function createPythonSandbox(options: PythonSandboxOptions = {}): Promise<PythonSandbox> {
  const settings = resolveOptions(options, availableParallelism());
  const files = findRuntimeFiles();
  const tier = await chooseTier(settings.tier, files);
  return new PythonPool({
    tier: tierNames[tier],
    workers: settings.workers,
    plan: async () => planLaunch(tier, files, await ensureSnapshot(files, settings.cacheFolder), settings),
  });
}

/** The tiers, strongest first, each tried on this machine. */
export function describePythonTiers(): Promise<readonly TierReport[]> {
  return probeTiers(findRuntimeFiles());
}

/** Makes the snapshot now (at install, say) and returns its path. */
export function preparePythonSandbox(
  options: Pick<PythonSandboxOptions, 'cacheFolder'> = {},
): Promise<string> {
  return ensureSnapshot(findRuntimeFiles(), options.cacheFolder ?? null);
}
