import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { killAll, spawnCli } from '../../support/cli-process.ts';
import { startCountingEndpoint } from '../../support/counting-endpoint.ts';
import { noRedis, startRedis } from '../../support/redis.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { clusterSecret, connect } from '../../support/workers.ts';

const password = 'a-password-of-the-queue';
const providerKey = 'sk-the-key-of-the-provider';
const secrets = [password, providerKey, clusterSecret];

/** Command lines and environments of all processes that a process has begun, and those that they have. */
function seenOfChildren(parent: number): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(join('/proc', name, 'stat'), 'utf8');
        if (Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]) !== parent) return [];
        const [line = '', env = ''] = ['cmdline', 'environ'].map((what) =>
          readFileSync(join('/proc', name, what), 'utf8'),
        );
        // What compiles the sources where they are not built, and a child that has not begun its own program.
        if (line.includes('esbuild') || line === readFileSync(`/proc/${parent}/cmdline`, 'utf8')) return [];
        return [line, env, ...seenOfChildren(Number(name))];
      } catch {
        return [];
      }
    });
}

it('passwords and keys are in no file, no line, no child process, and with the prompts not on the server', async ({
  skip,
}) => {
  if (noRedis !== undefined) return skip(noRedis);
  if (!existsSync('/proc/self/environ')) return skip('no /proc to look into');
  const folder = temporaryFolder('secrets');
  const redis = await startRedis(['--requirepass', password]);
  const url = redis.url.replace('//', `//:${password}@`);
  const textOf = (seed: number): string =>
    `\`\`\`python\ndef calculate_user_metrics(users, start_date, end_date):\n    return {"n": ${seed}}\n\`\`\``;
  const endpoint = await startCountingEndpoint({ textOf });
  const worker = spawnCli(
    ['worker', '--join', url, '--base-url', endpoint.url, '--api-key-env', 'MY_KEY', '--gradings', '1'],
    { MY_KEY: providerKey },
  );
  const run = spawnCli([
    ...['tune', 'code-challenge', '--base-url', endpoint.url, '--models', 'tiny', '--workers', url],
    ...['--runs-dir', folder, '--run', 'secret', '--max-calls', '30', '--yes'],
  ]);
  try {
    const seen: string[] = [];
    const look = setInterval(() => {
      for (const { child } of [worker, run]) seen.push(...seenOfChildren(child.pid ?? 0));
    }, 200);
    expect(await run.ended, run.text()).toBe(0);
    clearInterval(look);
    expect([...endpoint.keys]).toEqual([`Bearer ${providerKey}`]);
    const status = spawnCli(['workers', 'status', url]);
    const code = await status.ended;
    expect(code, status.text()).toBe(0);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
    const server = await connect(url);
    const keys = await server.redis.keys('*');
    const kept = await Promise.all(keys.map((key) => server.redis.dumpBuffer(key)));
    await server.close();
    const onServer = kept.map((value) => value?.toString('latin1') ?? '');
    expect(onServer.some((text) => text.includes('calculate_user_metrics'))).toBe(false);
    // The sandbox of the worker was there to be looked at.
    expect(seen.length).toBeGreaterThan(0);
    expect(files.length).toBeGreaterThan(2);
    expect(onServer.length).toBeGreaterThan(30);
    const texts = { seen, files, onServer, said: [worker.text(), run.text(), status.text()] };
    for (const [where, all] of Object.entries(texts)) {
      for (const secret of secrets) {
        const telling = all
          .filter((text) => text.includes(secret))
          .map((text) => text.replaceAll('\0', ' ').slice(0, 300));
        expect({ where, secret, telling }).toEqual({ where, secret, telling: [] });
      }
    }
  } finally {
    killAll();
    await redis.stop();
    await endpoint.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
