/**
 * How two runs share one key by four workers: processes around a redis-server of their own, and an endpoint that
 * takes 900 requests a minute (a bucket that holds six seconds' worth) and refuses more with 429.
 *
 *   npx tsx test/experiments/two-runs-one-key.ts [minutes after the first]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { killAll, spawnCli } from '../support/cli-process.ts';
import { startCountingEndpoint } from '../support/counting-endpoint.ts';
import { RateServer } from '../support/rate-server.ts';
import { startRedis } from '../support/redis.ts';

const perMinute = 900;
const minutes = Number(process.argv[2] ?? 2);

async function main(): Promise<void> {
  const server = new RateServer('bucket', { requestsPerMinute: perMinute, tokensPerMinute: 1e9 });
  const endpoint = await startCountingEndpoint({ delayMs: 700, refuse: (at) => !server.take(30, at) });
  const redis = await startRedis();
  const folder = mkdtempSync(join(tmpdir(), 'mixtune-two-runs-'));
  try {
    for (let worker = 0; worker < 4; worker++)
      spawnCli([
        ...['worker', '--join', redis.url, '--base-url', endpoint.url],
        ...['--concurrency', '16', '--gradings', '0'],
      ]);
    const runs = ['one', 'two'].map((run) =>
      spawnCli([
        ...['tune', 'support-intent', '--base-url', endpoint.url, '--models', 'tiny,small'],
        ...['--workers', redis.url, '--rpm', String(perMinute), '--concurrency', '32', '--no-cache'],
        ...['--runs-dir', folder, '--run', run, '--max-time', `${minutes + 4}m`, '--no-report', '--yes'],
      ]),
    );
    // Both have begun.
    for (const run of runs) while (!/waiting|search|trials|calls/i.test(run.text())) await sleep(200);
    while (endpoint.requests.length < 2) await sleep(200);
    const began = Date.now();
    await sleep((1 + minutes) * 60_000);
    const until = began + (1 + minutes) * 60_000;
    const counted = endpoint.requests.filter(({ at }) => at >= began + 60_000 && at < until);
    const refused = counted.filter(({ end }) => end === 'refused').length;
    const taken = counted.length - refused;
    const used = (100 * taken) / (perMinute * minutes);
    const share = (100 * refused) / counted.length;
    process.stdout.write(
      `${minutes} minutes after the first: ${taken} of ${perMinute * minutes} requests used (${used.toFixed(1)}%), ` +
        `${refused} of ${counted.length} refused (${share.toFixed(2)}%)\n`,
    );
  } finally {
    killAll();
    await redis.stop();
    await endpoint.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
