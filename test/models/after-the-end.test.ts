import { afterEach, describe, expect, it } from 'vitest';
import { createOpenAICompatible } from '../../src/models/openai/openai-compatible.ts';
import { answered } from './conformance.ts';
import {
  answers,
  delta,
  type FaultServer,
  finish,
  type Handler,
  startFaultServer,
  usage,
  usageChunk,
} from './fault-server.ts';
import { ManualClock } from './manual-clock.ts';
import { ask } from './scripted-model.ts';

let server: FaultServer | undefined;
afterEach(() => server?.close());

/** A piece of an answer that is said to be the last. */
const last = (content: string) => ({ choices: [{ index: 0, delta: { content }, finish_reason: 'stop' }] });

/** Asks a server; the clock moves on when the first piece has been taken. */
async function reply(handler: Handler, ...steps: readonly number[]) {
  server = await startFaultServer(handler);
  const clock = new ManualClock();
  const model = createOpenAICompatible({ baseUrl: server.baseUrl, clock });
  let isFirst = true;
  return model.complete(ask('say hello', { model: 'openai/m' }), {
    onDelta: () => {
      if (!isFirst) return;
      isFirst = false;
      const [now = 0, ...later] = steps;
      clock.advance(now);
      setImmediate(() => {
        for (const ms of later) clock.advance(ms);
      });
    },
  });
}

describe('what follows the end of an answer', () => {
  it.each([
    ['is waited for, but not for as long as a call may take', [1_000, 10_000], 1_000],
    ['is not waited for beyond the time of the call', [299_999, 1], 299_999],
  ])('%s: the answer is whole', async (_what, steps, serviceMs) => {
    const response = answered(await reply(answers.hang(last('hello')), ...steps));
    expect(response).toMatchObject({ text: 'hello', finishReason: 'stop', serviceMs });
    expect(response.usage).toEqual({ inputTokens: 8, outputTokens: 1, estimated: true });
  });

  it('counts where it comes: the tokens that the server tells', async () => {
    const outcome = await reply(answers.hang(last('hello'), usageChunk), 1_000, 10_000);
    expect(outcome).toMatchObject({ kind: 'answered', response: { usage: { inputTokens: 11 } } });
  });

  it('may be a connection that breaks', async () => {
    const outcome = await reply(answers.cutStream(delta({ content: 'hello' }), finish('stop')));
    expect(outcome).toMatchObject({ kind: 'answered', response: { text: 'hello', finishReason: 'stop' } });
  });

  it('takes an answer away where it is an error, or says that the answer was no good', async () => {
    const error = { error: { message: 'overloaded', code: 502 } };
    expect(await reply(answers.stream(last('hello'), error))).toMatchObject({
      kind: 'failed',
      failure: { code: 'server-error' },
    });
    await server?.close();
    expect(
      await reply(answers.cutStream(delta({ content: 'hello' }), finish('content_filter'))),
    ).toMatchObject({
      kind: 'failed',
      failure: { code: 'content-filter' },
    });
  });

  it('may be more of the answer, of a server that says so with each piece: its word is none', async () => {
    const cut = await reply(answers.cutStream(last('hel'), last('lo')));
    expect(cut).toMatchObject({ kind: 'failed', failure: { code: 'connection' } });
    await server?.close();
    const whole = await reply(answers.stream(last('hel'), last('lo'), usageChunk));
    expect(whole).toMatchObject({ kind: 'answered', response: { text: 'hello' } });
  });

  describe('is the usage, of a server that says with each piece that it is the last, and then nothing', () => {
    /** In one packet, so that all is read before the clock moves on. */
    const atOnce =
      (...chunks: readonly unknown[]): Handler =>
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(''));
      };

    it('the answer is whole', async () => {
      const outcome = await reply(atOnce(last('hel'), last('lo'), usageChunk), 1_000, ...[10_000, 289_000]);
      expect(outcome).toMatchObject({
        kind: 'answered',
        response: { text: 'hello', serviceMs: 1_000, usage: { inputTokens: 11 } },
      });
    });

    it.each([
      ['without usage', [last('hel'), last('lo')]],
      ['with usage in each piece', [last('hel'), last('lo')].map((piece) => ({ ...piece, usage }))],
      ['with more of the answer after it', [last('hel'), last('l'), usageChunk, last('o')]],
    ])('%s it is not known to be', async (_what, chunks) => {
      const outcome = await reply(atOnce(...chunks), 1_000, 10_000, 289_000);
      expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'timeout' } });
    });
  });
});
