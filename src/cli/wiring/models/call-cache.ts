import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { unwrap } from '../../../core/result.ts';
import { openSqliteCallStore, type SqliteCallStore } from '../../../models/call-store/sqlite-call-store.ts';
import type { CliContext } from '../../context.ts';
import type { RunsOption } from '../../flags.ts';

/** Where the runs of a folder share their answers. */
export function callCacheFile(context: CliContext, { runsDir }: RunsOption): string {
  return join(resolve(context.cwd, runsDir), 'calls.sqlite');
}

/**
 * The answers that runs share; `undefined` where none are to be used. Simulated and recorded ones keep to
 * themselves: what they pay for must not depend on what was run before, and having them again costs nothing.
 */
export function openSharedAnswers(
  context: CliContext,
  options: RunsOption,
  use: { readonly simulated: boolean; readonly recorded?: boolean; readonly cache?: boolean },
): SqliteCallStore | undefined {
  if (use.simulated || use.recorded === true || use.cache === false) return undefined;
  return openCallCache(context, options);
}

/** The cache; where it proves to be damaged, that is said on stderr. */
export function openCallCache(context: CliContext, options: RunsOption): SqliteCallStore {
  return unwrap(openSqliteCallStore(callCacheFile(context, options), context.notice));
}

/** The cache where there is one; looking must not make one. */
export async function openExistingCache(
  context: CliContext,
  options: RunsOption,
): Promise<SqliteCallStore | undefined> {
  const file = callCacheFile(context, options);
  const there = await stat(file).catch(() => undefined);
  return there === undefined ? undefined : openCallCache(context, options);
}

/** Bytes of a database with the files that SQLite keeps beside it. */
export async function sizeOnDisk(file: string): Promise<number> {
  const sizes = await Promise.all(
    ['', '-wal', '-shm'].map((ending) =>
      stat(`${file}${ending}`).then(
        (found) => found.size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
