import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readLock } from '../../analysis/reproduce/lock-file.ts';
import { defined } from '../../core/defined.ts';
import type { BestFile } from '../../domain/run-result.ts';
import type { CliContext } from '../context.ts';
import { type Provenance, provenanceOfLock } from './own-runs.ts';
import type { TaskOfRun } from './tasks.ts';

/** A lock that a command line names, with what it says of its run. */
export interface GivenLock {
  readonly lock: BestFile;
  readonly task: TaskOfRun['task'];
  readonly provenance: Provenance;
  /** Of simulated models. */
  readonly seed: number;
}

/** `undefined` where the name is not that of a lock's file. @throws InputError where the lock is faulty */
export async function lockGiven(context: CliContext, name: string): Promise<GivenLock | undefined> {
  const file = resolve(context.cwd, name);
  if (!/\.json$/.test(name) || !(await isLock(file))) return undefined;
  const lock = await readLock(file, name);
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

/** Whether a JSON file is a lock rather than a config. What cannot be read is told by whoever reads it next. */
async function isLock(file: string): Promise<boolean> {
  try {
    const content: unknown = JSON.parse(await readFile(file, 'utf8'));
    return content !== null && typeof content === 'object' && 'claims' in content;
  } catch {
    return false;
  }
}
