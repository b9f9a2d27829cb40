import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import { createRng } from '../../src/core/rng.ts';
import { createOpenAICompatible } from '../../src/models/openai/openai-compatible.ts';
import { hashOfKey, makeKey } from '../../src/serve/keys.ts';
import { ServeStore } from '../../src/serve/store.ts';
import { hastened } from '../../src/sim/server.ts';
import {
  answers,
  completion,
  delta,
  type FaultServer,
  type Handler,
  startFaultServer,
} from '../models/fault-server.ts';
import { oddAnswers, ownOutcomes, passingFaults } from '../models/http-faults.ts';
import { agent, configOf } from '../support/moa.ts';
import {
  asked,
  memberOf,
  type ServeUnderTest,
  sourceOf,
  startServe,
  twoMembers,
  until,
  WaitingModel,
} from '../support/serve.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sampled, thorough } from '../support/thorough.ts';

const real = (name: string) => agent(name, { model: `openai/${name}` });
const chain = configOf(
  { kind: 'propose', agents: [real('left'), real('right')] },
  { kind: 'fuse', agent: real('fuser') },
);
const question = { model: 'best', messages: asked('?') };
const secret = makeKey();

interface Behind {
  readonly upstream: FaultServer;
  readonly server: ServeUnderTest;
}

/** A chain of three agents whose models are behind HTTP; `treat` sees each call with its model's name. */
async function behind<Value>(
  treat: (model: string) => Handler,
  changes: Parameters<typeof startServe>[1],
  work: (behind: Behind) => Promise<Value>,
  config = chain,
): Promise<Value> {
  const upstream = await startFaultServer((request, response) =>
    treat(String(request.body.model))(request, response),
  );
  const { clock = createRealClock() } = changes ?? {};
  const price = { inputPerMillion: 1, outputPerMillion: 10 };
  const endpoint = { baseUrl: upstream.baseUrl, apiKey: 'sk-planted' };
  const model = createOpenAICompatible({ ...endpoint, clock, price: () => price });
  const member = memberOf(config, sourceOf(model));
  const server = await startServe({ members: [member], points: { best: member.id } }, changes);
  try {
    const value = await work({ upstream, server });
    expect(server.bugs).toEqual([]);
    return value;
  } finally {
    await server.end();
    await upstream.close();
  }
}

/** What a client had in the end: the answer's text, or the code of an error in OpenAI's shape. */
async function cameOf(response: Response, stream: boolean): Promise<{ text: string } | { code: string }> {
  const body = await response.text();
  if (!response.ok || !stream) return whole(response.status, JSON.parse(body));
  const events = body.split('\n\n').filter((event) => event.startsWith('data: '));
  const last = events.at(-1)?.slice('data: '.length) ?? '';
  if (last !== '[DONE]') return whole(500, JSON.parse(last));
  const pieces = events.slice(0, -1).map((event) => JSON.parse(event.slice('data: '.length)));
  expect(pieces.at(-1).choices[0].finish_reason).toMatch(/^(?:stop|length)$/);
  return { text: pieces.map(({ choices }) => choices[0].delta.content ?? '').join('') };
}

function whole(status: number, body: Record<string, unknown>): { text: string } | { code: string } {
  if (status === 200) {
    expect(body).toMatchObject({
      object: 'chat.completion',
      choices: [{ finish_reason: expect.stringMatching(/^(?:stop|length)$/) }],
    });
    return {
      text: (body as { choices: { message: { content: string } }[] }).choices[0]?.message.content ?? '',
    };
  }
  const error = { message: expect.stringMatching(/./), type: expect.any(String), code: expect.any(String) };
  expect(body).toMatchObject({ error });
  return { code: (body.error as { code: string }).code };
}

const kinds: Readonly<Record<string, (text: string) => Handler>> = {
  ...passingFaults,
  ...oddAnswers,
  ...ownOutcomes,
};
/** At once with the short deadline, or after it: which of them is the machine's doing. */
const codes = [
  ...['deadline', 'upstream_error', 'upstream_rate_limited'],
  ...['broken_stream', 'content_filter', 'no_answer'],
];

