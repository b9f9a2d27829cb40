import type { Budget, Spent } from '../../domain/budget.ts';
import { accountUsage, type UsageAccount } from '../calls/usage-account.ts';
import type { Phase } from '../journal/events.ts';
import { lookIntoJournal } from '../journal/look-into-journal.ts';
import { countEvaluations, spentOf } from '../run-state.ts';
import type { Manifest } from '../types.ts';
import type { LockOwner } from './lock-owner.ts';
import { readManifest } from './manifest-file.ts';
import { lockOwner } from './run-lock.ts';

/** A run as an onlooker sees it: as of its last commit. */
export interface RunStatus {
  readonly manifest: Manifest;
  /** Who has it open, or ended without closing it; `undefined` when nobody did. */
  readonly owner: LockOwner | undefined;
  /** `stopped`: resume goes on. */
  readonly state: 'working' | 'stopped' | 'done';
  readonly phase: Phase;
  readonly ended: string | null;
  readonly evaluations: number;
  readonly callsInFlight: number;
  readonly spent: Spent;
  readonly budget: Budget;
  readonly frontSize: number;
  readonly bestScore: number | null;
  /** What answered calls used, model by model. */
  readonly usage: readonly UsageAccount[];
}

/** Reads a run's folder, and changes nothing in it. @throws InputError where it is none. */
export async function readStatus(folder: string): Promise<RunStatus> {
  const manifest = await readManifest(folder);
  const owner = await lockOwner(folder);
  const working = owner?.working === true;
  return lookIntoJournal(folder, manifest, (state, book, journal) => {
    return {
      manifest,
      owner,
      state: working ? 'working' : state.phase === 'done' ? 'done' : 'stopped',
      phase: state.phase,
      ended: state.ended,
      evaluations: countEvaluations(state),
      callsInFlight: working ? state.openCalls.size : 0,
      spent: spentOf(state),
      budget: manifest.settings.budget,
      frontSize: book.front().length,
      bestScore: book.bestScore(),
      usage: accountUsage(journal.events()),
    };
  });
}
