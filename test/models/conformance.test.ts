import { createRealClock } from '../../src/core/clock.ts';
import { unwrap } from '../../src/core/result.ts';
import { createRng } from '../../src/core/rng.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import { createMemoryCallStore } from '../../src/models/call-store/stored-call.ts';
import type { ChatModel } from '../../src/models/chat-model.ts';
import { CallLimiter } from '../../src/models/limits/limiter.ts';
import { createOpenAICompatible } from '../../src/models/openai/openai-compatible.ts';
import { createRecordedModel } from '../../src/models/recordings/recorded.ts';
import { createModelRouter } from '../../src/models/router.ts';
import { openDesk } from '../../src/run/calls/open-desk.ts';
import { describeChatModel, type Subject } from './conformance.ts';
import { answers, delta, type Handler, startFaultServer } from './fault-server.ts';
import { ask, createScriptedModel, failed, type ScriptedModel } from './scripted-model.ts';

function simulated(
  wrap: (model: ScriptedModel, clock: VirtualClock) => ChatModel,
  changes: Partial<Subject> = {},
): () => Subject {
  return () => {
    const clock = new VirtualClock();
    return {
      model: wrap(createScriptedModel({ clock, latencyMs: 100 }), clock),
      request: ask('what is the capital of France?'),
      clock,
      run: (main) => clock.run(main),
      deterministic: true,
      slow: { request: ask('slow'), abortAfterMs: 60 },
      ...changes,
    };
  };
}

const server: Handler = (request, response) => {
  const text = JSON.stringify(request.body.messages);
  if (request.body.model === 'unknown') return answers.error(404, 'no such model')(request, response);
  if (text.includes('slow')) return answers.hang(delta({ content: 'begun ' }))(request, response);
  return answers.ok(`an answer with seed ${request.body.seed}`)(request, response);
};

function overHttp(handler: Handler): () => Promise<Subject> {
  return async () => {
    const endpoint = await startFaultServer(handler);
    const clock = createRealClock();
    return {
      model: createOpenAICompatible({ baseUrl: endpoint.baseUrl, apiKey: 'test-key', clock }),
      request: ask('hello', { model: 'openai/any' }),
      clock,
      run: (main) => main(),
      deterministic: true,
      slow: { request: ask('slow', { model: 'openai/any' }), abortAfterMs: 30 },
      unknownModel: ask('hello', { model: 'openai/unknown' }),
      close: endpoint.close,
    };
  };
}

describeChatModel(
  'scripted fake',
  simulated((model) => model),
);
describeChatModel('openai-compatible, streaming', overHttp(server));
describeChatModel(
  'openai-compatible, server that cannot stream',
  overHttp((request, response) =>
    request.body.stream === true
      ? answers.error(400, 'streaming is not supported')(request, response)
      : server(request, response),
  ),
);
describeChatModel(
  'limited',
  simulated((model) => new CallLimiter({ concurrency: 2 }).wrap(model)),
);
const deskOf = (model: ChatModel, clock: VirtualClock): ChatModel =>
  openDesk({
    ...{ model, clock, rng: createRng(1), signal: new AbortController().signal },
    sharedAnswers: createMemoryCallStore(),
  });
describeChatModel('call desk', simulated(deskOf));
describeChatModel(
  'call desk, every other call failing half-way',
  simulated((model, clock) => {
    let calls = 0;
    const flaky: ChatModel = {
      revision: (name) => model.revision(name),
      complete: async (request, options) =>
        calls++ % 2 === 0 && options?.signal?.aborted !== true && request.messages[0]?.content !== 'slow'
          ? failed({ serviceMs: 1 })
          : model.complete(request, options),
    };
    return deskOf(flaky, clock);
  }),
);
describeChatModel(
  'routed',
  simulated((model) => createModelRouter(new Map([['test', model]])), {
    unknownModel: ask('hello', { model: 'nowhere/model' }),
  }),
);
describeChatModel(
  'call desk over routed',
  simulated((model, clock) => deskOf(createModelRouter(new Map([['test', model]])), clock), {
    unknownModel: ask('hello', { model: 'nowhere/model' }),
  }),
);
describeChatModel('recorded', () => {
  const clock = new VirtualClock();
  const line = (text: string, serviceMs: number): string =>
    JSON.stringify({
      request: { model: 'test/model', messages: [{ role: 'user', content: text }] },
      response: { text: `recorded answer to ${text}`, serviceMs, firstTokenMs: 1 },
    });
  return {
    model: unwrap(createRecordedModel(`${line('hello', 40)}\n${line('slow', 100)}\n`, 'test', { clock })),
    request: ask('hello', { model: 'recorded/test/model' }),
    clock,
    run: (main) => clock.run(main),
    deterministic: true,
    slow: { request: ask('slow', { model: 'recorded/test/model' }), abortAfterMs: 50 },
    unknownModel: ask('hello', { model: 'recorded/other/model' }),
  };
});
