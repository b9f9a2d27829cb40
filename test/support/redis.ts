import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why the tests of workers are skipped; `undefined` where they are not. */
export const noRedis =
  spawnSync('redis-server', ['--version']).status === 0 ? undefined : 'skipped: there is no redis-server';

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** The server that runs at present. */
  readonly process: ChildProcess;
  /** Ends it (SIGKILL); what it keeps on disk stays. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, at the same place. */
  start(): Promise<void>;
  /** Ends it, and removes what it kept. */
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(/^(\+PONG|-NOAUTH)/.test(data.toString()));
    });
    socket.once('error', () => resolve(false));
  });
}

/** A redis-server of Debian's on a port of its own; what it keeps on disk is up to the options, by default nothing. */
export async function startRedis(options: readonly string[] = []): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'mixtune-redis-'));
  const port = await freePort();
  const args = [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
    ...['--save', '', '--appendonly', 'no', ...options],
  ];
  let child = spawn('redis-server', args, { stdio: 'ignore' });
  const ready = async (): Promise<void> => {
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const kill = async (): Promise<void> => {
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await ended;
  };
  await ready();
  return {
    url: `redis://127.0.0.1:${port}/0`,
    port,
    get process() {
      return child;
    },
    kill,
    start: () => {
      child = spawn('redis-server', args, { stdio: 'ignore' });
      return ready();
    },
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
