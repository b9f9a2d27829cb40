import { constants, copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { BudgetTooSmallError, InputError, MixtuneError, messageOf } from '../core/errors.ts';
import { VirtualClock } from '../core/virtual-clock.ts';
import { ceilingsOf } from '../domain/budget.ts';
import { type FrontFile, memberOfFile } from '../domain/run-result.ts';
import { lockOf } from './folder/lock.ts';
import { readManifest } from './folder/manifest-file.ts';
import { bestName, frontName, tellsOfWork, writeManifest, writeResult } from './folder/run-folder.ts';
import { lockRun, type RunLock } from './folder/run-lock.ts';
import { JournalDamagedError } from './journal/journal-rows.ts';
import { brokenHistory, journalName } from './journal/look-into-journal.ts';
import { bootId } from './journal/power-loss.ts';
import { HistoryError } from './journal/recorder.ts';
import { openSqliteJournal, type SqliteJournal } from './journal/sqlite-journal.ts';
import { TuningRun } from './tuning-run.ts';
import type { Manifest, TuneDependencies, TuneSettings } from './types.ts';

type RunParts = [settings: TuneSettings, dependencies: TuneDependencies];

/**
 * Runs a tuning job in its folder (see `createRunFolder`), or goes on with it where the folder's journal
 * ends. Writes `front.json` and `best.json` when it ends or is interrupted.
 * @throws RunLockedError when another process works on the run.
 * @throws JournalWriteError when the journal cannot be written (a full disk, a failing one): the run has
 * paused, and goes on from there when tuned again.
 * @throws BudgetTooSmallError when a ceiling allowed no evaluation at all.
 */
export async function tune(
  folder: string,
  settings: TuneSettings,
  dependencies: TuneDependencies,
): Promise<FrontFile> {
  const manifest = await readManifest(folder);
  const lock = await lockRun(folder);
  try {
    dependencies.onStart?.();
    return await tuneLocked(folder, lock, manifest, settings, dependencies);
  } finally {
    await lock.release();
  }
}

async function tuneLocked(
  folder: string,
  lock: RunLock,
  started: Manifest,
  ...[settings, dependencies]: RunParts
): Promise<FrontFile> {
  const { clock, grader } = dependencies;
  const { journal, run } = openRun(folder, lock, started, settings, dependencies);
  try {
    // All grades will be those of the grader that was mended.
    const { name, revision } = grader;
    const manifest = run.isRestarted ? { ...started, grader: { name, revision } } : started;
    if (run.isRestarted) writeManifest(folder, manifest);
    const start = (): Promise<FrontFile> => run.run();
    const front = await (clock instanceof VirtualClock ? clock.run(start) : start());
    const best = front.best === undefined ? undefined : memberOfFile(front, front.best);
    const trial = best === undefined ? undefined : run.trial(best.id);
    const isWritten = writeFiles(
      folder,
      front,
      best === undefined || trial === undefined
        ? null
        : await lockOf({ ...dependencies, member: best, trial, manifest, journal }),
    );
    refuseEmptyResult(front, settings, run.servers, isWritten);
    return front;
  } finally {
    journal.close();
  }
}

interface OpenRun {
  readonly journal: SqliteJournal;
  readonly run: TuningRun;
}

/** A journal that proves to be damaged while it is read is mended when it is opened again. */
function openRun(folder: string, lock: RunLock, manifest: Manifest, ...parts: RunParts): OpenRun {
  const { clock } = parts[1];
  const open = (): OpenRun => {
    const journal = openSqliteJournal(join(folder, journalName), {
      flush: clock.kind === 'virtual' ? 'never' : 'background',
      boot: bootId() ?? 'unknown',
      guard: lock.check,
    });
    try {
      refuseForgotten(folder, journal);
      const run = new TuningRun(manifest.run, journal, ...parts);
      const kept = keepResult(folder, journal);
      if (kept.length > 0) run.notice(`the result from before is kept as ${kept.join(' and ')}`);
      return { journal, run };
    } catch (error) {
      closeDamaged(journal);
      throw error instanceof HistoryError ? brokenHistory(folder, error.cause) : error;
    }
  };
  try {
    return open();
  } catch (error) {
    if (error instanceof JournalDamagedError) return open();
    throw error;
  }
}

/** An empty journal without its mark is a new run's, or of one that was stopped before its first call. */
function refuseForgotten(folder: string, journal: SqliteJournal): void {
  if (journal.damage !== undefined || !tellsOfWork(folder)) return;
  for (const _event of journal.events()) return;
  throw new InputError(join(folder, journalName), {
    expected: `the events behind ${frontName}, or its mark, which tells what is lost`,
    found: 'neither: what the run has spent is not known any more; start a new run',
  });
}

/**
 * Copies the result of a journal that has lost events beside it, since the run may come to less now.
 * @returns names of the copies
 */
function keepResult(folder: string, { damage }: SqliteJournal): string[] {
  const ending = /\.damaged-\d+$/.exec(damage?.setAside ?? '')?.[0];
  if (ending === undefined || damage?.lost?.events === 0) return [];
  return [frontName, bestName].flatMap((name) => {
    const [file, copy] = [join(folder, name), name.replace('.json', `${ending}.json`)];
    if (!existsSync(file) || existsSync(join(folder, copy))) return [];
    copyFileSync(file, join(folder, copy), constants.COPYFILE_EXCL);
    return [copy];
  });
}

function closeDamaged(journal: SqliteJournal): void {
  try {
    journal.close();
  } catch {
    // What is thrown next says why it could not be used.
  }
}

function writeFiles(...[folder, front, best]: Parameters<typeof writeResult>): boolean {
  try {
    return writeResult(folder, front, best);
  } catch (error) {
    throw new MixtuneError(
      'result-write-failed',
      `${folder}: cannot write the result (${messageOf(error)}). Its journal holds everything: free the disk ` +
        'or mend the folder, then resume the run',
      { cause: error },
    );
  }
}

/** From this share of failed requests on, an empty result is the servers' doing and not the budget's. */
const failingShare = 0.1;

/** @param isWritten otherwise the files still tell of what a damaged journal has lost. */
function refuseEmptyResult(
  front: FrontFile,
  settings: TuneSettings,
  servers: TuningRun['servers'],
  isWritten: boolean,
): void {
  if (front.front.length > 0 || front.ended === 'interrupted') return;
  const kept = isWritten
    ? ''
    : ` ${frontName} and ${bestName} are left as they were, with the result from before the journal was damaged.`;
  const { sent, failed } = servers.totals;
  if (failed > 0 && failed >= failingShare * sent) {
    throw new MixtuneError(
      'no-scores',
      `No configuration could be evaluated: ${failed} of ${sent} requests failed before the run ended (${front.ended}). ` +
        `${servers.failures().join('; ')}. Mend that, then start again.${kept}`,
    );
  }
  if (front.ended === 'models-failing' || front.ended === 'space-exhausted') {
    throw new MixtuneError(
      'no-scores',
      `No cell could be scored: the models or the grader failed on every one.${kept}`,
    );
  }
  const given = ceilingsOf(settings.budget).map(
    ({ name, limit, unit }) => `${name} ${limit}${unit === 'seconds' ? ' s' : ''}`,
  );
  const found = isWritten
    ? 'is too small to evaluate a single configuration'
    : 'leaves no room for a configuration beside the calls that the journal has lost';
  throw new BudgetTooSmallError(
    `The budget (${given.join(', ')}) ${found}: the ceiling on ${front.ended} was reached first. A run keeps its ` +
      `ceilings: start another run with a higher ceiling; one evaluation takes ${settings.repeats} or more calls.${kept}`,
  );
}
