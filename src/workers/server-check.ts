import { readWorkers } from './board.ts';
import { aheadMs, areApart, clockSkewMs, lookAtClock } from './clocks.ts';
import type { Server } from './server.ts';

/** Oldest server that BullMQ's scripts run on. */
const leastVersion = [6, 2] as const;
/** Further apart the clocks are worth a word, in ms; from {@link clockSkewMs} on jobs are refused. */
const noticedSkewMs = 5_000;

/** What a server is, and what of it is not as runs need it. */
export interface ServerReport {
  readonly server: string;
  /** `redis 7.0.15`, `valkey 8.0.1`. */
  readonly version: string;
  /** `noeviction` or what else is done when memory is short. */
  readonly evictionPolicy: string;
  /** What survives a restart of the server. */
  readonly persistence: 'append-only file' | 'snapshots' | 'none' | 'unknown';
  /** Milliseconds that its clock is ahead of this machine's. */
  readonly clockAheadMs: number;
  /** Workers with this cluster key that are there. */
  readonly workers: number;
  readonly problems: readonly { readonly what: string; readonly todo: string; readonly blocking: boolean }[];
}

/** Looks at a server's settings, and changes nothing. @param now milliseconds since 1970. */
export async function checkServer(server: Server, now: () => number): Promise<ServerReport> {
  const { redis, url } = server;
  const info = parseInfo(await redis.info());
  const version = info.get('valkey_version') ?? info.get('redis_version') ?? 'unknown';
  const kind = info.has('valkey_version') ? 'valkey' : 'redis';
  const evictionPolicy = info.get('maxmemory_policy') ?? 'unknown';
  const look = await lookAtClock(redis, now);
  const clockAheadMs = -aheadMs(look);
  const persistence = await persistenceOf(server, info);
  const workers = await readWorkers(server);
  const { isOpen } = server;
  const facts = { version, evictionPolicy, clockAheadMs, persistence };
  return {
    ...{ server: url.shown, ...facts, version: `${kind} ${version}`, workers: workers.length },
    problems: [
      ...problemsOf(facts, kind),
      ...(isOpen
        ? [
            {
              what: 'The server takes anybody, though the URL has a password: it has none.',
              todo: 'Set requirepass.',
              blocking: false,
            },
          ]
        : []),
      ...workers
        .filter((worker) => areApart(worker.clockAheadMs, aheadMs(look)))
        .map(({ worker, host }) => ({
          what: `The clock of worker ${worker} on ${host} is more than ${clockSkewMs / 1000} s from this machine's: it does no jobs of this machine's.`,
          todo: 'Have both set their clocks by NTP.',
          blocking: true,
        })),
    ],
  };
}

/** What is wrong with a server that says so of itself. */
function problemsOf(
  {
    version,
    evictionPolicy,
    persistence,
    clockAheadMs,
  }: Pick<ServerReport, 'version' | 'evictionPolicy' | 'persistence' | 'clockAheadMs'>,
  kind: 'redis' | 'valkey',
): ServerReport['problems'] {
  const found: { what: string; todo: string; blocking: boolean }[] = [];
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (
    kind === 'redis' &&
    (major < leastVersion[0] || (major === leastVersion[0] && minor < leastVersion[1]))
  ) {
    const least = leastVersion.join('.');
    found.push({
      what: `The server is Redis ${version}.`,
      todo: `Use Redis ${least} or later, or Valkey.`,
      blocking: true,
    });
  }
  if (evictionPolicy !== 'noeviction') {
    found.push({
      what: `The server may throw away jobs and answers when memory is short (maxmemory-policy ${evictionPolicy}).`,
      todo: 'Set maxmemory-policy noeviction.',
      blocking: false,
    });
  }
  if (persistence === 'none' || persistence === 'snapshots') {
    const lost = persistence === 'none' ? 'everything' : 'the last minutes';
    found.push({
      what: `The server forgets ${lost} when it is restarted: calls under way then count at their worst case.`,
      todo: 'Set appendonly yes.',
      blocking: false,
    });
  }
  if (Math.abs(clockAheadMs) > noticedSkewMs) {
    found.push({
      what: `The server's clock is ${Math.round(clockAheadMs / 1000)} s ahead of this machine's.`,
      todo: 'Have both set their clocks by NTP; workers refuse jobs from a minute on.',
      blocking: false,
    });
  }
  return found;
}

function parseInfo(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(/\r?\n/).flatMap((line) => {
      const at = line.indexOf(':');
      return at > 0 && !line.startsWith('#') ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
    }),
  );
}

/** Managed servers do not let themselves be asked for their settings. */
async function persistenceOf(
  { redis }: Server,
  info: ReadonlyMap<string, string>,
): Promise<ServerReport['persistence']> {
  if (info.get('aof_enabled') === '1') return 'append-only file';
  try {
    const [, save = ''] = (await redis.config('GET', 'save')) as string[];
    return save === '' ? 'none' : 'snapshots';
  } catch {
    return 'unknown';
  }
}
