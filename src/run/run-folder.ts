import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { InputError, messageOf } from '../core/errors.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { MoaConfig } from '../domain/moa-config.ts';
import type { BestFile, FrontFile } from '../domain/run-result.ts';
import { TrialBook } from '../search/trial-book.ts';
import type { Journal } from './journal.ts';
import { manifestName, readManifest, runIdPattern } from './manifest-file.ts';
import { frontFileOf } from './result.ts';
import { foldEvents, type RunState } from './run-state.ts';
import { openSqliteJournal } from './sqlite-journal.ts';
import type { Manifest } from './types.ts';

export const journalName = 'journal.sqlite';
const frontName = 'front.json';
export const bestName = 'best.json';

export interface OpenRun {
  readonly folder: string;
  readonly manifest: Manifest;
  /** From `front.json`, or from the journal when the run did not live to write it; `null` when nothing finished. */
  readonly front: FrontFile | null;
  /** Any config that the run tried, by id or by an unambiguous beginning of it. */
  readonly findConfig: (idPrefix: string) => MoaConfig | undefined;
}

/** Refuses a run id that cannot be used, before anything costly begins. @throws InputError */
export async function refuseUnusableRun(runsFolder: string, runId: string): Promise<void> {
  if (!runIdPattern.test(runId)) {
    throw new InputError('--run', {
      path: '',
      expected: 'a run id of letters, digits, ".", "_" and "-", starting with a letter or digit',
      found: JSON.stringify(runId),
    });
  }
  const taken = await stat(join(runsFolder, runId)).catch(() => undefined);
  if (taken !== undefined) throw runTaken(runsFolder, runId);
}

/** Makes `runs/<id>/` with its manifest. @throws InputError when the id is malformed or taken. */
export async function createRunFolder(
  runsFolder: string,
  runId: string,
  manifest: Manifest,
): Promise<string> {
  await refuseUnusableRun(runsFolder, runId);
  const folder = join(runsFolder, runId);
  await mkdir(runsFolder, { recursive: true });
  try {
    await mkdir(folder);
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw runTaken(runsFolder, runId);
    throw error;
  }
  await writeJson(join(folder, manifestName), manifest);
  return folder;
}

function runTaken(runsFolder: string, runId: string): InputError {
  return new InputError('--run', {
    path: '',
    expected: `an id that is not taken (to go on with that run: mixtune resume ${runId})`,
    found: join(runsFolder, runId),
  });
}

/** The folder of a run that is named by its id or by the path of its folder. */
export function runFolderOf(runsFolder: string, run: string): string {
  return runIdPattern.test(run) ? join(runsFolder, run) : isAbsolute(run) ? run : resolve(run);
}

/** Opens a run by id below `runsFolder`, or by the path of its folder. */
export async function openRun(runsFolder: string, run: string): Promise<Result<OpenRun, InputError>> {
  try {
    const folder = runFolderOf(runsFolder, run);
    const manifest = await readManifest(folder);
    const { front, configs } = readJournal(folder, manifest);
    const written = await readJson<FrontFile>(join(folder, frontName));
    return ok({
      folder,
      manifest,
      front: written ?? front,
      findConfig: (prefix) => {
        const found = [...configs].filter(([id]) => id.startsWith(prefix));
        return found.length === 1 ? found[0]?.[1] : undefined;
      },
    });
  } catch (error) {
    if (error instanceof InputError) return err(error);
    throw error;
  }
}

/** Writes `front.json` and `best.json`, each whole or not at all. */
export async function writeResult(folder: string, front: FrontFile, best: BestFile | null): Promise<void> {
  await writeJson(join(folder, frontName), front);
  if (best !== null) await writeJson(join(folder, bestName), best);
}

/** Shows what a run's journal comes to, without changing it; the state may be used only while `look` runs. */
export function lookIntoJournal<Value>(
  folder: string,
  manifest: Manifest,
  look: (state: RunState, book: TrialBook, journal: Journal) => Value,
): Value {
  const journal = openSqliteJournal(join(folder, journalName), {
    flush: 'never',
    readOnly: true,
  });
  try {
    const state = foldEvents(journal.events());
    const book = new TrialBook(state, manifest.settings.objectives);
    for (const trial of state.trials) book.changed(trial);
    return look(state, book, journal);
  } finally {
    journal.close();
  }
}

function readJournal(
  folder: string,
  manifest: Manifest,
): { front: FrontFile | null; configs: Map<string, MoaConfig> } {
  return lookIntoJournal(folder, manifest, (state, book) => {
    const end = { interrupted: false, at: state.at };
    const front = frontFileOf(state, book, manifest.settings, manifest.task.name, end);
    const configs = new Map(state.trials.map((trial) => [trial.id, trial.config]));
    return { front: front.front.length === 0 ? null : front, configs };
  });
}

async function readJson<Value>(file: string): Promise<Value | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Value;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new InputError(file, {
      path: '',
      expected: 'a JSON file that mixtune wrote',
      found: messageOf(error),
    });
  }
}

async function writeJson(file: string, value: unknown): Promise<void> {
  const partial = `${file}.part`;
  await writeFile(partial, `${JSON.stringify(value, null, 2)}\n`);
  await rename(partial, file);
}
