import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Clock, createRealClock } from '../../src/core/clock.ts';
import { createRng } from '../../src/core/rng.ts';
import type { ChatModel } from '../../src/models/chat-model.ts';
import { holdFront } from '../../src/serve/held-front.ts';
import { fastClock } from '../support/fast-clock.ts';
import { ScriptedModel } from '../support/scripted-model.ts';
import {
  asked,
  collect,
  errorOf,
  fused,
  memberOf,
  single,
  sourceOf,
  startServe,
  twoMembers,
  until,
  WaitingModel,
} from '../support/serve.ts';
import { thorough } from '../support/thorough.ts';

const question = { model: 'best', messages: asked('?') };

/** Answers at once, but for the named model, which answers when it is let go. */
class SlowAt extends WaitingModel {
  readonly #slow: string;
  readonly #others = new ScriptedModel((request) => `from ${request.model}`);

  constructor(slow: string) {
    super();
    this.#slow = slow;
  }

  override complete(...call: Parameters<ChatModel['complete']>): ReturnType<ChatModel['complete']> {
    return call[0].model === this.#slow ? super.complete(...call) : this.#others.complete(...call);
  }
}

describe('a client that goes away', () => {
  it.skipIf(!thorough)('within its request is no bug of the server', async () => {
    const server = await startServe(twoMembers(new ScriptedModel(() => 'x')));
    for (const path of ['chat/completions', 'feedback']) {
      const client = connect(server.port, '127.0.0.1');
      client.write(`POST /v1/${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"model"`);
      await until(() => client.bytesWritten > 0);
      await server.post(question);
      client.destroy();
    }
    const metrics = async () => (await fetch(server.url.replace('/v1', '/metrics'))).text();
    while (!/rejected\S*client_gone\S* 2/.test(await metrics())) expect(server.bugs).toEqual([]);
    expect(server.bugs).toEqual([]);
    await server.end();
  });
});

describe('a deadline', () => {
  const body = { ...question, mixtune: { deadline_s: 0.3 } };
  it('has the best candidate so far for an answer', async () => {
    const model = new SlowAt('sim/fuser');
    const server = await startServe(twoMembers(model));
    const response = await server.post(body);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      choices: [{ message: { content: 'from sim/left' }, finish_reason: 'stop' }],
      mixtune: {
        deadline: true,
        degraded: [{ code: 'agent-dropped' }, { code: 'fuse-failed' }, { code: 'several-left' }],
      },
    });
    expect(model.aborted).toBe(1);
    await server.end();
  });

  it('cuts a stream off where it stands', async () => {
    const server = await startServe(twoMembers(new SlowAt('sim/fuser')));
    const stream = await server.client.chat.completions.create({ ...body, stream: true } as never);
    expect(await collect(stream as never)).toMatchObject({ text: 'be', finish: 'length' });
    await server.end();
  });

  it('without any candidate is an error', async () => {
    const server = await startServe(twoMembers(new WaitingModel()), { deadline: 0.2 });
    expect(await errorOf(server.client.chat.completions.create(question))).toMatchObject({
      status: 504,
      code: 'deadline',
    });
    await server.end();
  });
});

