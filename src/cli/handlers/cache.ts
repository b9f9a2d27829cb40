import { stat } from 'node:fs/promises';
import { exitCodes, InputError } from '../../core/errors.ts';
import type { CallFigures, CallStoreStats } from '../../models/call-store-admin.ts';
import type { SqliteCallStore } from '../../models/index.ts';
import { createColors } from '../../report/colors.ts';
import { formatBytes, formatCount, formatShortCount, formatUsd } from '../../report/format.ts';
import { renderTable } from '../../report/table.ts';
import { type CliContext, wantsColor, widthOf, writeJson, writeLine } from '../context.ts';
import type { CachePruneOptions, CacheStatsOptions, RunsOption } from '../options.ts';
import { callCacheFile, openCallCache } from '../wiring/call-cache.ts';

export async function cacheStats(options: CacheStatsOptions, context: CliContext): Promise<number> {
  const file = callCacheFile(context, options);
  const store = await openExisting(context, options);
  const stats = store?.stats() ?? { total: nothing, models: [] };
  store?.close();
  const bytesOnDisk = await sizeOnDisk(file);
  if (options.json === true) {
    const dated = <Figures extends CallFigures>(figures: Figures) => ({
      ...figures,
      oldest: dateOf(figures.oldest),
      newest: dateOf(figures.newest),
    });
    writeJson(context.stdout, {
      file,
      bytesOnDisk,
      ...dated(stats.total),
      models: stats.models.map(dated),
    });
  } else if (store === undefined) {
    writeLine(context.stdout, `There is no cache at ${file} yet: runs of real models write it.`);
  } else printStats(context, file, bytesOnDisk, stats);
  return exitCodes.done;
}

export async function cachePrune(options: CachePruneOptions, context: CliContext): Promise<number> {
  const { olderThan, unusedFor, model, all, dryRun = false } = options;
  const chosen = [olderThan, unusedFor, model].some((condition) => condition !== undefined);
  if (chosen === (all === true)) {
    throw new InputError('cache prune', {
      path: '',
      expected: 'either --older-than, --unused-for or --model (calls that meet all of them go), or --all',
      found: chosen ? 'both' : 'neither',
    });
  }
  const file = callCacheFile(context, options);
  const before = await sizeOnDisk(file);
  const store = await openExisting(context, options);
  let found = { calls: 0, bytes: 0 };
  let vacuumed = false;
  if (store !== undefined) {
    try {
      found = store.prune(
        {
          ...(olderThan === undefined ? {} : { olderThan }),
          ...(unusedFor === undefined ? {} : { unusedFor }),
          ...(model === undefined ? {} : { model }),
        },
        { dryRun },
      );
      vacuumed = !dryRun && found.calls > 0 && store.vacuum();
    } finally {
      store.close();
    }
  }
  const after = await sizeOnDisk(file);
  if (options.json === true) {
    writeJson(context.stdout, {
      file,
      dryRun,
      removed: dryRun ? 0 : found.calls,
      matched: found.calls,
      bytesBefore: before,
      bytesAfter: after,
    });
    return exitCodes.done;
  }
  const calls = `${formatCount(found.calls)} ${found.calls === 1 ? 'call' : 'calls'} (${formatBytes(found.bytes)} of answers)`;
  if (dryRun) writeLine(context.stdout, `Would remove ${calls}. Nothing was changed.`);
  else {
    const kept =
      found.calls > 0 && !vacuumed ? '; another process uses the cache, so its room stays taken for now' : '';
    writeLine(
      context.stdout,
      `Removed ${calls}; the cache has ${formatBytes(after)} on disk (${formatBytes(before)} before)${kept}.`,
    );
  }
  return exitCodes.done;
}

/** The cache where there is one; looking must not make one. */
async function openExisting(context: CliContext, options: RunsOption): Promise<SqliteCallStore | undefined> {
  const file = callCacheFile(context, options);
  const there = await stat(file).catch(() => undefined);
  return there === undefined ? undefined : openCallCache(context, options);
}

/** With the files that SQLite keeps beside it. */
async function sizeOnDisk(file: string): Promise<number> {
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

const nothing: CallFigures = {
  ...{ calls: 0, bytes: 0, tokensIn: 0, tokensOut: 0, usd: 0, oldest: null, newest: null },
  saved: { calls: 0, tokensIn: 0, tokensOut: 0, usd: 0 },
};

function dateOf(unixSeconds: number | null): string | null {
  return unixSeconds === null ? null : new Date(unixSeconds * 1000).toISOString();
}

function printStats(
  context: CliContext,
  file: string,
  bytesOnDisk: number,
  { total, models }: CallStoreStats,
): void {
  const colors = createColors(wantsColor(context.stdout, context.env));
  writeLine(context.stdout, `${colors.bold('Call cache')} ${file}`);
  const day = (seconds: number | null): string => dateOf(seconds)?.slice(0, 10) ?? '';
  const ages = total.calls === 0 ? '' : `, taken ${day(total.oldest)} to ${day(total.newest)}`;
  writeLine(context.stdout, `${formatCount(total.calls)} calls, ${formatBytes(bytesOnDisk)} on disk${ages}.`);
  const { saved } = total;
  const savedTokens = formatShortCount(saved.tokensIn + saved.tokensOut);
  writeLine(
    context.stdout,
    `Used again ${formatCount(saved.calls)} times, which saved ${savedTokens} tokens and ${usdText(saved.usd)}.`,
  );
  if (models.length === 0) return;
  const rows = models.map((model) => ({
    model: model.model,
    calls: formatCount(model.calls),
    size: formatBytes(model.bytes),
    tokens: `${formatShortCount(model.tokensIn)} + ${formatShortCount(model.tokensOut)}`,
    usd: model.usd === null ? '?' : formatUsd(model.usd),
    again: formatCount(model.saved.calls),
    newest: day(model.newest),
  }));
  const look = { width: widthOf(context.stdout), styleHead: colors.dim };
  writeLine(context.stdout, `\n${renderTable(columns, rows, look)}`);
}

function usdText(usd: number | null): string {
  return usd === null ? 'an unknown sum (not all prices are known)' : formatUsd(usd);
}

const columns = [
  { key: 'model', head: 'model' },
  { key: 'calls', head: 'calls', align: 'right' },
  { key: 'size', head: 'size', align: 'right', expendable: 2 },
  { key: 'tokens', head: 'tokens in + out', align: 'right', expendable: 1 },
  { key: 'usd', head: 'usd', align: 'right' },
  { key: 'again', head: 'used again', align: 'right' },
  { key: 'newest', head: 'newest', expendable: 3 },
] as const;
