import { existsSync } from 'node:fs';
import { access, constants, mkdir, readdir, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { codeOf, InputError, MixtuneError, messageOf } from '../../core/errors.ts';
import { err, ok, type Result, unwrap } from '../../core/result.ts';
import { isCeilingReason } from '../../domain/budget.ts';
import { validateMoaConfig } from '../../domain/moa-config-rules.ts';
import type { FrontFile, FrontMember } from '../../domain/run-result.ts';
import { frontFileSchema } from '../../domain/run-result-schema.ts';
import { parseWith } from '../../domain/validation.ts';
import { makeFolder } from '../../models/make-folder.ts';
import { readPlainJson, replacePlainFile } from '../../models/plain-file.ts';
import { memberOf } from '../../search/members.ts';
import { readMark } from '../journal/journal-mark.ts';
import { journalName, lookIntoJournal } from '../journal/look-into-journal.ts';
import { frontFileOf } from '../result.ts';
import type { Manifest } from '../types.ts';
import type { BestFile } from './lock-schema.ts';
import { manifestName, readManifest } from './manifest-file.ts';
import { runIdPattern } from './manifest-schema.ts';
import { lockOwner } from './run-lock.ts';

export const frontName = 'front.json';
export const bestName = 'best.json';

/** A run as its folder tells it. */
export interface OpenRun {
  readonly folder: string;
  readonly manifest: Manifest;
  /** From `front.json`, or from the journal when the run did not live to write it; `null` when nothing finished. */
  readonly front: FrontFile | null;
  /**
   * Any config that the run tried and what it was measured at, by id or by an unambiguous beginning of it.
   * @throws InputError or JournalDamagedError where the journal, which is read for it, cannot be.
   */
  readonly findTried: (idPrefix: string) => FrontMember | undefined;
}

/**
 * Refuses a folder of runs that takes none, and an id that cannot be used, before anything costly begins.
 * @throws InputError
 */
export async function refuseUnusableRun(runsFolder: string, runId: string | undefined): Promise<void> {
  const why = await whyNoRuns(runsFolder);
  if (why !== undefined) {
    const expected = 'a folder that can be written, or a place for one';
    throw new InputError('--runs-dir', { expected, found: `${runsFolder} (${why})` });
  }
  if (runId === undefined) return;
  if (!runIdPattern.test(runId)) {
    throw new InputError('--run', {
      expected: 'a run id of letters, digits, ".", "_" and "-", starting with a letter or digit',
      found: JSON.stringify(runId),
    });
  }
  const taken = await stat(join(runsFolder, runId)).catch(() => undefined);
  if (taken !== undefined) throw runTaken(runsFolder, runId);
}

/** Why a folder of runs takes none, looked at where it is not made yet, too; `undefined` where it does. */
export async function whyNoRuns(runsFolder: string): Promise<string | undefined> {
  for (let at = runsFolder; ; at = dirname(at)) {
    try {
      // With the dot a file in the folder's place is refused.
      await access(`${at}/.`, constants.W_OK);
      return undefined;
    } catch (error) {
      if (codeOf(error) === 'ENOENT' && dirname(at) !== at) continue;
      return messageOf(error);
    }
  }
}

/** Makes `runs/<id>/` with its manifest. @throws InputError when the id is malformed or taken. */
export async function createRunFolder(
  runsFolder: string,
  runId: string,
  manifest: Manifest,
): Promise<string> {
  await refuseUnusableRun(runsFolder, runId);
  const folder = join(runsFolder, runId);
  makeFolder(runsFolder);
  try {
    await mkdir(folder);
  } catch (error) {
    // Another process was faster.
    if (codeOf(error) === 'EEXIST') throw runTaken(runsFolder, runId);
    throw error;
  }
  try {
    writeManifest(folder, manifest);
  } catch (error) {
    // Without it the folder is no run, and would only keep the id from being used. What others put there stays.
    await rmdir(folder).catch(() => undefined);
    throw error;
  }
  return folder;
}

/** Writes `manifest.json`, whole or not at all. */
export function writeManifest(folder: string, manifest: Manifest): void {
  writeJson(join(folder, manifestName), manifest);
}

function runTaken(runsFolder: string, runId: string): InputError {
  return new InputError('--run', {
    expected: `an id that is not taken (to go on with that run: mixtune resume ${runId})`,
    found: join(runsFolder, runId),
  });
}

/** The folder of a run that is named by its id or by the path of its folder: what may be both is an id where there is one. */
export function runFolderOf(runsFolder: string, run: string, from = '.'): string {
  const [byId, byPath] = [join(runsFolder, run), resolve(from, run)];
  if (!runIdPattern.test(run)) return byPath;
  return !existsSync(byId) && existsSync(join(byPath, manifestName)) ? byPath : byId;
}

/** Names in a runs folder that may be runs, whether they can be read or not; none where there is no such folder. */
export async function runNamesIn(runsFolder: string): Promise<string[]> {
  const entries = await readdir(runsFolder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => !entry.isFile() && runIdPattern.test(entry.name)).map(({ name }) => name);
}

/** Opens a run by id below `runsFolder`, or by the path of its folder, seen `from` a working folder. */
export async function openRun(
  runsFolder: string,
  run: string,
  from?: string,
): Promise<Result<OpenRun, InputError>> {
  try {
    const folder = runFolderOf(runsFolder, run, from);
    const manifest = await readManifest(folder);
    return ok({
      folder,
      manifest,
      front: await frontOf(folder, manifest),
      findTried: (prefix) => {
        const found = triedOfJournal(folder, manifest, prefix);
        if (found !== undefined) unwrap(validateMoaConfig(found.config, `${folder}: config ${found.id}`));
        return found;
      },
    });
  } catch (error) {
    if (error instanceof InputError) return err(error);
    throw error;
  }
}

/**
 * Writes `front.json` and `best.json`, each whole or not at all. A front without a point does not take the place of
 * one with points, whose journal has been lost.
 * @returns whether they were written.
 */
export function writeResult(folder: string, front: FrontFile, best: BestFile | null): boolean {
  if (front.front.length === 0 && hasPoints(join(folder, frontName))) return false;
  writeJson(join(folder, frontName), front);
  if (best !== null) writeJson(join(folder, bestName), best);
  return true;
}

function hasPoints(file: string): boolean {
  try {
    return (readFront(file)?.front.length ?? 0) > 0;
  } catch {
    // Nobody could read it.
    return false;
  }
}

/** Whether `front.json` tells of something that was done; one that nobody can read may. */
export function tellsOfWork(folder: string): boolean {
  try {
    const front = readFront(join(folder, frontName));
    return front !== undefined && (front.evaluations > 0 || front.spent.calls > 0);
  } catch {
    return true;
  }
}

/**
 * As it was written; from the journal where an earlier version did not say which config is the best, and where the run
 * has gone on since a pause wrote it.
 */
async function frontOf(folder: string, manifest: Manifest): Promise<FrontFile | null> {
  const written = readFront(join(folder, frontName));
  const isWhole = written !== undefined && (written.best !== undefined || written.front.length === 0);
  if (isWhole && (written.ended !== 'interrupted' || !mayHaveGoneOn(folder, written))) return written;
  const front = isWhole ? frontIfReadable(folder, manifest) : frontOfJournal(folder, manifest);
  if (front === null) return written ?? null;
  const wentOn = (before: FrontFile): boolean =>
    front.evaluations > before.evaluations || front.spent.calls > before.spent.calls;
  if (isWhole && !wentOn(written)) return written;
  const goesOn = front.ended !== 'running' || (await lockOwner(folder))?.working === true;
  return goesOn ? front : { ...front, ended: 'stopped' };
}

/**
 * The result of a run that has ended, where nobody works on it and its journal holds nothing newer: what a list tells
 * of a run is in there, and to fold its journal takes a hundred times as long. `undefined`: the journal must be asked.
 */
export async function resultOfEnded(folder: string): Promise<FrontFile | undefined> {
  try {
    if ((await lockOwner(folder))?.working === true) return undefined;
    const written = readFront(join(folder, frontName));
    if (written === undefined || !hasEnded(written) || mayHaveGoneOn(folder, written)) return undefined;
    return written;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Of what earlier versions call otherwise the journal is asked. */
const hasEnded = ({ ended }: FrontFile): boolean => isCeilingReason(ended) || ended === 'space-exhausted';

/** Whether the journal may hold more than what a pause has written, by its mark: to read it all takes seconds. */
function mayHaveGoneOn(folder: string, { spent }: FrontFile): boolean {
  const mark = readMark(join(folder, journalName));
  return mark === undefined || mark.calls > spent.calls || mark.at / 1_000 > spent.seconds;
}

/** What a run has written of its front; `undefined` where it has not. @throws InputError */
function readFront(file: string): FrontFile | undefined {
  const expected = 'the front as mixtune wrote it (mixtune resume writes it again from the journal)';
  const content = readPlainJson(file, expected);
  return content === undefined ? undefined : checkedFront(content, file);
}

/** @throws InputError */
function checkedFront(content: unknown, source: string): FrontFile {
  const front: FrontFile = unwrap(parseWith(frontFileSchema, content, source));
  for (const { id, config } of [...front.front, ...front.baselines, ...(front.others ?? [])])
    unwrap(validateMoaConfig(config, `${source}: config ${id}`));
  return front;
}

/** `null` where the journal is damaged or gone: what a pause wrote is then all there is. */
function frontIfReadable(folder: string, manifest: Manifest): FrontFile | null {
  try {
    return frontOfJournal(folder, manifest);
  } catch (error) {
    if (error instanceof MixtuneError) return null;
    throw error;
  }
}

function frontOfJournal(folder: string, manifest: Manifest): FrontFile | null {
  return lookIntoJournal(folder, manifest, (state, book) => {
    const end = { interrupted: false, at: state.at };
    const front = frontFileOf(state, book, manifest.settings, manifest.task.name, end);
    return front.front.length === 0 ? null : checkedFront(front, `${folder}: the journal's front`);
  });
}

/** As the journal has it: its config is not yet checked. `undefined`: none begins so, or several do. */
function triedOfJournal(folder: string, manifest: Manifest, idPrefix: string): FrontMember | undefined {
  return lookIntoJournal(folder, manifest, ({ byId }) => {
    const [found, ...others] = [...byId.values()].filter(({ id }) => id.startsWith(idPrefix));
    return found === undefined || others.length > 0 ? undefined : memberOf(found);
  });
}

function writeJson(file: string, value: unknown): void {
  replacePlainFile(file, `${JSON.stringify(value, null, 2)}\n`);
}
