import { dirname, join, resolve } from 'node:path';
import { readLock } from '../../../analysis/reproduce/lock-file.ts';
import { lockOfRun, openEvidence } from '../../../analysis/reproduce/run-evidence.ts';
import { InputError } from '../../../core/errors.ts';
import { configId } from '../../../domain/moa-config.ts';
import { createAnswerExtractor } from '../../../grading/extract.ts';
import type { BestFile, LockedModel } from '../../../run/folder/lock-schema.ts';
import { readManifest } from '../../../run/folder/manifest-file.ts';
import type { CliContext } from '../../context.ts';
import { exists } from '../library.ts';
import type { ModelStack } from '../models/model-stack.ts';
import { type OpenTask, openTaskOfRun } from '../tasks/tasks.ts';
import { openNamedRun, pointOf } from './configs.ts';
import { factsOfLock } from './lock-files.ts';
import { type Provenance, provenanceOfRun } from './own-runs.ts';

/** A lock that the command line named, with what is there to check it against. */
export interface OpenClaim {
  readonly lock: BestFile;
  /** `my-run best`, or the lock's file. */
  readonly label: string;
  /** The task as it is now, or why it is not to be had. */
  readonly task: OpenTask | InputError;
  /** Who made it, as far as that is known, and what it asks for. */
  readonly provenance: Provenance;
  /** True for a lock by file, whose cells nobody has held against the run's journal yet. */
  readonly fromFile: boolean;
  /** The run's folder; `null` for a lock whose run is not here. */
  readonly runFolder: string | null;
  /** Tokens that the run took; `null` for a lock by file, and where no result is written. */
  readonly runTokens: number | null;
}

/** A claim by run and point of it, or by lock file (`best.json`, or one of `export --format lock`). */
export async function openClaim(
  context: CliContext,
  source: string,
  which: string | undefined,
  options: { readonly runsDir: string; readonly task?: string },
): Promise<OpenClaim> {
  if (/\.json$/.test(source)) return openLockFile(context, source, which, options);
  const point = which ?? 'best';
  const run = await openNamedRun(context, source, options.runsDir);
  const { manifest, folder, front } = run;
  const id = configId(pointOf(run, source, point).config);
  const provenance = provenanceOfRun(source, manifest);
  const task = await taskNow(context, manifest.task, provenance, options.task);
  const evidence = await openEvidence(folder);
  try {
    const extractAnswer = createAnswerExtractor(task instanceof InputError ? { answer: 'text' } : task.task);
    const lock = await lockOfRun(evidence, {
      ...{ folder, id, front, extractAnswer },
      task: task instanceof InputError ? undefined : task.task,
    });
    if (lock === undefined) {
      throw new InputError(join(folder, 'front.json'), {
        expected: 'configs that the run tried, by its journal',
        found: `one of id ${id}`,
      });
    }
    const runTokens = front === null ? null : front.spent.tokensIn + front.spent.tokensOut;
    const label = `${source} ${point}`;
    return { lock, label, task, provenance, fromFile: false, runFolder: folder, runTokens };
  } finally {
    evidence.journal.close();
  }
}

async function openLockFile(
  context: CliContext,
  source: string,
  which: string | undefined,
  options: { readonly runsDir: string; readonly task?: string },
): Promise<OpenClaim> {
  const file = resolve(context.cwd, source);
  const lock = await readLock(file, source);
  const given = factsOfLock(source, lock);
  if (which !== undefined && !lock.member.id.startsWith(which)) {
    throw new InputError(source, {
      expected: `no point beside a lock, which holds one (${lock.member.id})`,
      found: `"${which}"`,
    });
  }
  const { provenance } = given;
  const task = await taskNow(context, given.task, provenance, options.task);
  const folders = [dirname(file), join(resolve(context.cwd, options.runsDir), lock.made.run)];
  let runFolder: string | null = null;
  for (const folder of folders) {
    if (runFolder === null && (await holdsRun(folder, lock.made.run))) runFolder = folder;
  }
  return { lock, label: source, task, provenance, fromFile: true, runFolder, runTokens: null };
}

async function holdsRun(folder: string, run: string): Promise<boolean> {
  if (!(await exists(join(folder, 'journal.sqlite')))) return false;
  return readManifest(folder).then(
    (manifest) => manifest.run === run,
    () => false,
  );
}

/** The task of a claim, with the run's own changes to it, wherever it is now. */
function taskNow(...of: Parameters<typeof openTaskOfRun>): Promise<OpenTask | InputError> {
  return openTaskOfRun(...of).catch((error: unknown) => {
    if (error instanceof InputError) return error;
    throw error;
  });
}

/**
 * What a manifest keeps of the models: their revisions and prices as they are now. Of those whose provider is not
 * among the stack's the revision is unknown.
 */
export function modelFacts(
  stack: Pick<ModelStack, 'model' | 'card'>,
  names: readonly string[],
): Record<string, Omit<LockedModel, 'fingerprints'>> {
  return Object.fromEntries(
    names.map((name) => [
      name,
      { revision: stack.model.revision(name) || null, price: stack.card(name)?.price ?? null },
    ]),
  );
}
