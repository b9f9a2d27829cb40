import type { ObjectiveName } from '../../../src/domain/objective.ts';
import { lockOf } from '../../../src/run/folder/lock.ts';
import type { BestFile, Claim, LockedCell } from '../../../src/run/folder/lock-schema.ts';
import { createMemoryJournal, type Journal } from '../../../src/run/journal/journal.ts';
import { TuningRun } from '../../../src/run/tuning-run.ts';
import { noisyDependencies, noisyManifest, noisySettings, noisyTask } from '../../run/noisy-world.ts';

/** Tunes in the noisy world and locks the best member. */
export async function tunedLock(seed: number): Promise<{ lock: BestFile; journal: Journal; run: TuningRun }> {
  const dependencies = noisyDependencies(seed);
  const journal = createMemoryJournal();
  const run = new TuningRun('noisy', journal, noisySettings(seed), dependencies);
  const front = await dependencies.clock.run(() => run.run());
  const [member] = front.front;
  const trial = member === undefined ? undefined : run.trial(member.id);
  if (member === undefined || trial === undefined) throw new Error(`run ${seed} has no front`);
  const { extractAnswer } = dependencies;
  const manifest = noisyManifest(seed);
  return {
    lock: await lockOf({ member, trial, manifest, task: noisyTask, journal, extractAnswer }),
    journal,
    run,
  };
}

/** The standard error that a claim states. */
export function standardErrorOf(claim: Claim, objective: ObjectiveName): number {
  return (claim.objectives[objective].deviation ?? 0) / Math.sqrt(claim.cells);
}

/** The lock with its holdout claim of an objective changed by `shift`, its cells left as they are. */
export function editedLock(lock: BestFile, objective: ObjectiveName, shift: number): BestFile {
  const { holdout } = lock.claims;
  if (holdout === null || lock.member.holdout === null) throw new Error('no holdout claim');
  const moved = <Figures extends { mean: number | null; low: number | null; high: number | null }>(
    of: Figures,
  ) => ({
    ...of,
    mean: (of.mean ?? 0) + shift,
    low: (of.low ?? 0) + shift,
    high: (of.high ?? 0) + shift,
  });
  const objectives = { ...holdout.objectives, [objective]: moved(holdout.objectives[objective]) };
  const stated = { ...lock.member.holdout, [objective]: moved(lock.member.holdout[objective]) };
  return {
    ...lock,
    member: { ...lock.member, holdout: stated },
    claims: { ...lock.claims, holdout: { ...holdout, objectives } },
  };
}

/** The claim as a run would have it that drew each cell of an objective higher by `shift`; cells only. */
export function shiftedClaim(claim: Claim, objective: ObjectiveName, shift: number): Claim {
  const evidence = claim.evidence.map(
    (cell): LockedCell => ({ ...cell, [objective]: (cell[objective] ?? 0) + shift }),
  );
  return { ...claim, evidence };
}
