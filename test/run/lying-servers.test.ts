import { expect, it } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import { createRng, type Rng } from '../../src/core/rng.ts';
import type { Budget } from '../../src/domain/budget.ts';
import type { ChatModel, ChatRequest } from '../../src/models/chat-model.ts';
import { createOpenAICompatible } from '../../src/models/openai/openai-compatible.ts';
import type { ServerNote } from '../../src/models/server-note.ts';
import { worstCase } from '../../src/run/calls/ledger.ts';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import { thorough } from '../support/thorough.ts';
import { worldDependencies, worldModels, worldSettings } from './world.ts';

/** Ways to lie, each seen: usage for an answer of so many tokens, whatever was asked. */
const lies: Record<string, (written: number, rng: Rng) => unknown> = {
  nothing: () => undefined,
  'one token': () => ({ prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }),
  zeros: () => ({ prompt_tokens: 0, completion_tokens: 0 }),
  'far too much': () => ({
    prompt_tokens: 11,
    completion_tokens: 5,
    completion_tokens_details: { reasoning_tokens: 1e12 },
  }),
  'a huge prompt': (written) => ({ prompt_tokens: 1e9, completion_tokens: written }),
  'a huge total': () => ({ prompt_tokens: 11, completion_tokens: 5, total_tokens: 7e11 }),
  'less than nothing': () => ({ prompt_tokens: -100, completion_tokens: -5 }),
  words: () => ({ prompt_tokens: 'few', completion_tokens: 'NaN' }),
  'a bit much': (written, rng) => ({
    prompt_tokens: 40,
    completion_tokens: Math.ceil(written * (1 + 4 * rng.next())),
  }),
};
const lieNames = Object.keys(lies);

interface Scenario {
  readonly lie: string;
  /** Tokens of an answer as shares of the limit: above 1 the server minds no limit. */
  readonly length: number;
  readonly streams: boolean;
  readonly budget: Budget;
  readonly concurrency: number;
}

function drawScenario(number: number): Scenario {
  const rng = createRng(`liar/${number}`);
  const budgets: readonly Budget[] = [
    { maxTokens: 8_000 },
    { maxTokensOut: 4_000 },
    { maxUsd: 0.006 },
    { maxCalls: 40 },
    { maxTokens: 12_000, maxCalls: 30 },
    { maxSeconds: 1, maxCalls: 60 },
  ];
  return {
    lie: lieNames[number % lieNames.length] ?? 'nothing',
    length: rng.pick([0.2, 0.9, 3, 60]),
    streams: rng.next() < 0.5,
    budget: budgets[Math.floor(number / lieNames.length) % budgets.length] ?? {},
    concurrency: rng.pick([1, 4, 8]),
  };
}

/** A server in this process: what the client reads of a stream is what it generates. */
function server({ lie, length, streams }: Scenario, generated: { tokens: number }): typeof fetch {
  const rng = createRng('server');
  return async (_url, init) => {
    const { max_tokens: limit = 100, model } = (await new Response(init?.body).json()) as {
      max_tokens?: number;
      model: string;
    };
    const words = Math.max(1, Math.round(length * limit));
    const usage = lies[lie]?.(words, rng);
    const head = { model, object: 'chat.completion' };
    if (!streams) {
      // What is written in one piece cannot be stopped; ceilings hold for what is counted.
      const message = { role: 'assistant', content: `yes${' and'.repeat(words - 1)}` };
      return Response.json({ ...head, choices: [{ index: 0, message, finish_reason: 'stop' }], usage });
    }
    let sent = 0;
    const encoder = new TextEncoder();
    const event = (value: unknown): Uint8Array => encoder.encode(`data: ${JSON.stringify(value)}\n\n`);
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (sent >= words) {
            controller.enqueue(
              event({ ...head, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage }),
            );
            controller.enqueue(encoder.encode('data: [DONE]\n\n'));
            controller.close();
            return;
          }
          sent++;
          generated.tokens++;
          const content = sent === 1 ? 'yes' : ' and';
          controller.enqueue(
            event({ ...head, choices: [{ index: 0, delta: { content }, finish_reason: null }] }),
          );
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
}

async function play(scenario: Scenario) {
  const generated = { tokens: 0 };
  const notes: ServerNote[] = [];
  const clock = createRealClock();
  const price = { inputPerMillion: 1, outputPerMillion: 2 };
  const provider = createOpenAICompatible({
    baseUrl: 'http://liar.invalid/v1',
    apiKey: 'k',
    clock,
    price: () => price,
    fetch: server(scenario, generated),
    onNote: (note) => notes.push(note),
  });
  const worst = { tokens: 0, tokensOut: 0, usd: 0 };
  const base = worldDependencies();
  const card: typeof base.card = (name) => ({
    name,
    contextTokens: null,
    price,
    speed: null,
    simulated: false,
  });
  const model: ChatModel = {
    revision: () => 'liar',
    complete: (request: ChatRequest, options) => {
      const most = worstCase(request, card(request.model));
      worst.tokens = Math.max(worst.tokens, most.tokensIn + most.tokensOut);
      worst.tokensOut = Math.max(worst.tokensOut, most.tokensOut);
      worst.usd = Math.max(worst.usd, most.usd ?? 0);
      return provider.complete(request, options);
    },
  };
  const settings = {
    ...worldSettings,
    models: [...worldModels],
    simulated: false,
    concurrency: scenario.concurrency,
    repeats: 1,
    finishRepeats: 1,
    budget: { maxEvaluations: 12, ...scenario.budget },
  };
  const run = new TuningRun('liar', createMemoryJournal(), settings, { ...base, clock, model, card });
  return { front: await run.run(), notes, generated, worst };
}

const numbers = Array.from({ length: 200 }, (_, number) => number);

it.each(thorough ? numbers : numbers.filter((number) => number % 67 === 0))(
  'no ceiling is passed by more than the calls in flight can cost: scenario %d',
  async (number) => {
    const scenario = drawScenario(number);
    const { front, notes, generated, worst } = await play(scenario);
    const { budget, concurrency, lie, length, streams } = scenario;
    const { calls, tokensIn, tokensOut, usd, seconds } = front.spent;
    const within = (spent: number, ceiling: number | undefined, most: number): void =>
      expect(spent).toBeLessThanOrEqual((ceiling ?? Number.POSITIVE_INFINITY) + concurrency * most);
    expect(calls).toBeLessThanOrEqual(budget.maxCalls ?? Number.POSITIVE_INFINITY);
    within(tokensIn + tokensOut, budget.maxTokens, worst.tokens);
    within(tokensOut, budget.maxTokensOut, worst.tokensOut);
    within(usd ?? Number.NaN, budget.maxUsd, worst.usd);
    if (budget.maxSeconds !== undefined) expect(seconds).toBeLessThan(budget.maxSeconds + 30);
    // What a server really generates, until the stream is left, is bounded too; usage may tell less than half.
    if (streams && budget.maxTokensOut !== undefined)
      within(generated.tokens / 2, budget.maxTokensOut, worst.tokensOut);
    const kinds = new Set(notes.map(({ kind }) => kind));
    if (length > 2) expect([...kinds]).toContain('limit');
    if (/huge|far too|less than nothing/.test(lie) && (!streams || length <= 1))
      expect([...kinds]).toContain('usage');
  },
);
