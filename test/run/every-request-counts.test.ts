import { describe, expect, it } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import { createRng } from '../../src/core/rng.ts';
import type { ChatModel } from '../../src/models/chat-model.ts';
import { createOpenAICompatible } from '../../src/models/openai/openai-compatible.ts';
import { openDesk } from '../../src/run/calls/open-desk.ts';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { foldEvents } from '../../src/run/run-state.ts';
import { answered } from '../models/conformance.ts';
import { faultServers } from '../models/fault-replies.ts';
import { answers, type Handler } from '../models/fault-server.ts';
import { ask } from '../models/scripted-model.ts';

const startServer = faultServers();

async function setUp(handler: Handler, maxCalls: number) {
  const server = await startServer(handler);
  // Waits between tries pass a hundred times as fast.
  const real = createRealClock();
  const clock = { ...real, sleep: (ms: number, signal?: AbortSignal) => real.sleep(ms / 100, signal) };
  const model = createOpenAICompatible({ baseUrl: server.baseUrl, apiKey: 'k', clock });
  const journal = createMemoryJournal();
  const { signal } = new AbortController();
  const desk = openDesk({ model, clock, signal, journal, rng: createRng(1), budget: { maxCalls } });
  return { server, desk, state: () => foldEvents(journal.events()) };
}

const many = (desk: ChatModel, calls: number) =>
  Promise.all(
    Array.from({ length: calls }, (_, index) =>
      desk.complete({
        ...ask(`question ${index}`, { model: `openai/m${index % 3}` }),
        ...{ temperature: 0.5, topP: 0.9, maxTokens: 50 },
      }),
    ),
  );

/** Refuses one parameter after the other, each in a request of its own, for every model anew. */
const refusesAll: Handler = (request, response) => {
  const { body } = request;
  for (const name of ['stream_options', 'seed', 'top_p', 'temperature', 'max_tokens']) {
    if (name in body)
      return answers.error(400, `${name} is not supported`, { param: name })(request, response);
  }
  answers.ok()(request, response);
};
let flip = 0;
/** Never takes the same twice, so that nothing is ever learned. */
const neverLearns: Handler = (request, response) =>
  flip++ % 2 === 0 && 'seed' in request.body
    ? answers.error(400, 'seed is not supported')(request, response)
    : answers.error(500, 'out of order')(request, response);
const redirects: Handler = (_request, response) => {
  response.writeHead(307, { location: `/v1/chat/completions?${flip++}` });
  response.end();
};

const misdirected: Handler = answers.error(421, 'not here');

describe('every request that leaves is counted against the ceiling on calls', () => {
  it.each<[string, Handler]>([
    ['parameters are refused', refusesAll],
    ['nothing can be learned', neverLearns],
    ['redirects without end', redirects],
    // The platform would send the same again by itself.
    ['a connection is called the wrong one', misdirected],
  ])('%s', async (_name, handler) => {
    for (const maxCalls of [1, 2, 7, 20]) {
      const { server, desk, state } = await setUp(handler, maxCalls);
      const outcomes = await many(desk, 25);
      expect(server.requests.length).toBeLessThanOrEqual(maxCalls);
      expect(state().calls).toBe(server.requests.length);
      expect(state().openCalls.size).toBe(0);
      const refused = outcomes.filter((o) => o.kind === 'failed' && o.failure.code === 'budget-calls');
      expect(refused.length).toBeGreaterThan(0);
    }
  });

  it('a refused parameter is no try of the call, and costs no wait', async () => {
    const { server, desk, state } = await setUp(refusesAll, 100);
    const [outcome] = await many(desk, 1);
    expect(answered(outcome ?? { kind: 'failed', failure: null as never }).text).toBe('hello world');
    expect(server.requests).toHaveLength(6);
    expect(state().calls).toBe(6);
  });
});

describe('redirects', () => {
  it('on the same host are followed, once for all calls', async () => {
    const { server, desk, state } = await setUp((request, response) => {
      if (
        flip++ < Number.POSITIVE_INFINITY &&
        request.headers['x-seen'] === undefined &&
        !seen.has('there')
      ) {
        seen.add('there');
        response.writeHead(308, { location: '/elsewhere/v1/chat/completions' });
        response.end();
      } else answers.ok()(request, response);
    }, 100);
    const seen = new Set<string>();
    for (const text of ['a', 'b']) {
      expect(answered(await desk.complete(ask(text, { model: 'openai/m' }))).text).toBe('hello world');
    }
    expect(server.requests).toHaveLength(3);
    expect(state().calls).toBe(3);
  });

  it('to another host are not: neither a key nor a question goes there', async () => {
    const other = await startServer(answers.ok());
    const { desk } = await setUp((_request, response) => {
      response.writeHead(307, { location: `${other.baseUrl}/chat/completions` });
      response.end();
    }, 100);
    const outcome = await desk.complete(ask('a', { model: 'openai/m' }));
    expect(outcome).toMatchObject({ failure: { cause: 'rejected', code: 'redirected' } });
    expect(outcome).toMatchObject({ failure: { message: expect.stringContaining(other.baseUrl) } });
    expect(other.requests).toHaveLength(0);
  });
});
