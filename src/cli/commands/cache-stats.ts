import type { CallFigures, CallStoreStats } from '../../models/call-store/call-store-admin.ts';
import { formatBytes, formatCount, formatCounted, formatShortCount, formatUsd } from '../../report/format.ts';
import type { Look } from '../../report/look.ts';
import { type Column, renderTable } from '../../report/table.ts';
import { defineCommand } from '../command.ts';
import { tell } from '../context.ts';
import { jsonFlags, runsFlags } from '../flags.ts';
import { callCacheFile, openExistingCache, sizeOnDisk } from '../wiring/models/call-cache.ts';

const flags = { ...jsonFlags, ...runsFlags };

export default defineCommand({
  description: 'Says how many calls the cache holds, of which models, and what using them again has saved.',
  flags,
  examples: ['mixtune cache stats'],
  run: async (_values, options, context) => {
    const file = callCacheFile(context, options);
    const store = await openExistingCache(context, options);
    const stats = store?.stats() ?? { total: nothing, models: [] };
    store?.close();
    const bytesOnDisk = await sizeOnDisk(file);
    const dated = <Figures extends CallFigures>(figures: Figures) => ({
      ...figures,
      oldest: dateOf(figures.oldest),
      newest: dateOf(figures.newest),
    });
    const told = { file, bytesOnDisk, ...dated(stats.total), models: stats.models.map(dated) };
    tell(context, options, told, (look) =>
      store === undefined
        ? `There is no cache at ${file} yet: runs of real models write it.`
        : statsText(file, bytesOnDisk, stats, look),
    );
  },
});

const nothing: CallFigures = {
  ...{ calls: 0, bytes: 0, tokensIn: 0, tokensOut: 0, usd: 0, oldest: null, newest: null },
  saved: { calls: 0, tokensIn: 0, tokensOut: 0, usd: 0 },
};

function dateOf(unixSeconds: number | null): string | null {
  return unixSeconds === null ? null : new Date(unixSeconds * 1000).toISOString();
}

function dayOf(unixSeconds: number | null): string {
  return dateOf(unixSeconds)?.slice(0, 10) ?? '';
}

function statsText(file: string, bytesOnDisk: number, { total, models }: CallStoreStats, look: Look): string {
  const ages = total.calls === 0 ? '' : `, taken ${dayOf(total.oldest)} to ${dayOf(total.newest)}`;
  const { saved } = total;
  const savedTokens = formatShortCount(saved.tokensIn + saved.tokensOut);
  const savedUsd = saved.usd === null ? 'an unknown sum (not all prices are known)' : formatUsd(saved.usd);
  return [
    `${look.colors.bold('Call cache')} ${file}`,
    `${formatCounted(total.calls, 'call')}, ${formatBytes(bytesOnDisk)} on disk${ages}.`,
    `Used again ${formatCounted(saved.calls, 'time')}, which saved ${savedTokens} tokens and ${savedUsd}.`,
    ...(models.length === 0 ? [] : ['', renderTable(columns, models, look)]),
  ].join('\n');
}

const columns: readonly Column<CallStoreStats['models'][number]>[] = [
  { head: 'model', text: ({ model }) => model },
  { head: 'calls', align: 'right', text: ({ calls }) => formatCount(calls) },
  { head: 'size', align: 'right', expendable: 2, text: ({ bytes }) => formatBytes(bytes) },
  {
    head: 'tokens in + out',
    align: 'right',
    expendable: 1,
    text: ({ tokensIn, tokensOut }) => `${formatShortCount(tokensIn)} + ${formatShortCount(tokensOut)}`,
  },
  { head: 'usd', align: 'right', text: ({ usd }) => (usd === null ? '?' : formatUsd(usd)) },
  { head: 'used again', align: 'right', text: ({ saved }) => formatCount(saved.calls) },
  { head: 'newest', expendable: 3, text: ({ newest }) => dayOf(newest) },
];
