import { exitCodes } from '../../core/errors.ts';
import type { CallFigures, CallStoreStats } from '../../models/call-store-admin.ts';
import { formatBytes, formatCount, formatShortCount, formatUsd } from '../../report/format.ts';
import { renderTable } from '../../report/table.ts';
import { defineCommand, type OptionsOf } from '../command.ts';
import { type CliContext, colorsOn, tableLook, writeJson, writeLine } from '../context.ts';
import { jsonFlags, runsFlags } from '../flags.ts';
import { callCacheFile, openExistingCache, sizeOnDisk } from '../wiring/call-cache.ts';

const flags = { ...jsonFlags, ...runsFlags };
type CacheStatsOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description: 'Says how many calls the cache holds, of which models, and what using them again has saved.',
  flags,
  examples: ['mixtune cache stats'],
  run: (_values, options, context) => cacheStats(options, context),
});

async function cacheStats(options: CacheStatsOptions, context: CliContext): Promise<number> {
  const file = callCacheFile(context, options);
  const store = await openExistingCache(context, options);
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
  const colors = colorsOn(context.stdout, context.env);
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
  writeLine(context.stdout, `\n${renderTable(columns, rows, tableLook(context))}`);
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