describe('an upstream that fails', () => {
  it.skipIf(!thorough)('leaves an answer or an error where every call fails', async () => {
    const playing = sampled(Object.entries(kinds), 12).map(([kind, fault]) =>
      behind(
        () => fault('the words'),
        { deadline: 0.5 },
        async ({ server }) => {
          for (const stream of [false, true]) {
            const came = await cameOf(await server.post({ ...question, stream }), stream);
            if ('text' in came) expect(came.text, kind).toMatch(/^(?:the|t$|yes)/);
            else expect(codes, kind).toContain(came.code);
          }
          await until(() => server.load().inFlight === 0);
          const open = [...server.store.history()].map(({ request }) => request.open);
          expect(open, kind).toEqual([false, false]);
        },
      ),
    );
    await Promise.all(playing);
  });

  it.skipIf(!thorough)('costs one of three agents its part at most', async () => {
    // A call that hangs is ended by the deadline alone: see ends.test.ts.
    const passing = Object.entries(passingFaults).filter(([kind]) => !kind.startsWith('hang'));
    const playing = passing.map(([kind, fault]) =>
      behind(
        (model) => (model === 'left' ? fault('the words') : answers.ok(`of ${model}`)),
        { clock: hastened(createRealClock(), 20), deadline: 10_000 },
        async ({ server }) => {
          for (const stream of [false, true]) {
            const response = await server.post({ ...question, stream });
            expect(await cameOf(response, stream), kind).toEqual({ text: 'of fuser' });
          }
        },
      ),
    );
    await Promise.all(playing);
  });
});

describe("a request's own limit of tokens", () => {
  const usage = (completion_tokens: number) => ({ prompt_tokens: 30, completion_tokens });
  /** A model that thinks, and is cut off before it writes, where its limit is below 50 tokens. */
  const thinking: Handler = (request, response) => {
    const { max_tokens: told, max_completion_tokens: most = told ?? 100, stream } = request.body as Limits;
    const isCut = most < 50;
    const message = { content: isCut ? '' : 'It is 4.', reasoning: 'Let me think' };
    const finish = isCut ? 'length' : 'stop';
    const more = { usage: usage(isCut ? most : 20), choices: [{ index: 0, message, finish_reason: finish }] };
    if (stream !== true) return answers.json(200, completion(message, more))(request, response);
    const choices = [{ index: 0, delta: message, finish_reason: finish }];
    answers.stream({ object: 'chat.completion.chunk', choices, usage: more.usage })(request, response);
  };
  const voted = configOf({ kind: 'propose', agents: [real('left'), real('right')] }, { kind: 'vote' });
  interface Limits {
    readonly max_tokens?: number;
    readonly max_completion_tokens?: number;
    readonly stream?: boolean;
  }

  it.each([false, true])(
    'that leaves no room for an answer cuts it off, and is no failure (stream: %s)',
    async (stream) => {
      await behind(
        () => thinking,
        {},
        async ({ server }) => {
          const text = await (await server.post({ ...question, max_tokens: 5, stream })).text();
          expect(text).toContain('"finish_reason":"length"');
          expect(text).not.toContain('"error"');
          expect(await cameOf(await server.post({ ...question, max_tokens: 80, stream }), stream)).toEqual({
            text: 'It is 4.',
          });
          expect(await cameOf(await server.post({ ...question, max_tokens: 5, stream }), stream)).toEqual({
            text: '',
          });
        },
        voted,
      );
    },
  );

  it('does not hide that models wrote nothing of themselves', async () => {
    const silent: Handler = (request, response) =>
      answers.json(200, completion({ content: '' }, { usage: usage(2) }))(request, response);
    await behind(
      () => silent,
      {},
      async ({ server }) => {
        const response = await server.post({ ...question, max_tokens: 5 });
        expect(await cameOf(response, false)).toEqual({ code: 'no_answer' });
      },
      voted,
    );
  });
});

