import { describe, expect, it } from 'vitest';
import { BudgetTooSmallError } from '../../src/core/errors.ts';
import type { ChatModel, ChatOutcome, ChatRequest, ChatResponse } from '../../src/models/chat-model.ts';
import { prepareSpeedProbe, type SpeedProbeOptions } from '../../src/models/speed-probe.ts';

const response = (changes: Partial<ChatResponse> & { readonly out?: number } = {}): ChatOutcome => {
  const { out = 100, ...rest } = changes;
  return {
    kind: 'answered',
    response: {
      text: 'one, two',
      finishReason: 'length',
      usage: { inputTokens: 40, outputTokens: out, estimated: false },
      serviceMs: 600,
      firstTokenMs: 100,
      usd: 0.001,
      ...rest,
    },
  };
};
const failed = (code: string, retryable: boolean): ChatOutcome => ({
  kind: 'failed',
  failure: { cause: 'infrastructure', code, message: code, retryable, serviceMs: 1 },
});

function probe(
  outcomes: (call: number, model: string) => ChatOutcome,
  changes: Partial<SpeedProbeOptions> = {},
) {
  const requests: ChatRequest[] = [];
  const model: ChatModel = {
    revision: () => '',
    complete: async (request) => {
      requests.push(request);
      return outcomes(requests.length - 1, request.model);
    },
  };
  const options = {
    ...{ model, models: ['x/a'], calls: 3, answerTokens: 100, maxTokens: 10_000 },
    ...{ signal: new AbortController().signal, ...changes },
  };
  return { requests, result: prepareSpeedProbe(options).then((measure) => measure()) };
}

describe('a speed probe', () => {
  it('tells the median time to first token and tokens per second, and what it cost', async () => {
    const times = [
      { firstTokenMs: 300, serviceMs: 800 },
      { firstTokenMs: 100, serviceMs: 500 },
      { firstTokenMs: 120, serviceMs: 1120 },
    ];
    const { requests, result } = probe((call) => response(times[call] ?? {}));
    expect(await result).toEqual({
      speeds: [
        {
          ...{ model: 'x/a', answered: 3, firstTokenMs: 120, tokensPerSecond: 200, range: [100, 250] },
          ...{ note: 'median of 3 calls', failures: [] },
        },
      ],
      spent: { calls: 3, tokens: 420, usd: 0.003 },
    });
    expect(new Set(requests.map(({ sample }) => sample.index)).size).toBe(3);
    expect(requests.every(({ maxTokens }) => maxTokens === 100)).toBe(true);
  });

  it.each([
    ['no stream', { firstTokenMs: null }],
    ['a stream that was held back', { firstTokenMs: 599 }],
  ])('knows no time to first token from %s', async (_name, changes) => {
    const { speeds } = await probe(() => response(changes)).result;
    expect(speeds[0]).toMatchObject({ firstTokenMs: null, tokensPerSecond: 167 });
    expect(speeds[0]?.note).toContain('not streamed');
  });

  it('refuses more than the budget before the first call, saying how much it would be', async () => {
    const { requests, result } = probe(() => response(), { models: ['x/a', 'x/b'], maxTokens: 1199 });
    await expect(result).rejects.toThrow(BudgetTooSmallError);
    await expect(result).rejects.toThrow(/1199 is too little: 2 models × 3 calls may take 1200 tokens/);
    expect(requests).toEqual([]);
    expect(
      (await probe(() => response(), { models: ['x/a', 'x/b'], maxTokens: 1200 }).result).spent.calls,
    ).toBe(6);
  });

  it('stops when a server takes more than it was allowed', async () => {
    const { requests, result } = probe(() => response({ out: 900 }), { maxTokens: 1000 });
    const { speeds, spent } = await result;
    expect(requests).toHaveLength(1);
    expect(spent.tokens).toBe(940);
    expect(speeds[0]?.failures).toMatchObject([{ code: 'budget-tokens' }]);
  });

  it('goes on after what may pass, and not after what will not', async () => {
    const flaky = await probe((call) => (call === 0 ? failed('rate-limited', true) : response())).result;
    expect(flaky.speeds[0]).toMatchObject({ answered: 2, failures: [{ code: 'rate-limited' }] });
    const gone = probe((_call, model) => (model === 'x/a' ? failed('unknown-model', false) : response()), {
      models: ['x/a', 'x/b'],
    });
    const { speeds } = await gone.result;
    expect(gone.requests).toHaveLength(4);
    expect(speeds[0]).toMatchObject({ answered: 0, firstTokenMs: null, tokensPerSecond: null, range: null });
    expect(speeds[1]).toMatchObject({ answered: 3 });
  });

  it('does not take a word for a speed, nor an unknown price for none', async () => {
    const { speeds, spent } = await probe(() => response({ out: 2, usd: null })).result;
    expect(speeds[0]).toMatchObject({ answered: 0, tokensPerSecond: null });
    expect(speeds[0]?.failures).toHaveLength(3);
    expect(spent.usd).toBeNull();
  });

  it('ends when it is interrupted', async () => {
    const stop = new AbortController();
    const { requests, result } = probe(
      () => {
        stop.abort();
        return response();
      },
      { signal: stop.signal, models: ['x/a', 'x/b'] },
    );
    expect((await result).spent.calls).toBe(1);
    expect(requests).toHaveLength(1);
  });
});
