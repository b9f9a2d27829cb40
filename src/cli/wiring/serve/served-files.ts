import type { Clock } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import { formatCounted } from '../../../report/format.ts';
import { dayLimitNotes } from '../../../serve/day-limits.ts';
import { type HeldFront, holdFront } from '../../../serve/held-front.ts';
import { type KeyEntry, readKeys } from '../../../serve/keys.ts';
import type { CliContext } from '../../context.ts';
import { keysFile } from './serve-keys.ts';
import { changeMark, type OpenServed, openServed, type ServedOptions } from './served.ts';

/** How often files are looked at, in ms. */
const everyMs = 1_000;

type Held = OpenServed & HeldFront;

/** What is served and who may ask, as the files say at present. */
export interface ServedFiles {
  readonly served: OpenServed;
  /** `undefined`: there is no list of keys. */
  readonly keys: readonly KeyEntry[] | undefined;
  readonly keysPath: string;
  close(): Promise<void>;
}

/**
 * Opens what is served, and follows its files: a changed front or list of keys holds from the next request on.
 * What cannot be read then is told, and what was read before stays.
 */
export async function openServedFiles(
  context: CliContext,
  names: readonly string[],
  options: ServedOptions & { readonly keys?: string; readonly maxUsdDay?: number },
  { clock, onNotice }: { readonly clock: Clock; readonly onNotice: (text: string) => void },
): Promise<ServedFiles> {
  const keysPath = keysFile(context, options.keys);
  const open = async (): Promise<Held> => {
    const opened = await openServed(context, names, options, clock);
    return { ...opened, ...holdFront(opened.front, opened.close) };
  };
  let served = await open();
  for (const note of served.notes) onNotice(note);
  let keys = readKeys(keysPath);
  const told = new Set<string>();
  /** Each once, also where the list of keys changes. */
  const tellLimits = (): void => {
    for (const note of dayLimitNotes(served.front, keys ?? [], options.maxUsdDay)) {
      if (!told.has(note)) onNotice(note);
      told.add(note);
    }
  };
  tellLimits();
  const retired = new Set<Promise<void>>();
  const retire = (earlier: Held): void => {
    const closing = earlier
      .retire()
      .catch((error: unknown) => onNotice(`what was served before was not closed: ${messageOf(error)}`))
      .finally(() => retired.delete(closing));
    retired.add(closing);
  };
  const marks = { front: await changeMark(served.files), keys: await changeMark([keysPath]) };
  const ended = new AbortController();
  const look = async (): Promise<void> => {
    const now = { front: await changeMark(served.files), keys: await changeMark([keysPath]) };
    if (now.keys !== marks.keys) {
      marks.keys = now.keys;
      // A list that is gone lets nobody in; it does not open the door, also not one that came later.
      keys = readKeys(keysPath) ?? (keys === undefined ? undefined : []);
      tellLimits();
    }
    if (now.front === marks.front) return;
    marks.front = now.front;
    const earlier = served;
    served = await open();
    retire(earlier);
    onNotice(`serves the changed front: ${formatCounted(served.front.members.length, 'config')}`);
    tellLimits();
  };
  const follow = async (): Promise<void> => {
    for (;;) {
      await context.clock.sleep(everyMs, ended.signal);
      await look().catch((error: unknown) => onNotice(`goes on with what it had: ${messageOf(error)}`));
    }
  };
  const followed = follow().catch(() => undefined);
  return {
    get served() {
      return served;
    },
    get keys() {
      return keys;
    },
    keysPath,
    close: async () => {
      ended.abort();
      await followed;
      retire(served);
      await Promise.all(retired);
    },
  };
}
