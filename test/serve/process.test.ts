import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  answers,
  delta,
  type FaultServer,
  finish,
  startFaultServer,
  usageChunk,
} from '../models/fault-server.ts';
import { compiledProgram } from '../support/compiled-program.ts';
import { asked, collect, until } from '../support/serve.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

const config = `version: 1
name: one
stages:
  - kind: propose
    agents: [{ name: a, model: openai/m, prompt: "Answer." }]
`;
const event = (chunk: unknown): string => `data: ${JSON.stringify(chunk)}\n\n`;

const streamed = thorough ? 50 : 10;
let folder: string;
let program: string;
let upstream: FaultServer;
/** Answers of the provider that have begun. */
const begun: ServerResponse[] = [];

beforeAll(async () => {
  folder = temporaryFolder('process');
  await writeFile(join(folder, 'one.yaml'), config);
  upstream = await startFaultServer((request, response) => {
    if (request.body.messages === undefined)
      return answers.json(200, { data: [{ id: 'm' }] })(request, response);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(event(delta({ content: 'before ' })));
    begun.push(response);
  });
  program = compiledProgram('src/cli/main.ts');
});
afterAll(async () => {
  await upstream.close();
});

test.skipIf(!thorough)(`SIGTERM amid ${streamed} streams cuts none`, async () => {
  const line = `serve one.yaml --port 0 --json --base-url ${upstream.baseUrl} --drain 10m --state state.sqlite`;
  const child: ChildProcess = spawn(process.execPath, [program, ...line.split(' ')], {
    cwd: folder,
    env: { ...process.env, MIXTUNE_HOME: join(folder, 'home'), OPENAI_API_KEY: 'planted-key-0123456789' },
  });
  try {
    const told = { out: '', err: '' };
    child.stdout?.on('data', (text) => (told.out += String(text)));
    child.stderr?.on('data', (text) => (told.err += String(text)));
    const ended = once(child, 'exit');
    await Promise.race([until(() => told.out.endsWith('}\n')), ended]);
    if (child.exitCode !== null) throw new Error(told.err);
    const { url: baseURL } = JSON.parse(told.out) as { url: string };
    const client = new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 });
    const body = { model: 'best', messages: asked('Hello?'), stream: true as const };
    const streams = await Promise.all(
      Array.from({ length: streamed }, () => client.chat.completions.create(body)),
    );
    const collected = streams.map((stream) => collect(stream));
    await until(() => begun.length === streamed);
    child.kill('SIGTERM');
    await until(() => told.err.includes(`ending: ${streamed} requests under way`));
    // What comes now is not taken, and what was begun goes on.
    for (const response of begun) {
      response.write(event(delta({ content: 'and after' })));
      response.write(event(finish('stop')));
      response.end(`${event(usageChunk)}data: [DONE]\n\n`);
    }
    for (const { text, finish: end } of await Promise.all(collected))
      expect({ text, end }).toEqual({ text: 'before and after', end: 'stop' });
    expect(await ended).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
});
