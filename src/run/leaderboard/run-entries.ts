import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MixtuneError } from '../../core/errors.ts';
import { type FrontMember, memberOfFile } from '../../domain/run-result.ts';
import { readManifest } from '../folder/manifest-file.ts';
import { frontName, openRun, runNamesIn } from '../folder/run-folder.ts';
import type { Manifest } from '../types.ts';
import type { LeaderboardEntry } from './entry.ts';

/** A point of a run as an entry. @param hasStrict whether the task grades its holdout otherwise */
export function entryOfMember(
  manifest: Manifest,
  member: FrontMember,
  { name, hasStrict }: { readonly name: string; readonly hasStrict: boolean },
): LeaderboardEntry {
  const { run, task, grader, startedAt, mixtune, simulated } = manifest;
  const holdout = member.holdout?.score ?? null;
  return {
    ...{ version: 1, name, source: 'run', run, mixtune, simulated },
    task: task.name,
    taskHash: task.hash,
    grader: { name: grader.name, revision: grader.revision },
    addedAt: startedAt,
    config: member.config,
    answers: member.cells,
    questions: null,
    objectives: member.objectives,
    strict: hasStrict ? holdout : null,
    holdout,
  };
}

/** The best config of each run of a task that has written its front; a run that cannot be read is left out. */
export async function bestOfRuns(
  runsFolder: string,
  task: string,
  hasStrict: boolean,
): Promise<LeaderboardEntry[]> {
  const entries: LeaderboardEntry[] = [];
  for (const name of await runNamesIn(runsFolder)) {
    const folder = join(runsFolder, name);
    if (!existsSync(join(folder, frontName))) continue;
    try {
      if ((await readManifest(folder)).task.name !== task) continue;
      const run = await openRun(runsFolder, name);
      if (!run.ok || run.value.front === null) continue;
      const { front, manifest } = run.value;
      const best = front.best === undefined ? front.front[0] : memberOfFile(front, front.best);
      if (best !== undefined) entries.push(entryOfMember(manifest, best, { name, hasStrict }));
    } catch (error) {
      if (!(error instanceof MixtuneError)) throw error;
    }
  }
  return entries;
}
