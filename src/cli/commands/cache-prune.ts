import { defined } from '../../core/defined.ts';
import { InputError } from '../../core/errors.ts';
import { formatBytes, formatCount } from '../../report/format.ts';
import { defineCommand } from '../command.ts';
import { on, text, value } from '../command-line.ts';
import { tell } from '../context.ts';
import { jsonFlags, runsFlags } from '../flags.ts';
import { parseAge } from '../option-values.ts';
import { callCacheFile, openExistingCache, sizeOnDisk } from '../wiring/models/call-cache.ts';

const flags = {
  olderThan: value('<age>', 'calls taken longer ago, e.g. 30d', parseAge),
  unusedFor: value('<age>', 'calls unused for so long', parseAge),
  model: text('<name>', "only this model's calls (provider/model, or provider/*)"),
  all: on('every call'),
  dryRun: on('only say what would be removed'),
  ...jsonFlags,
  ...runsFlags,
};

export default defineCommand({
  description:
    'Removes calls from the cache and gives their room back to the disk. Runs keep their own answers.',
  flags,
  examples: ['mixtune cache prune --unused-for 30d --dry-run'],
  run: async (_values, options, context) => {
    const { olderThan, unusedFor, model, all, dryRun = false } = options;
    const chosen = [olderThan, unusedFor, model].some((condition) => condition !== undefined);
    if (chosen === (all === true)) {
      throw new InputError('cache prune', {
        expected: 'either --older-than, --unused-for or --model (calls that meet all of them go), or --all',
        found: chosen ? 'both' : 'neither',
      });
    }
    const file = callCacheFile(context, options);
    const before = await sizeOnDisk(file);
    const store = await openExistingCache(context, options);
    let found = { calls: 0, bytes: 0 };
    let vacuumed = false;
    try {
      found = store?.prune(defined({ olderThan, unusedFor, model }), { dryRun }) ?? found;
      vacuumed = !dryRun && found.calls > 0 && store?.vacuum() === true;
    } finally {
      store?.close();
    }
    const after = await sizeOnDisk(file);
    const removed = { removed: dryRun ? 0 : found.calls, matched: found.calls };
    tell(context, options, { file, dryRun, ...removed, bytesBefore: before, bytesAfter: after }, () => {
      const calls = `${formatCount(found.calls)} ${found.calls === 1 ? 'call' : 'calls'} (${formatBytes(found.bytes)} of answers)`;
      if (dryRun) return `Would remove ${calls}. Nothing was changed.`;
      const kept =
        found.calls > 0 && !vacuumed
          ? '; another process uses the cache, so its room stays taken for now'
          : '';
      return `Removed ${calls}; the cache has ${formatBytes(after)} on disk (${formatBytes(before)} before)${kept}.`;
    });
  },
});
