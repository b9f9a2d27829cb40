import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { against, type Bench, median } from './harness.ts';

const question =
  'Where is my parcel? I ordered two weeks ago, the tracking page has shown the same place since Monday, and I leave on Friday.';

/** Seconds for which 200 requests come in each second, and how often, for each server in turns. */
const burstSeconds = 4;
const bursts = 15;
const perSecond = 200;

export const benches: readonly Bench[] = [
  processorTime('serve-cpu-one', 1, 1),
  processorTime('serve-cpu-seven', 7, 3),
  { name: 'serve-latency', run: () => withServers('1', latency) },
  { name: 'serve-streams', run: () => withServers('1', streams) },
  { name: 'serve-memory', run: () => withServers('1', memory) },
];

/** Processor time of a request beyond that of a bare Hono app, in ms. */
function processorTime(name: string, calls: number, limitMs: number): Bench {
  const requests = 1_500;
  const rounds = 5;
  return {
    name,
    run: () =>
      withServers(`${calls}`, async (served, echo) => {
        const costs = { served: [] as number[], echo: [] as number[] };
        for (let round = -1; round < rounds; round++) {
          for (const [kind, server] of [
            ['served', served],
            ['echo', echo],
          ] as const) {
            const cost = await costOf(server, requests);
            if (round >= 0) costs[kind].push(cost);
          }
        }
        const [whole, bare] = [costs.served, costs.echo].map((list) => median(list.sort((a, b) => a - b)));
        const added = (whole ?? 0) - (bare ?? 0);
        return against(
          added,
          'ms',
          { kind: 'limit', name: 'goal', value: limitMs },
          { atMost: 1 },
          `${calls} calls; ${whole?.toFixed(3)} ms a request, bare echo ${bare?.toFixed(3)} (${((whole ?? 0) / (bare ?? 1)).toFixed(1)} times); median of ${rounds} × ${requests} requests; ${load()}`,
        );
      }),
  };
}

/**
 * Latency at the 99th percentile beyond that of the echo under the same rate: the median over bursts, each beside one
 * of the echo, since a busy machine stops either for longer than both take.
 */
async function latency(served: Served, echo: Served) {
  const pairs: { whole: number; bare: number }[] = [];
  await Promise.all([costOf(served, 500), costOf(echo, 500)]);
  for (let burst = 0; burst < bursts; burst++) {
    const whole = quantile(await burstOf(served), 0.99);
    pairs.push({ whole, bare: quantile(await burstOf(echo), 0.99) });
  }
  const middle = (of: (pair: (typeof pairs)[number]) => number): number => quantile(pairs.map(of), 0.5);
  const ratio = middle(({ whole, bare }) => whole / bare).toFixed(1);
  const ends = [middle(({ whole }) => whole), middle(({ bare }) => bare)].map((ms) => ms.toFixed(1));
  return against(
    middle(({ whole, bare }) => whole - bare),
    'ms',
    { kind: 'limit', name: 'goal', value: 20 },
    { atMost: 1 },
    `99th percentile ${ends[0]} ms, bare echo ${ends[1]} (${ratio} times); ${perSecond}/s, medians of ${bursts} × ${burstSeconds} s; ${load()}`,
  );
}

/** Streams open at once that come to their end whole. */
async function streams(served: Served) {
  const count = 500;
  let open = 0;
  let most = 0;
  const whole = await Promise.all(
    Array.from({ length: count }, async () => {
      const body = { model: 'best', stream: true, messages: [{ role: 'user', content: 'Tell me slowly' }] };
      let text = '';
      const { status } = await post(served, body, (piece) => {
        if (text === '') most = Math.max(most, ++open);
        text += piece;
      });
      open--;
      return status === 200 && text.endsWith('data: [DONE]\n\n') && text.includes('"finish_reason":"stop"');
    }),
  );
  return against(
    whole.filter(Boolean).length,
    'streams',
    { kind: 'limit', name: 'all', value: count },
    { atLeast: 1 },
    `${most} open at once; ${load()}`,
  );
}

/** Growth of the heap over as many requests as come in ten minutes at 50/s, sent faster than that. */
async function memory(served: Served) {
  const requests = 30_000;
  await costOf(served, 5_000);
  const before = (await served.measure()).heap;
  await costOf(served, requests);
  const grown = ((await served.measure()).heap - before) / 2 ** 20;
  return against(
    Math.max(0, grown),
    'MB',
    { kind: 'limit', name: 'goal', value: 2 },
    { atMost: 1 },
    `heap after collection, ${(before / 2 ** 20).toFixed(1)} MB before; ${requests} requests, as many as in 10 minutes at 50/s; ${load()}`,
  );
}

interface Served {
  readonly port: number;
  measure(): Promise<{ readonly cpuMs: number; readonly heap: number }>;
}

async function withServers<Value>(
  calls: string,
  work: (served: Served, echo: Served) => Promise<Value>,
): Promise<Value> {
  const children: ChildProcess[] = [];
  const start = async (what: string): Promise<Served> => {
    const file = fileURLToPath(new URL('./support/serve-worker.ts', import.meta.url));
    const child = fork(file, [what], { execArgv: ['--import', 'tsx', '--expose-gc'] });
    children.push(child);
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    const measure = async () => {
      child.send('measure');
      const [measured] = (await once(child, 'message')) as [{ cpuMs: number; heap: number }];
      return measured;
    };
    return { port, measure };
  };
  try {
    return await work(await start(calls), await start('echo'));
  } finally {
    for (const child of children) child.disconnect();
  }
}

/** Processor milliseconds of the server for each of so many requests, eight at a time. */
async function costOf(server: Served, requests: number): Promise<number> {
  const { cpuMs: before } = await server.measure();
  let left = requests;
  const ask = async (): Promise<void> => {
    while (left-- > 0) await postQuestion(server);
  };
  await Promise.all(Array.from({ length: 8 }, ask));
  return ((await server.measure()).cpuMs - before) / requests;
}

/** Milliseconds of each request of a burst; they come at their times, however slow the answers are. */
async function burstOf(server: Served): Promise<number[]> {
  const began = performance.now();
  const asking: Promise<number>[] = [];
  for (let index = 0; index < burstSeconds * perSecond; index++) {
    const due = began + (index * 1000) / perSecond;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const sent = performance.now();
    asking.push(postQuestion(server).then(() => performance.now() - sent));
  }
  return Promise.all(asking);
}

async function postQuestion(server: Served): Promise<void> {
  const messages = [{ role: 'user', content: question }];
  const { status } = await post(server, { model: 'best', messages }, () => undefined);
  if (status !== 200) throw new Error(`expected an answer, found status ${status}`);
}

/** Lets go of idle connections before the server does. */
const agent = new Agent({ keepAlive: true, maxSockets: 1024, timeout: 2_000 });

function post(
  { port }: Served,
  body: object,
  onPiece: (text: string) => void,
): Promise<{ readonly status: number }> {
  return new Promise((resolve, reject) => {
    const options = { port, method: 'POST', path: '/v1/chat/completions', agent };
    const sent = request({ ...options, headers: { 'content-type': 'application/json' } }, (response) => {
      response.setEncoding('utf8').on('data', onPiece);
      response.on('end', () => resolve({ status: response.statusCode ?? 0 })).on('error', reject);
    });
    sent.on('error', reject).end(JSON.stringify(body));
  });
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function load(): string {
  return `load ${loadavg()[0]?.toFixed(1)}`;
}
