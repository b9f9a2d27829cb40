import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readLock } from '../../../analysis/reproduce/lock-file.ts';
import { withoutByteOrderMark } from '../../../core/byte-order-mark.ts';
import { defined } from '../../../core/defined.ts';
import type { BestFile } from '../../../run/folder/lock-schema.ts';
import type { Manifest } from '../../../run/types.ts';
import type { CliContext } from '../../context.ts';
import { findTaskOfRun, type OpenTask } from '../tasks/tasks.ts';
import { type FoundWording, findWording } from '../tasks/wording.ts';
import type { NamedConfig } from './configs.ts';
import { type Provenance, provenanceOfLock, provenanceOfRun } from './own-runs.ts';

/** A lock that a command line names, with what it says of its run. */
export interface GivenLock {
  readonly lock: BestFile;
  readonly task: Manifest['task'];
  readonly provenance: Provenance;
  /** Of simulated models. */
  readonly seed: number;
}

/** `undefined` where the name is not that of a lock's file. @throws InputError where the lock is faulty */
export async function lockGiven(context: CliContext, name: string): Promise<GivenLock | undefined> {
  const file = resolve(context.cwd, name);
  if (!/\.json$/.test(name) || !(await isLock(file))) return undefined;
  return factsOfLock(name, await readLock(file, name));
}

/** @param name as the command line says it */
export function factsOfLock(name: string, lock: BestFile): GivenLock {
  const { task, taskHash, taskChanges, taskWording, made, worldSeed } = lock;
  return {
    lock,
    task: {
      ...{ name: task, hash: taskHash, ...taskChanges },
      ...defined({ folder: made.taskFolder, wording: taskWording }),
    },
    provenance: provenanceOfLock(name, lock),
    seed: worldSeed ?? 1,
  };
}

/** What is known of how a config was made, where a run or a lock tells it, and how it words questions. */
export type MakingFacts = FoundWording &
  Partial<Omit<GivenLock, 'lock'>> & { readonly opened?: OpenTask | undefined };

export async function makingOf(
  context: CliContext,
  source: string,
  { run, wording }: NamedConfig,
): Promise<MakingFacts> {
  const made = run === null ? await lockGiven(context, source) : factsOfRun(source, run.manifest);
  if (made === undefined) return defined({ wording });
  const { task, provenance, seed } = made;
  const opened = await findTaskOfRun(context, task, provenance);
  return { task, provenance, seed, opened, ...findWording(source, task, opened) };
}

function factsOfRun(source: string, manifest: Manifest): Omit<GivenLock, 'lock'> {
  const { task, settings } = manifest;
  return { task, provenance: provenanceOfRun(source, manifest), seed: settings.seed };
}

/** Whether a JSON file is a lock rather than a config. What cannot be read is told by whoever reads it next. */
async function isLock(file: string): Promise<boolean> {
  try {
    const content: unknown = JSON.parse(withoutByteOrderMark(await readFile(file, 'utf8')));
    return content !== null && typeof content === 'object' && 'claims' in content;
  } catch {
    return false;
  }
}
