import type { Look } from '../../report/look.ts';
import { type Column, renderTable } from '../../report/table.ts';
import { aheadText, areApart } from '../../workers/clocks.ts';
import { offerText } from '../../workers/cluster.ts';
import { type ClusterStatus, readStatus } from '../../workers/status.ts';
import { defineCommand } from '../command.ts';
import { argument } from '../command-line.ts';
import { tell } from '../context.ts';
import { insecureFlags, jsonFlags } from '../flags.ts';
import { openServer } from '../wiring/jobs/workers.ts';

const flags = { ...insecureFlags, ...jsonFlags };

export default defineCommand({
  description:
    'Shows the queues with what waits, the workers, the runs in progress, and how many calls were lost with a worker or paid twice.',
  arguments: [argument('url', 'the Redis or Valkey server of the cluster')],
  flags,
  examples: ['mixtune workers status redis://127.0.0.1:6379/0 --json'],
  run: async ([url], options, context) => {
    const server = await openServer(context, url, { ...options, source: 'url', say: context.notice });
    try {
      const found = await readStatus(server);
      tell(context, options, found, (look) => statusText(found, context.today().getTime(), look));
    } finally {
      await server.close();
    }
  },
});

function statusText({ queues, workers, runs, counts }: ClusterStatus, now: number, look: Look): string {
  const table = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] =>
    rows.length === 0 ? [] : [renderTable(columns, rows, look), ''];
  const since = ({ startedAt }: { readonly startedAt: number }): string =>
    `${Math.max(0, Math.round((now - startedAt) / 60_000))} min`;
  const isEmpty = workers.length === 0 && runs.length === 0;
  return [
    ...(isEmpty ? ['No worker and no run with this MIXTUNE_CLUSTER_KEY is there.'] : []),
    ...table(
      [
        { head: 'queue', text: ({ name, offer }) => offer ?? `${name} (no worker)` },
        ...(['workers', 'slots', 'busy', 'waiting'] as const).map(
          (name): Column<(typeof queues)[number]> => ({
            ...{ head: name, align: 'right' },
            text: (queue) => String(queue[name]),
          }),
        ),
      ],
      queues,
    ),
    ...table(
      [
        { head: 'worker', text: ({ worker }) => worker },
        { head: 'host', text: ({ host }) => host },
        { head: 'mixtune', text: ({ version, leaving }) => version + (leaving ? ', ending' : '') },
        { head: 'for', align: 'right', text: since },
        { head: 'jobs', align: 'right', text: ({ done }) => String(done) },
        {
          head: 'busy',
          text: ({ queues: own }) =>
            own.map(({ offer, busy, slots }) => `${offerText(offer)} ${busy}/${slots}`).join('; '),
        },
      ],
      workers,
    ),
    ...table(
      [
        { head: 'run', text: ({ run }) => run },
        { head: 'host', text: ({ host }) => host },
        { head: 'for', align: 'right', text: since },
        {
          head: 'put, not answered',
          align: 'right',
          text: ({ waiting }) => String(Object.values(waiting).reduce((sum, count) => sum + count, 0)),
        },
      ],
      runs,
    ),
    ...workers
      .filter(({ clockAheadMs }) => areApart(clockAheadMs, 0))
      .map(
        ({ worker, host, clockAheadMs }) =>
          `The clock of worker ${worker} on ${host} is ${aheadText(clockAheadMs)} the server's: it takes no jobs, but of runs whose clocks are so, too.`,
      ),
    `Calls lost with a worker: ${counts.lost} (perhaps paid; their worst case is counted)`,
    `Calls paid twice: ${counts.paidTwice}`,
    `Jobs refused: ${counts.refused}`,
  ].join('\n');
}
