import { appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/core/rng.ts';
import { readRuns } from '../../../src/workers/board.ts';
import { killAll } from '../../support/cli-process.ts';
import {
  type CountedRequest,
  type CountingEndpoint,
  startCountingEndpoint,
} from '../../support/counting-endpoint.ts';
import { checkAccount, type ProcessCluster, startProcessCluster } from '../../support/process-cluster.ts';
import { noRedis } from '../../support/redis.ts';
import { exhaustive } from '../../support/thorough.ts';
import { connect } from '../../support/workers.ts';

const rounds = Number(process.env.CHAOS_ROUNDS ?? 20);
const firstSeed = Number(process.env.CHAOS_SEED ?? 1);
const maxCalls = 400;
const seconds = (count: number): Promise<void> => sleep(count * 1000);

/** Programs that score something, or nothing. */
const textOf = (seed: number): string =>
  `\`\`\`python\ndef calculate_user_metrics(users, start_date, end_date):\n    return {"n": ${seed % 5}}\n\`\`\``;

const reportFile = join(tmpdir(), 'mixtune-chaos.jsonl');
const tell = (line: object): void => appendFileSync(reportFile, `${JSON.stringify(line)}\n`);

/** A time in ms since 1970 from which something was away, and until when. */
type Outage = readonly [number, number];

/**
 * Faults of one round: a random worker is killed every 5 s; one is stopped for 60 s; meanwhile the server
 * is frozen for 20 s, and later killed and away for 20 s; between the two the run is killed and resumed.
 */
async function playRound(cluster: ProcessCluster, endpoint: CountingEndpoint, run: string, seed: number) {
  const rng = createRng(seed);
  const { redis } = cluster;
  const { startWorker } = cluster;
  const workers = await Promise.all([startWorker(), startWorker(), startWorker(), startWorker()]);
  let job = cluster.tune(run, ['--max-calls', String(maxCalls), '--concurrency', '16']);
  let resumed = false;
  let faultsOver = false;
  let kills = 0;
  const outages: Outage[] = [];
  /** However long the machine takes to start a process. */
  const until = (isSo: () => boolean | Promise<boolean>) =>
    expect
      .poll(async () => job.child.exitCode !== null || (await isSo()), { timeout: 240_000, interval: 200 })
      .toBe(true);
  const away = async (work: () => Promise<void>): Promise<void> => {
    const since = Date.now();
    await work();
    outages.push([since, Date.now()]);
  };
  const killing = (async () => {
    while (!faultsOver || job.child.exitCode === null) {
      await seconds(5);
      // The first is the one that is stopped.
      const at = 1 + Math.floor(rng.next() * 3);
      workers[at]?.child.kill('SIGKILL');
      kills++;
      workers[at] = await startWorker();
    }
  })();
  await until(() => endpoint.counts.asked >= 20);
  const [stopped] = workers;
  stopped?.child.kill('SIGSTOP');
  const waking = seconds(60).then(() => stopped?.child.kill('SIGCONT'));
  await seconds(4);
  await away(async () => {
    redis.process.kill('SIGSTOP');
    await seconds(20);
    redis.process.kill('SIGCONT');
  });
  await seconds(8);
  if (job.child.exitCode === null) {
    await away(async () => {
      job.child.kill('SIGKILL');
      await job.ended;
      const since = Date.now();
      job = cluster.resume(run);
      resumed = true;
      const server = await connect(redis.url);
      await until(async () => (await readRuns(server)).some(({ startedAt }) => startedAt >= since));
      await server.close();
    });
  }
  await seconds(8);
  await away(async () => {
    await redis.kill();
    await seconds(20);
    await redis.start();
  });
  await waking;
  const endedEarly = job.child.exitCode !== null;
  faultsOver = true;
  const code = await job.ended;
  await killing;
  return { code, text: job.text(), kills, resumed, endedEarly, outages };
}

/** Seconds from a worker's death until its call was made again, by the endpoint's clock, the slowest last. */
function secondsUntilAgain(requests: readonly CountedRequest[], outages: readonly Outage[]): number[] {
  const again = requests.flatMap(({ body, end, endedAt = 0 }, at) => {
    const next = requests.slice(at + 1).find((other) => other.body === body && other.at >= endedAt);
    if (end !== 'broken' || next === undefined) return [];
    const during = outages.some(([since, until]) => since < next.at && until > endedAt);
    return during ? [] : [(next.at - endedAt) / 1000];
  });
  return again.sort((a, b) => a - b);
}

/** `CHAOS_ROUNDS=8 MIXTUNE_THOROUGH=1 npm run test:workers -- chaos`: two to four minutes a round, each with two lines in mixtune-chaos.jsonl in the folder of temporary files. */
describe.skipIf(noRedis !== undefined || !exhaustive)('chaos', () => {
  const seeds = Array.from({ length: rounds }, (_, at) => firstSeed + at);
  it.each(seeds)('round %i ends whole', { timeout: 1_200_000 }, async (seed) => {
    const endpoint = await startCountingEndpoint({ delayMs: 400, textOf });
    const redisOptions = ['--appendonly', 'yes', '--appendfsync', 'no'];
    const cluster = await startProcessCluster(endpoint, { models: 'tiny,small', slots: 6, redisOptions });
    const began = Date.now();
    try {
      const { code, text, outages, ...what } = await playRound(cluster, endpoint, `chaos-${seed}`, seed);
      const again = secondsUntilAgain(endpoint.requests, outages);
      const told = {
        ...{ seed, seconds: Math.round((Date.now() - began) / 1000), code, ...what },
        again: { calls: again.length, median: again[again.length >> 1], slowest: again.at(-1) },
      };
      tell(told);
      expect(code, text).toBe(0);
      const account = checkAccount(cluster.eventsOf(`chaos-${seed}`), {
        asked: endpoint.counts.asked,
        maxCalls,
      });
      tell(account);
    } finally {
      killAll();
      await cluster.close();
      await endpoint.close();
    }
  });
});
