import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { ChatModel, ChatOutcome } from '../../src/models/chat-model.ts';
import { CallDesk } from '../../src/run/calls/call-desk.ts';
import { Ledger } from '../../src/run/calls/ledger.ts';
import { Traffic } from '../../src/run/calls/traffic.ts';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { Recorder } from '../../src/run/journal/recorder.ts';
import { thorough } from '../support/thorough.ts';

const file = new URL('../../../shared/data/matrices/llmperf_requests.csv.gz', import.meta.url);

interface Request {
  readonly code: string;
  readonly latencyMs: number;
  readonly firstTokenMs: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
}

/** What was measured, in order, by provider and model. */
function measured(): Map<string, Request[]> {
  const [, ...lines] = gunzipSync(readFileSync(file)).toString().trim().split('\n');
  const byModel = new Map<string, Request[]>();
  for (const line of lines) {
    const [provider, size, , code = '', first, latency, , tokensIn, tokensOut] = line.split(',');
    const model = `${provider}/${size}`;
    const request = {
      code,
      firstTokenMs: Math.round(1000 * Number(first || 0.05)),
      latencyMs: Math.round(1000 * Number(latency || 0.05)),
      tokensIn: Number(tokensIn || 0),
      tokensOut: Number(tokensOut || 0),
    };
    byModel.set(model, [...(byModel.get(model) ?? []), request]);
  }
  return byModel;
}

/** Serves what was measured: the n-th attempt that reaches a model comes to what its n-th request came to. */
function replay(
  clock: VirtualClock,
  byModel: ReadonlyMap<string, Request[]>,
): ChatModel & { refused: number } {
  const next = new Map<string, number>();
  const model = {
    refused: 0,
    revision: () => 'llmperf',
    async complete(request: { readonly model: string }): Promise<ChatOutcome> {
      const all = byModel.get(request.model) ?? [];
      const number = next.get(request.model) ?? 0;
      next.set(request.model, number + 1);
      const row = all[number % all.length] as Request;
      await clock.sleep(row.latencyMs);
      if (row.code !== '') {
        model.refused++;
        const code = row.code === '429' ? 'rate-limited' : 'server-error';
        return {
          kind: 'failed',
          failure: {
            cause: 'infrastructure',
            code,
            message: row.code,
            retryable: true,
            serviceMs: row.latencyMs,
          },
        };
      }
      const usage = { inputTokens: row.tokensIn, outputTokens: row.tokensOut, estimated: false };
      return {
        kind: 'answered',
        response: {
          text: 'an answer',
          finishReason: 'stop',
          usage,
          serviceMs: row.latencyMs,
          firstTokenMs: row.firstTokenMs,
          usd: null,
        },
      };
    },
  };
  return model;
}

describe('the requests that llmperf measured at real providers, with their 429s', () => {
  it.skipIf(!thorough || !existsSync(file))(
    'are all answered in the end (skipped where the data are not there)',
    async () => {
      const byModel = measured();
      const clock = new VirtualClock();
      const provider = replay(clock, byModel);
      const traffic = new Traffic();
      const recorder = new Recorder(createMemoryJournal(), {
        clock,
        now: () => clock.now(),
        durability: 'batched',
      });
      recorder.follow(traffic);
      const desk = new CallDesk({
        provider,
        card: () => undefined,
        recorder,
        ledger: new Ledger({}, recorder.state),
        concurrency: 32,
        traffic,
        clock,
        rng: createRng('llmperf'),
        signal: new AbortController().signal,
      });
      const asks = [...byModel].flatMap(([model, all]) =>
        all.map((_, index) => ({
          model,
          messages: [{ role: 'user' as const, content: 'Say it.' }],
          sample: { repeat: 0, index },
        })),
      );
      const outcomes = await clock.run(() =>
        Promise.all(asks.map((ask, index) => desk.complete(ask, { priority: index }))),
      );
      expect(asks.length).toBeGreaterThan(2_500);
      expect(provider.refused).toBeGreaterThan(500);
      expect(outcomes.filter(({ kind }) => kind === 'failed')).toEqual([]);
    },
    60_000,
  );
});
