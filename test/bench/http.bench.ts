import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import OpenAI from 'openai';
import { createRealClock } from '../../src/core/clock.ts';
import { createOpenAICompatible } from '../../src/models/openai/openai-compatible.ts';
import { openSqliteJournal } from '../../src/run/journal/sqlite-journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import { worldDependencies, worldSettings } from '../run/world.ts';
import { against, type Bench, median } from './harness.ts';

const calls = 1_500;
const concurrency = 16;
const rounds = 3;

/**
 * A tuning run over loopback HTTP against a bare loop of the `openai` package, in turns, same server: calls per second
 * of this process's processor time, since the server and others may use the machine.
 */
export const bench: Bench = {
  name: 'http',
  async run() {
    const server = spawn(
      process.execPath,
      [fileURLToPath(new URL('./support/sse-server.mjs', import.meta.url))],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    try {
      const baseUrl = `http://127.0.0.1:${await portOf(server)}/v1`;
      await bareLoop(baseUrl);
      await tuningRun(baseUrl, rounds);
      const bare: number[] = [];
      const tuned: number[] = [];
      for (let round = 0; round < rounds; round++) {
        bare.push(await bareLoop(baseUrl));
        tuned.push(await tuningRun(baseUrl, round));
      }
      const peer = median(bare.sort((a, b) => a - b));
      return against(
        median(tuned.sort((a, b) => a - b)),
        'calls/s',
        { kind: 'peer', name: 'bare openai loop', value: peer },
        { atLeast: 0.9 },
        `concurrency ${concurrency}, median of ${rounds} rounds of ${calls} streamed calls`,
      );
    } finally {
      server.kill();
    }
  },
};

function secondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

async function portOf(server: ChildProcess): Promise<number> {
  const [line] = (await once(server.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return Number(line.toString());
}

async function bareLoop(baseURL: string): Promise<number> {
  const client = new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 });
  let started = 0;
  const start = process.cpuUsage();
  const worker = async (): Promise<void> => {
    while (started++ < calls) {
      const stream = await client.chat.completions.create({
        model: 'm',
        messages: [
          { role: 'system', content: 'Answer.' },
          { role: 'user', content: `Is ${started} fine?` },
        ],
        max_tokens: 200,
        stream: true,
        stream_options: { include_usage: true },
      });
      let text = '';
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
      if (text === '') throw new Error('the server answered nothing');
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return calls / secondsSince(start);
}

async function tuningRun(baseUrl: string, seed: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'mixtune-bench-'));
  const journal = openSqliteJournal(join(folder, 'journal.sqlite'), { flush: 'background' });
  try {
    const clock = createRealClock();
    const model = createOpenAICompatible({ baseUrl, apiKey: 'none', clock });
    const dependencies = { ...worldDependencies(), clock, model };
    const settings = { ...worldSettings, seed, concurrency, budget: { maxCalls: calls } };
    const start = process.cpuUsage();
    const front = await new TuningRun('bench', journal, settings, dependencies).run();
    return front.spent.calls / secondsSince(start);
  } finally {
    journal.close();
    await rm(folder, { recursive: true });
  }
}