describe('a client that goes away', () => {
  const headers = { authorization: `Bearer ${secret}` };
  const keys = () => [{ name: 'website', sha256: hashOfKey(secret), usdDay: 5 }];
  /** Asks until `leave`; resolves to whether it was left without a whole answer. */
  const asking = ({ server }: Behind, stream: boolean) => {
    const leaving = new AbortController();
    const body = JSON.stringify({ ...question, stream });
    const { signal } = leaving;
    const left = fetch(`${server.url}/chat/completions`, { method: 'POST', body, headers, signal })
      .then((response) => response.text())
      .then(
        () => false,
        () => true,
      );
    return { leave: () => leaving.abort(), left };
  };

  it.each([false, true])(
    'has its calls ended at the provider, and pays once (stream: %s)',
    async (stream) => {
      let open = 0;
      const watched: Handler = (request, response) => {
        open++;
        response.on('close', () => open--);
        answers.hang(delta({ content: 'be' }))(request, response);
      };
      await behind(
        () => watched,
        { keys },
        async (played) => {
          const { server, upstream } = played;
          const { leave, left } = asking(played, stream);
          await until(() => upstream.requests.length === 2);
          leave();
          expect(await left).toBe(true);
          await until(() => open === 0 && server.load().inFlight === 0);
          const [{ request } = { request: undefined }, ...others] = server.store.history();
          expect(request).toMatchObject({ open: false, calls: 2 });
          expect(others).toEqual([]);
          const spent = server.store.spentOn('2026-04-01').get('website') ?? 0;
          expect(spent).toBe(request?.usd);
          expect(spent).toBeGreaterThan(0);
          expect(upstream.requests).toHaveLength(2);
        },
      );
    },
  );

  it('begins nothing where it still waited for a place, and tries nothing again', async () => {
    const slow = answers.error(500, 'worker died', {}, { 'retry-after': '15' });
    await behind(
      () => slow,
      { keys, maxInFlight: 1 },
      async (played) => {
        const { server, upstream } = played;
        const first = asking(played, false);
        await until(() => upstream.requests.length === 2);
        const second = asking(played, false);
        await until(() => server.load().queued === 1);
        second.leave();
        expect(await second.left).toBe(true);
        // Whoever left takes no place among those that wait.
        await until(() => server.load().queued === 0);
        expect(server.load().inFlight).toBe(1);
        first.leave();
        expect(await first.left).toBe(true);
        await until(() => server.load().inFlight + server.load().queued === 0);
        expect(upstream.requests).toHaveLength(2);
        expect([...server.store.history()]).toMatchObject([{ request: { open: false, usd: 0 } }]);
      },
    );
  });
});

