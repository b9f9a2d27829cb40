import { runCli } from '../../src/cli/program.ts';
import { createRealClock } from '../../src/core/clock.ts';
import type { ChatModel } from '../../src/models/chat-model.ts';
import { createOpenAICompatible } from '../../src/models/openai/openai-compatible.ts';
import { Cluster, type ClusterOptions } from '../../src/workers/cluster.ts';
import { ClusterKey } from '../../src/workers/cluster-key.ts';
import type { Offer } from '../../src/workers/job-schema.ts';
import { RemoteModel } from '../../src/workers/remote-model.ts';
import { connectServer, type Server } from '../../src/workers/server.ts';
import { readServerUrl } from '../../src/workers/server-url.ts';
import { JobWorker, type WorkerOptions } from '../../src/workers/worker.ts';
import { type TestContext, testContext } from './cli.ts';

export const clusterSecret = 'the cluster key of the tests, long enough';
export const clusterEnv = { MIXTUNE_CLUSTER_KEY: clusterSecret };
export const testVersion = '0.0.0-test';

export function connect(url: string, secret = clusterSecret): Promise<Server> {
  return connectServer({
    url: readServerUrl(url, { source: '--workers' }),
    key: new ClusterKey(secret),
    source: '--workers',
  });
}

/** `mixtune worker` in this process. */
export interface TestWorker {
  readonly context: TestContext;
  /** Resolves to the exit code. */
  stop(): Promise<number>;
}

export async function startWorker(
  redisUrl: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<TestWorker> {
  const context = testContext(['worker', '--join', redisUrl, ...args], {
    env: { ...clusterEnv, ...env },
    fetch: globalThis.fetch,
    today: () => new Date(),
  });
  const ended = runCli(context);
  while (!/^worker [0-9a-f]{16} at /m.test(context.stderr.text)) {
    const code = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 20))]);
    if (typeof code === 'number') throw new Error(`the worker ended with ${code}: ${context.stderr.text}`);
  }
  return {
    context,
    stop: () => {
      context.interrupt();
      return ended;
    },
  };
}

/** `mixtune sim` in this process, by default a thousand times as fast as life. */
export async function startSim(speed = 1000): Promise<{ readonly url: string; stop(): Promise<number> }> {
  const context = testContext(['sim', '--port', '0', '--speed', String(speed), '--json']);
  const ended = runCli(context);
  while (!context.stdout.text.endsWith('}\n')) await new Promise((resolve) => setTimeout(resolve, 20));
  const { url }: { url: string } = JSON.parse(context.stdout.text);
  return {
    url,
    stop: () => {
      context.interrupt();
      return ended;
    },
  };
}

/** A worker of its parts, at an endpoint that takes any key. */
export async function openWorker(
  server: Server,
  endpoint: string,
  changes: Partial<WorkerOptions> = {},
): Promise<JobWorker> {
  const worker = new JobWorker({
    server,
    version: testVersion,
    host: 'here',
    work: [{ offer: offerOf(endpoint), slots: 8 }],
    model: createOpenAICompatible({ baseUrl: endpoint, apiKey: 'none', clock: createRealClock() }),
    account: () => 0,
    sandbox: undefined,
    now: Date.now,
    clock: createRealClock(),
    onLine: () => undefined,
    ...changes,
  });
  await worker.open();
  return worker;
}

export function offerOf(endpoint: string): Offer {
  return {
    kind: 'key',
    provider: 'openai',
    revision: endpoint,
    fingerprint: 'f',
    models: null,
    listed: null,
    knows: null,
  };
}

/** The run's side: models whose calls go to workers. */
export async function openRun(
  server: Server,
  endpoint: string,
  run: string,
  changes: Partial<ClusterOptions> = {},
): Promise<{ readonly cluster: Cluster; readonly model: RemoteModel }> {
  const clock = createRealClock();
  const cluster = new Cluster({ server, version: testVersion, run, now: Date.now, clock, ...changes });
  await cluster.open();
  const model = new RemoteModel({
    cluster,
    key: server.key,
    card: () => undefined,
    endpoint: () => endpoint,
    scope: run,
  });
  return { cluster, model };
}

/** A model of a worker that answers nothing until it is let, and counts what it is asked. */
export function heldModel() {
  let letGo = (): void => undefined;
  const answering = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const usage = { inputTokens: 20, outputTokens: 10, estimated: false };
  const response = {
    text: 'x',
    finishReason: 'stop',
    usage,
    usd: null,
    serviceMs: 1,
    firstTokenMs: 1,
  } as const;
  const held = {
    asked: 0,
    answer: (): void => letGo(),
    model: {
      revision: () => 'there',
      complete: async () => {
        held.asked++;
        await answering;
        return { kind: 'answered', response };
      },
    } satisfies ChatModel,
  };
  return held;
}
