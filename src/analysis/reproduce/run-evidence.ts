import { join } from 'node:path';
import { canonicalJson } from '../../core/canonical-json.ts';
import type { Cell } from '../../domain/cell.ts';
import type { ConfigId } from '../../domain/moa-config.ts';
import { type FrontFile, memberOfFile } from '../../domain/run-result.ts';
import type { Task } from '../../domain/task.ts';
import { claimOf, lockOf } from '../../run/folder/lock.ts';
import type { BestFile, Claim } from '../../run/folder/lock-schema.ts';
import { readManifest } from '../../run/folder/manifest-file.ts';
import { bestName } from '../../run/folder/run-folder.ts';
import type { Journal } from '../../run/journal/journal.ts';
import { fromEvents, openJournalOf } from '../../run/journal/look-into-journal.ts';
import { foldEvents, type RunState } from '../../run/run-state.ts';
import type { Manifest } from '../../run/types.ts';
import { memberOf } from '../../search/members.ts';
import { readLock } from './lock-file.ts';

/** A run's folder opened to be read only; a run that is being worked on may be read too. */
export interface RunEvidence {
  readonly manifest: Manifest;
  readonly journal: Pick<Journal, 'answer' | 'events' | 'close'>;
  readonly state: RunState;
}

/** A run's journal and what it says, to hold claims against. @throws InputError when the folder holds no run. */
export async function openEvidence(folder: string): Promise<RunEvidence> {
  const manifest = await readManifest(folder);
  const journal = openJournalOf(folder);
  try {
    return { manifest, journal, state: fromEvents(folder, () => foldEvents(journal.events())) };
  } catch (error) {
    journal.close();
    throw error;
  }
}

/** What a run's journal says of a config it tried. */
export async function recordedClaims(
  folder: string,
  id: ConfigId,
): Promise<Record<Cell['split'], Claim> | undefined> {
  const { state, journal } = await openEvidence(folder);
  journal.close();
  const trial = state.byId.get(id);
  if (trial === undefined) return undefined;
  return { tuning: claimOf(trial, 'tuning'), holdout: claimOf(trial, 'holdout') };
}

export interface LockRequest {
  readonly folder: string;
  readonly id: ConfigId;
  /** The run's front as it was written, whose figures are the claim; else the journal's are. */
  readonly front: FrontFile | null;
  /** The task as it is now, if it is still there. */
  readonly task: Task | undefined;
  readonly extractAnswer: (text: string) => string | null;
}

/** Locks a config that a run tried; `undefined` when it tried no such. */
export async function lockOfRun(evidence: RunEvidence, request: LockRequest): Promise<BestFile | undefined> {
  const { manifest, state, journal } = evidence;
  const { folder, id, front, task, extractAnswer } = request;
  const trial = state.byId.get(id);
  if (trial === undefined) return undefined;
  // Another version may tell another load from the same calls; its figures are then not those of this one's cells.
  const sameLoad = canonicalJson(front?.slowdown ?? null) === canonicalJson(trial.slowdown ?? null);
  const claimed = front === null || !sameLoad ? undefined : memberOfFile(front, id);
  const member = claimed ?? memberOf(trial);
  return lockOf({
    member,
    trial,
    manifest,
    journal,
    extractAnswer,
    task: task?.hash === manifest.task.hash ? task : undefined,
    // It only fills in what the task no longer tells; without it that stays unknown.
    known: await readLock(join(folder, bestName)).catch(() => undefined),
  });
}
