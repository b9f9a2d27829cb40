import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../core/canonical-json.ts';
import { InputError } from '../core/errors.ts';
import { isInVain } from '../run/cells/grading-record.ts';
import { readManifest } from '../run/folder/manifest-file.ts';
import { lookIntoJournal } from '../run/journal/look-into-journal.ts';
import type { Manifest } from '../run/types.ts';

/**
 * The folder of the run that a job goes on with: the one of the job's id, if there is one.
 * @param job the manifest that it would begin with
 * @throws InputError where that run is of another job
 */
export async function keptRun(runsFolder: string, job: Manifest): Promise<string | undefined> {
  const folder = join(runsFolder, job.run);
  if (!existsSync(folder)) return undefined;
  const kept = await readManifest(folder);
  const differ = differences(kept, job);
  // Its search begins anew: a grader that failed on all answers may have been mended.
  const isOther = kept.grader.revision !== job.grader.revision && !lookIntoJournal(folder, kept, isInVain);
  if (isOther) differ.push('grader');
  if (differ.length === 0) return folder;
  const expected = `the job that ${job.run} was begun with, or another run`;
  throw new InputError('resume', { expected, found: `other ${differ.join(', ')}` });
}

/** What must be the same, since the journal's history follows from it. */
function differences(kept: Manifest, job: Manifest): string[] {
  // Prices of further models, which a grader may ask, come with the job.
  const known = Object.keys(kept.models ?? {});
  const parts = ({ settings, task, space, models = {} }: Manifest): Record<string, unknown> => ({
    ...settings,
    task: task.hash,
    space: space.hash,
    models: Object.fromEntries(known.map((name) => [name, models[name]])),
  });
  const [before, now] = [parts(kept), parts(job)];
  const plain = (value: unknown): string => canonicalJson(JSON.parse(JSON.stringify(value ?? null)));
  return Object.keys({ ...before, ...now }).filter((name) => plain(before[name]) !== plain(now[name]));
}
