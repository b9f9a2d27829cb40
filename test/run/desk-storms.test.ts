import { expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import { createOpenAICompatible } from '../../src/models/openai/openai-compatible.ts';
import { openDesk } from '../../src/run/calls/open-desk.ts';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { foldEvents } from '../../src/run/run-state.ts';
import { answered } from '../models/conformance.ts';
import { faultServers } from '../models/fault-replies.ts';
import { answers, delta, type Handler } from '../models/fault-server.ts';
import { ask, createScriptedModel } from '../models/scripted-model.ts';
import { fastClock } from '../support/fast-clock.ts';
import { thorough } from '../support/thorough.ts';

const startServer = faultServers();

/** A desk over HTTP whose time passes `factor` times as fast. */
async function setUp(handler: Handler, factor: number, budget = {}) {
  const server = await startServer(handler);
  const clock = fastClock(factor);
  const model = createOpenAICompatible({ baseUrl: server.baseUrl, apiKey: 'k', clock });
  const journal = createMemoryJournal();
  const controller = new AbortController();
  const notices: string[] = [];
  const desk = openDesk({
    ...{ model, clock, journal, budget, signal: controller.signal, rng: createRng(1), careful: false },
    onNotice: (notice) => notices.push(notice),
  });
  return { server, desk, controller, notices, state: () => foldEvents(journal.events()) };
}

it.skipIf(!thorough)(
  '64 hung streams are told of in one line, and all end at once when the run does',
  async () => {
    const open = new Set<unknown>();
    const { desk, controller, notices, state } = await setUp((request, response) => {
      open.add(response);
      response.on('close', () => open.delete(response));
      answers.hang(delta({ content: 'It' }))(request, response);
    }, 20);
    // The first finds out the dialect by what has come.
    const calls = Array.from({ length: 64 }, (_, index) =>
      desk.complete(ask(`question ${index}`, { model: 'openai/m' })),
    );
    while (open.size < 64 || notices.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    // One a minute, whatever the machine makes of that.
    expect(notices.length).toBeLessThan(10);
    expect(notices[0]).toMatch(/^openai\/m: nothing has come for \d+ s: (?:a|\d+) calls? waits? for /);
    controller.abort();
    const outcomes = await Promise.all(calls);
    expect(
      outcomes.every((outcome) => outcome.kind === 'failed' && outcome.failure.cause === 'aborted'),
    ).toBe(true);
    while (open.size > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    // What they cost nobody knows: a run that goes on counts their worst case.
    expect(state().openCalls.size).toBe(64);
  },
);

it('a storm of refusals spends no more calls than there are', async () => {
  const { server, desk, state } = await setUp(
    answers.error(429, 'slow down', {}, { 'retry-after': '0' }),
    20,
    { maxCalls: 60 },
  );
  const calls = Array.from({ length: 64 }, (_, index) =>
    desk.complete(ask(`question ${index}`, { model: `openai/m${index % 2}` })),
  );
  const outcomes = await Promise.all(calls);
  // On a busy machine a request may be over before it is sent.
  expect(server.requests.length).toBeLessThanOrEqual(60);
  expect(state()).toMatchObject({ calls: 60, tokensIn: 0, tokensOut: 0 });
  expect(
    outcomes.every((outcome) => outcome.kind === 'failed' && outcome.failure.code === 'budget-calls'),
  ).toBe(true);
});

it('what a recorded server wanted asked otherwise is asked again at once, and is no try of the call', async () => {
  const clock = new VirtualClock();
  const model = createScriptedModel({
    clock,
    script: (_request, call) =>
      call < 12
        ? { failure: { cause: 'rejected', code: 'asked-otherwise', retryable: true } }
        : { text: 'at last' },
  });
  const desk = openDesk({
    ...{ model, clock, rng: createRng(1), signal: new AbortController().signal },
    retry: { tries: 2 },
  });
  expect(answered(await clock.run(() => desk.complete(ask()))).text).toBe('at last');
  expect(clock.now()).toBe(13 * 10);
});
