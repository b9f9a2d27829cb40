import { exitCodes } from '../../core/errors.ts';
import { type Column, renderTable } from '../../report/table.ts';
import { offerText } from '../../workers/cluster.ts';
import { type ClusterStatus, readStatus } from '../../workers/status.ts';
import { argument, defineCommand, type OptionsOf } from '../command.ts';
import { type CliContext, widthOf, writeJson, writeLine } from '../context.ts';
import { insecureFlags, jsonFlags } from '../flags.ts';
import { noticesOn } from '../wiring/server-notes.ts';
import { openServer } from '../wiring/workers.ts';

const flags = { ...insecureFlags, ...jsonFlags };
type StatusOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description:
    'Shows the queues with what waits, the workers, the runs in progress, and how many calls were lost with a worker or paid twice.',
  arguments: [argument('url', 'the Redis or Valkey server of the cluster')],
  flags,
  examples: ['mixtune workers status redis://127.0.0.1:6379/0 --json'],
  run: ([url], options, context) => status(url, options, context),
});

async function status(url: string, options: StatusOptions, context: CliContext): Promise<number> {
  const server = await openServer(context, url, { ...options, source: 'url', say: noticesOn(context) });
  try {
    const found = await readStatus(server);
    if (options.json === true) writeJson(context.stdout, found);
    else print(context, found);
    return exitCodes.done;
  } finally {
    await server.close();
  }
}

const queueColumns = [
  { key: 'queue', head: 'queue' },
  { key: 'workers', head: 'workers', align: 'right' },
  { key: 'slots', head: 'slots', align: 'right' },
  { key: 'busy', head: 'busy', align: 'right' },
  { key: 'waiting', head: 'waiting', align: 'right' },
] as const;
const workerColumns = [
  { key: 'worker', head: 'worker' },
  { key: 'host', head: 'host' },
  { key: 'version', head: 'mixtune' },
  { key: 'since', head: 'for', align: 'right' },
  { key: 'done', head: 'jobs', align: 'right' },
  { key: 'busy', head: 'busy' },
] as const;
const runColumns = [
  { key: 'run', head: 'run' },
  { key: 'host', head: 'host' },
  { key: 'since', head: 'for', align: 'right' },
  { key: 'waiting', head: 'put, not answered', align: 'right' },
] as const;

function print(context: CliContext, { queues, workers, runs, counts }: ClusterStatus): void {
  const out = context.stdout;
  const look = { width: widthOf(out) };
  const now = context.today().getTime();
  const table = <Key extends string>(
    columns: readonly Column<Key>[],
    rows: readonly Readonly<Record<Key, string>>[],
  ): void => {
    if (rows.length > 0) writeLine(out, `${renderTable(columns, rows, look)}\n`);
  };
  const since = (at: number): string => `${Math.max(0, Math.round((now - at) / 60_000))} min`;
  if (workers.length === 0 && runs.length === 0) {
    writeLine(out, 'No worker and no run with this MIXTUNE_CLUSTER_KEY is there.');
  }
  table(
    queueColumns,
    queues.map(({ name, offer, ...figures }) => ({
      queue: offer ?? `${name} (no worker)`,
      workers: String(figures.workers),
      slots: String(figures.slots),
      busy: String(figures.busy),
      waiting: String(figures.waiting),
    })),
  );
  table(
    workerColumns,
    workers.map(({ worker, host, version, startedAt, done, leaving, queues: own }) => ({
      worker,
      host,
      version: version + (leaving ? ', ending' : ''),
      since: since(startedAt),
      done: String(done),
      busy: own.map(({ offer, busy, slots }) => `${offerText(offer)} ${busy}/${slots}`).join('; '),
    })),
  );
  table(
    runColumns,
    runs.map(({ run, host, startedAt, waiting }) => ({
      run,
      host,
      since: since(startedAt),
      waiting: String(Object.values(waiting).reduce((sum, count) => sum + count, 0)),
    })),
  );
  writeLine(out, `Calls lost with a worker: ${counts.lost} (perhaps paid; their worst case is counted)`);
  writeLine(out, `Calls paid twice: ${counts.paidTwice}`);
  writeLine(out, `Jobs refused: ${counts.refused}`);
}