describe('a state that cannot be written', () => {
  const day = '2026-04-01';
  const refused = (file: string) =>
    expect.objectContaining({
      message: expect.stringContaining(`${file}: cannot write what the server remembers (`),
    });
  const ready = async ({ url }: ServeUnderTest) => {
    const response = await fetch(url.replace('/v1', '/readyz'));
    return [response.status, await response.text()];
  };
  const unready = [503, 'cannot write what the server remembers (its log tells why)'];

  it('gives an answer that is paid for, and refuses requests under a limit before they cost anything', async () => {
    const file = join(temporaryFolder('state'), 'serve.sqlite');
    const store = new ServeStore(file, 0);
    const model = new WaitingModel();
    const server = await startServe(twoMembers(model), { store, maxUsdDay: 1 });
    const ask = (more = {}) => server.post({ model: 'cheapest', messages: asked('?'), ...more });
    const [answered] = await Promise.all([
      ask(),
      until(() => model.waiting.length === 1).then(() => {
        store.database.exec('PRAGMA query_only = ON');
        model.waiting[0]?.('the words');
      }),
    ]);
    expect(await cameOf(answered, false)).toEqual({ text: 'the words' });
    for (const stream of [false, true]) {
      const late = await ask({ stream });
      expect(late.status).toBe(503);
      expect(late.headers.get('retry-after')).toBe('10');
      expect(await cameOf(late, stream)).toEqual({ code: 'state_unavailable' });
    }
    const body = JSON.stringify({ decision: answered.headers.get('x-mixtune-decision'), value: 1 });
    expect((await fetch(`${server.url}/feedback`, { method: 'POST', body })).status).toBe(503);
    expect(model.seen).toBe(1);
    // Told once, and once when it is mended.
    expect(server.bugs).toEqual([refused(file)]);
    expect(server.notices).toEqual([]);
    store.database.exec('PRAGMA query_only = OFF');
    // What the answer took is not known to the state: its worst case is.
    expect([...store.history()].map(({ request }) => request.open)).toEqual([true]);
    expect(store.spentOn(day).get('')).toBeGreaterThan(0.001);
    expect((await fetch(`${server.url}/feedback`, { method: 'POST', body })).status).toBe(202);
    expect(server.notices).toEqual(['what the server remembers is written again']);
    await server.end();
    store.close();
  });

  it('is no hindrance to requests without a limit, which are written down where it is mended by then', async () => {
    const store = new ServeStore(join(temporaryFolder('state'), 'serve.sqlite'), 0);
    const model = new WaitingModel();
    const adapt = { explore: 0.05, rng: createRng(1) };
    let limit: { usdDay?: number } = {};
    const keys = () => [{ name: 'website', sha256: hashOfKey(secret), ...limit }];
    const server = await startServe(twoMembers(model), { store, adapt, keys });
    const ask = async (mended: boolean) => {
      const seen = model.waiting.length;
      const asking = server.post(
        { model: 'cheapest', messages: asked('?') },
        { authorization: `Bearer ${secret}` },
      );
      await until(() => model.waiting.length === seen + 1);
      if (mended) store.database.exec('PRAGMA query_only = OFF');
      model.waiting[seen]?.('the words');
      return (await asking).status;
    };
    store.database.exec('PRAGMA query_only = ON');
    expect([await ask(false), await ask(false), await ask(true)]).toEqual([200, 200, 200]);
    expect(server.bugs).toHaveLength(1);
    expect([...store.history()]).toMatchObject([
      { request: { open: false, outcome: 'answered', usd: 0.001 } },
    ]);
    // A limit that comes later counts all three.
    limit = { usdDay: 0.0441 };
    const refusedNow = await server.post(
      { ...question, model: 'cheapest' },
      { authorization: `Bearer ${secret}` },
    );
    expect(await cameOf(refusedNow, false)).toEqual({ code: 'insufficient_quota' });
    await server.end();
    store.close();
  });

  it('is told by /readyz, looked at once a second, and so is one that was removed', async () => {
    const folder = temporaryFolder('state');
    const file = join(folder, 'serve.sqlite');
    const store = new ServeStore(file, 0);
    let now = 0;
    const clock = { ...createRealClock(), now: () => now };
    const server = await startServe(twoMembers(new WaitingModel()), { store, clock, maxUsdDay: 1 });
    const later = (ms: number) => {
      now += ms;
      return ready(server);
    };
    expect(await later(0)).toEqual([200, 'ready']);
    expect([...store.history()]).toEqual([]);
    store.database.exec('PRAGMA query_only = ON');
    expect(await later(999)).toEqual([200, 'ready']);
    expect(await later(1)).toEqual(unready);
    expect(await later(1_000)).toEqual(unready);
    expect(server.bugs).toEqual([refused(file)]);
    store.database.exec('PRAGMA query_only = OFF');
    expect(await later(1_000)).toEqual([200, 'ready']);
    await rm(folder, { recursive: true });
    expect(await later(1_000)).toEqual(unready);
    expect(await cameOf(await server.post(question), false)).toEqual({ code: 'state_unavailable' });
    expect(server.bugs).toEqual([
      refused(file),
      expect.objectContaining({
        message: expect.stringContaining('(it was moved or removed: restart the server)'),
      }),
    ]);
    await server.end();
    store.close();
  });
});
