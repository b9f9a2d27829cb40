/**
 * A server in a process of its own, for the benchmarks of `serve`: `echo` is a bare Hono app that gives back an
 * answer of the same size, a number is how many calls the served config makes. Its models are in the process and
 * answer at once, or, for streams, in ten pieces over ten seconds.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { createRealClock } from '../../../src/core/clock.ts';
import { createRng } from '../../../src/core/rng.ts';
import type { ChatModel } from '../../../src/models/chat-model.ts';
import { startServeServer } from '../../../src/serve/server.ts';
import { ServeStore } from '../../../src/serve/store.ts';
import { agent, configOf } from '../../support/moa.ts';
import { memberOf, sourceOf } from '../../support/serve.ts';

const words = 'The parcel left our warehouse on Monday and should be with you by Thursday evening. ';
const pieces = Array.from({ length: 10 }, () => words);
const answer = pieces.join('');
const pieceMs = 1_000;

const model: ChatModel = {
  revision: () => '1',
  complete: async ({ messages }, options) => {
    const isSlow = messages.at(-1)?.content.includes('slowly') === true;
    for (const piece of pieces) {
      if (isSlow) await new Promise((resolve) => setTimeout(resolve, pieceMs));
      options?.onDelta?.(piece);
    }
    const usage = { inputTokens: 120, outputTokens: 180, estimated: false };
    const times = { serviceMs: isSlow ? pieces.length * pieceMs : 1, firstTokenMs: 1 };
    return {
      kind: 'answered',
      response: { text: answer, finishReason: 'stop', usage, usd: 0.002, ...times },
    };
  },
};

function configWith(calls: number) {
  if (calls === 1) return configOf({ kind: 'propose', agents: [agent('one')] });
  const agents = Array.from({ length: calls - 1 }, (_, index) => agent(`proposer-${index}`));
  return configOf({ kind: 'propose', agents }, { kind: 'fuse', agent: agent('fuser') });
}

async function startEcho(): Promise<number> {
  const app = new Hono();
  app.post('/v1/chat/completions', async (context) => {
    const { model: name } = (await context.req.json()) as { model: string };
    const message = { role: 'assistant', content: answer };
    return context.json({ object: 'chat.completion', model: name, choices: [{ index: 0, message }] });
  });
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function startServe(calls: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'mixtune-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const member = memberOf(configWith(calls), sourceOf(model));
  const front = { members: [member], points: { best: member.id } };
  const { port } = await startServeServer({
    ...{ port: 0, front: () => front, keys: () => undefined, clock: createRealClock() },
    ...{ store: new ServeStore(join(folder, 'serve.sqlite'), 0), rng: createRng(1), newId: randomUUID },
    ...{ today: () => new Date(), maxInFlight: 512, maxQueued: 4096, concurrency: 4096 },
    onBug: (error) => {
      throw error;
    },
  });
  return port;
}

const [what = ''] = process.argv.slice(2);
const port = what === 'echo' ? await startEcho() : await startServe(Number(what));
process.on('message', () => {
  globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMs: (user + system) / 1000, heap: process.memoryUsage().heapUsed });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ port });