describe('a client that goes away', () => {
  it.each([false, true])('ends all calls of its request (stream: %s)', async (stream) => {
    const model = new WaitingModel();
    const server = await startServe(twoMembers(model));
    const leaving = new AbortController();
    const asking = server.client.chat.completions.create({ ...question, stream }, { signal: leaving.signal });
    asking.catch(() => undefined);
    await until(() => model.seen === 2);
    leaving.abort();
    await until(() => model.aborted === 2 && server.load().inFlight === 0);
    expect(server.bugs).toEqual([]);
    await server.end();
  });

  it('does so in the middle of a stream', async () => {
    const model = new SlowAt('sim/fuser');
    const server = await startServe(twoMembers(model));
    const stream = await server.client.chat.completions.create({ ...question, stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content === 'be') break;
    stream.controller.abort();
    await until(() => model.aborted === 1 && server.load().inFlight === 0);
    await server.end();
  });
});

describe('the end of a server', () => {
  const reading = (server: { url: string }) => fetch(server.url.replace('/v1', '/readyz'));

  it('takes no new work, and lets streams come to their end', async () => {
    const model = new SlowAt('sim/fuser');
    const server = await startServe(twoMembers(model));
    const streams = await Promise.all(
      Array.from({ length: 20 }, () => server.client.chat.completions.create({ ...question, stream: true })),
    );
    const collected = streams.map((stream) => collect(stream));
    await until(() => model.waiting.length === 20);
    const drained = server.drain({ delay: 0, patience: 60 });
    await until(() => server.load().queued === 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const refused = await Promise.all([reading(server), server.post(question)]);
    expect(refused.map(({ status }) => status)).toEqual([503, 503]);
    expect(await refused[1]?.json()).toMatchObject({ error: { code: 'draining' } });
    for (const go of model.waiting) go('best of all');
    for (const { text, finish } of await Promise.all(collected))
      expect({ text, finish }).toEqual({ text: 'best of all', finish: 'stop' });
    await drained;
    await expect(reading(server)).rejects.toThrow();
    server.store.close();
  });

  it('still takes work for a while, for those who have not noticed', async () => {
    const real = createRealClock();
    const delay = 1_000;
    let pass = (): void => undefined;
    const passed = new Promise<void>((resolve) => {
      pass = resolve;
    });
    const sleep: Clock['sleep'] = (ms, signal) => (ms === delay * 1000 ? passed : real.sleep(ms, signal));
    const front = twoMembers(new ScriptedModel(() => 'x'));
    const server = await startServe(front, { clock: { ...real, sleep } });
    const drained = server.drain({ delay, patience: 1 });
    expect((await reading(server)).status).toBe(503);
    expect((await server.post(question)).status).toBe(200);
    pass();
    await drained;
    server.store.close();
  });

  it('tells streams that it cannot wait for', async () => {
    const model = new SlowAt('sim/fuser');
    const server = await startServe(twoMembers(model));
    const stream = await server.client.chat.completions.create({ ...question, stream: true });
    const asking = errorOf(server.client.chat.completions.create(question));
    await until(() => model.waiting.length === 2);
    const told = errorOf(collect(stream));
    await server.drain({ delay: 0, patience: 0.05 });
    expect(await told).toMatchObject({ code: 'draining' });
    expect(await asking).toMatchObject({ status: 503, code: 'draining' });
    expect(model.aborted).toBe(2);
    server.store.close();
  });
});

describe('a front that changes', () => {
  it('is let go of when its last request has ended, and new ones take the other', async () => {
    const earlier = new WaitingModel();
    let closed = 0;
    const close = async () => void closed++;
    let held = holdFront(twoMembers(earlier), close);
    const server = await startServe(held.front, { front: () => held.front });
    const body = { ...question, model: 'cheapest' };
    const asking = [server.post(body), server.post({ ...body, stream: true })];
    await until(() => earlier.seen === 2);
    const retired = held.retire();
    held = holdFront(twoMembers(new ScriptedModel(() => 'of the new one')), close);
    const answered = await server.client.chat.completions.create(body);
    expect(answered.choices[0]?.message.content).toBe('of the new one');
    earlier.waiting[0]?.('best');
    await Promise.race(asking);
    expect(closed).toBe(0);
    earlier.waiting[1]?.('best');
    await Promise.all((await Promise.all(asking)).map((response) => response.text()));
    await retired;
    expect(closed).toBe(1);
    await held.retire();
    expect(closed).toBe(2);
    await server.end();
  });
});

describe('Idempotency-Key', () => {
  const headers = { 'idempotency-key': 'one' };
  const say = async (response: Response) =>
    ((await response.json()) as { choices: { message: { content: string } }[] }).choices[0]?.message.content;

  it('joins a request under way, and has its answer again', async () => {
    let answers = 0;
    const model = new ScriptedModel(() => `answer ${answers++}`, { clock: createRealClock() });
    const server = await startServe(twoMembers(model));
    const body = { ...question, model: 'cheapest' };
    const both = await Promise.all([server.post(body, headers), server.post(body, headers)]);
    expect(await Promise.all(both.map(say))).toEqual(['answer 0', 'answer 0']);
    const again = await server.post(body, headers);
    expect(again.headers.get('x-request-id')).toBe(both[0]?.headers.get('x-request-id'));
    expect(await say(again)).toBe('answer 0');
    expect(await say(await server.post(body))).toBe('answer 1');
    const conflict = await server.post({ ...body, seed: 1 }, headers);
    expect([conflict.status, await conflict.json()]).toMatchObject([
      409,
      { error: { code: 'idempotency_conflict' } },
    ]);
    expect((await server.post(body, { 'idempotency-key': 'x'.repeat(300) })).status).toBe(400);
    await server.end();
  });

  it('streams the answer again', async () => {
    const server = await startServe(twoMembers(new ScriptedModel(() => 'the answer')));
    for (let time = 0; time < 2; time++) {
      const stream = await server.client.chat.completions.create({ ...question, stream: true }, { headers });
      expect(await collect(stream)).toMatchObject({ text: 'the answer', finish: 'stop' });
    }
    expect([...server.store.history()]).toHaveLength(1);
    await server.end();
  });

  it('keeps a request alive while one of its askers waits', async () => {
    const model = new WaitingModel();
    // The second's head waits seconds for a first sign of an answer.
    const server = await startServe(twoMembers(model), { clock: fastClock(100), deadline: 1e6 });
    const body = { ...question, model: 'cheapest', stream: true as const };
    const leaving = new AbortController();
    // A stream is begun once its request is known.
    await server.client.chat.completions.create(body, { signal: leaving.signal, headers });
    await until(() => model.seen === 1);
    const second = await server.client.chat.completions.create(body, { headers });
    leaving.abort();
    // Whoever asks later is answered later.
    await fetch(server.url.replace('/v1', '/metrics'));
    for (const go of model.waiting) go('best of all');
    expect(await collect(second)).toMatchObject({ text: 'best of all', finish: 'stop' });
    expect(model).toMatchObject({ seen: 1, aborted: 0 });
    await server.end();
  });
});

describe('feedback', () => {
  it('is taken once of each source, by whoever asked', async () => {
    const server = await startServe(twoMembers(new ScriptedModel(() => 'x')));
    const { mixtune } = (await (await server.post(question)).json()) as { mixtune: { decision: string } };
    const send = async (body: object) => {
      const response = await fetch(`${server.url}/feedback`, { method: 'POST', body: JSON.stringify(body) });
      return [response.status, await response.json()];
    };
    const { decision } = mixtune;
    expect(await send({ decision, value: 1 })).toEqual([202, { decision, counted: true }]);
    expect(await send({ decision, value: 0 })).toEqual([202, { decision, counted: false }]);
    expect(await send({ decision, value: 0.5, source: 'grader' })).toEqual([
      202,
      { decision, counted: true },
    ]);
    expect(await send({ decision: 'none', value: 1 })).toMatchObject([
      404,
      { error: { code: 'decision_not_found' } },
    ]);
    expect(await send({ decision, value: 2 })).toMatchObject([400, { error: { param: 'value' } }]);
    const shown = await (await fetch(`${server.url}/decisions/${decision}`)).json();
    expect(shown).toMatchObject({
      ...{
        id: decision,
        model: 'best',
        run: 'test-run',
        why: 'the best',
        outcome: 'answered',
        bounds: {},
      },
      spent: { usd: 0.003, calls: 3 },
      feedback: [
        { source: 'grader', value: 0.5 },
        { source: 'user', value: 1 },
      ],
    });
    await server.end();
  });
});

it("a decision tells of the server's own bounds where they held, and of the request's where those did", async () => {
  const model = new ScriptedModel(() => 'x');
  const server = await startServe({ ...twoMembers(model), bounds: { maxLatency: 2 } });
  const held = async (name: string) => {
    const response = await server.post({ model: name, messages: asked('?') });
    const { mixtune } = (await response.json()) as { mixtune: { decision: string } };
    const shown = await fetch(`${server.url}/decisions/${mixtune.decision}`);
    return ((await shown.json()) as { bounds: object }).bounds;
  };
  expect(await held('front')).toEqual({ max_latency_s: 2 });
  expect(await held('front;latency<=9s')).toEqual({ max_latency_s: 9 });
  expect(await held('best')).toEqual({});
  await server.end();
});

describe('an upstream that fails', () => {
  it('is tried again, and a broken stream is told where pieces of it had been sent', async () => {
    let tries = 0;
    const model: ChatModel = {
      revision: () => '1',
      complete: (request, options) => {
        const text = ['first words', 'other words'][tries] ?? '';
        if (tries++ === 0) {
          options?.onDelta?.(text);
          const failure = {
            cause: 'infrastructure',
            code: 'connection',
            message: 'cut',
            retryable: true,
            serviceMs: 1,
          } as const;
          return Promise.resolve({ kind: 'failed', failure });
        }
        return new ScriptedModel(() => text).complete(request, options);
      },
    };
    const server = await startServe({
      members: [memberOf(single, sourceOf(model))],
      points: {},
    });
    const [{ id } = { id: '' }] = (await server.client.models.list()).data;
    const stream = await server.client.chat.completions.create({
      model: id,
      messages: asked('?'),
      stream: true,
    });
    expect(await errorOf(collect(stream))).toMatchObject({ code: 'broken_stream' });
    tries = 0;
    const whole = await server.client.chat.completions.create({ model: id, messages: asked('?') });
    expect(whole.choices[0]?.message.content).toBe('other words');
    await server.end();
  });

  it('does not hold requests up while it is down', async () => {
    const model = new ScriptedModel((request) =>
      request.model === 'sim/left'
        ? { fails: 'infrastructure', code: 'server-error' }
        : `from ${request.model}`,
    );
    const member = memberOf(fused, sourceOf(model));
    const server = await startServe({ members: [member], points: { best: member.id } });
    for (let request = 0; request < 12; request++) expect((await server.post(question)).status).toBe(200);
    const asked = model.requests.filter((request) => request.model === 'sim/left').length;
    expect(asked).toBeLessThan(12);
    await server.end();
  });

  it.each([false, true])(
    'has another member answer for the front until it is back (adapting: %s)',
    async (adapts) => {
      let isBack = false;
      const model = new ScriptedModel((request) =>
        request.model === 'sim/fuser' && !isBack
          ? { fails: 'infrastructure', code: 'server-error' }
          : `from ${request.model}`,
      );
      const adapt = adapts ? { adapt: { explore: 0, rng: createRng(1) } } : {};
      let ahead = 0;
      const clock = { ...fastClock(100), now: () => performance.now() / 100 + ahead };
      const front = twoMembers(model);
      const [best, cheap] = front.members.map(({ id }) => id);
      const server = await startServe(front, { clock, ...adapt });
      const ask = async (name: string) => {
        const response = await server.post({ ...question, model: name });
        const { mixtune } = (await response.json()) as { mixtune?: { why: string } };
        return {
          status: response.status,
          config: response.headers.get('x-mixtune-config'),
          why: mixtune?.why,
        };
      };
      for (let request = 0; request < 5; request++) expect((await ask('best')).config).toBe(best);
      const avoided = `; not mixtune/${best}, since sim/fuser does not answer at present`;
      const why = expect.stringMatching(new RegExp(`${avoided}$`));
      for (let request = 0; request < 3; request++)
        expect(await ask('front')).toEqual({ status: 200, config: cheap, why });
      // Who names it gets it, as far as it goes.
      expect((await ask('best')).config).toBe(best);
      const metrics = await (await fetch(server.url.replace('/v1', '/metrics'))).text();
      expect(metrics).toContain(`mixtune_serve_avoided_total{config="${best}"} 3\n`);
      isBack = true;
      ahead = 60_000;
      const after = await ask('front');
      expect(after).toMatchObject({ status: 200, config: best });
      expect(after.why).not.toContain('not answer');
      await server.end();
    },
  );

  it('is avoided by nobody where no other member fits', async () => {
    const model = new ScriptedModel(({ model: name }) =>
      name === 'sim/left' ? { fails: 'infrastructure', code: 'server-error' } : `from ${name}`,
    );
    const server = await startServe(twoMembers(model));
    for (let request = 0; request < 6; request++) {
      const response = await server.post({ ...question, model: 'front;min-score=0.8' });
      expect(response.status).toBe(200);
      const { mixtune } = (await response.json()) as { mixtune: { why: string } };
      expect(mixtune.why).not.toContain('not answer');
    }
    await server.end();
  });
});
