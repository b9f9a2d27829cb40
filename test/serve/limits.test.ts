import { execFileSync } from 'node:child_process';
import { rm, stat, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import { dayLimitNotes } from '../../src/serve/day-limits.ts';
import { changeKeys, hashOfKey, type KeyEntry, makeKey, readKeys } from '../../src/serve/keys.ts';
import { ServeStore } from '../../src/serve/store.ts';
import { ScriptedModel } from '../support/scripted-model.ts';
import {
  asked,
  errorOf,
  memberOf,
  single,
  sourceOf,
  startServe,
  twoMembers,
  until,
  WaitingModel,
} from '../support/serve.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

const secret = makeKey();
const other = makeKey();
const entry = (changes: Partial<KeyEntry> = {}): KeyEntry => ({
  name: 'website',
  sha256: hashOfKey(secret),
  ...changes,
});
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const question = { model: 'best', messages: asked('?') };
/** Says that it used as much as it was allowed to. */
const greedy = () =>
  new ScriptedModel(({ maxTokens = 0 }) => ({
    usage: { inputTokens: 100, outputTokens: maxTokens, estimated: false },
    usd: (100 + 10 * maxTokens) / 1e6,
  }));

describe('a server without keys', () => {
  it.each([
    ['no page', {}, 200],
    ['a page of this machine', { origin: 'http://localhost:3000' }, 200],
    ['a container of this machine', { host: 'host.docker.internal:8400' }, 200],
    ['an address', { host: '[::1]:8400', origin: 'http://[::1]' }, 200],
    ['a page of another site', { origin: 'https://evil.example' }, 403],
    ['a page of nowhere', { origin: 'null' }, 403],
    ['a page whose name was made to point here', { host: 'evil.example:8400' }, 403],
    ['a page whose name looks like ours', { origin: 'http://127.0.0.1.evil.example' }, 403],
    ['a name that ends like ours', { host: 'notlocalhost' }, 403],
    ['a name that is none', { host: 'a b' }, 400],
  ])('is asked by %s', async (_, headers, status) => {
    const model = new ScriptedModel(() => 'x');
    const server = await startServe(twoMembers(model));
    // As browsers send what a page may send anywhere without asking: `fetch` sets no Host.
    const answered = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(`${server.url}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'text/plain', ...headers },
      });
      sent.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
      sent.end(JSON.stringify(question));
    });
    expect([answered, model.requests.length > 0]).toEqual([status, status === 200]);
    await server.end();
  });

  it('has a key to let a page in', async () => {
    const keys = () => [entry()];
    const server = await startServe(twoMembers(new ScriptedModel(() => 'x')), { keys });
    const page = { origin: 'https://shop.example' };
    expect((await server.post(question, { ...page, ...bearer(secret) })).status).toBe(200);
    expect((await server.post(question, page)).status).toBe(401);
    await server.end();
  });
});

describe.skipIf(process.platform === 'win32')('the state of a server', () => {
  it.each(['', '-wal', '-shm', '-journal', '.lock', '.lock-journal'])(
    'is no link (serve.sqlite%s), and leads nowhere',
    async (ending) => {
      const folder = temporaryFolder('state');
      const precious = join(folder, 'precious');
      await writeFile(precious, '');
      await symlink(precious, join(folder, `serve.sqlite${ending}`));
      expect(() => new ServeStore(join(folder, 'serve.sqlite'), 0)).toThrow(/found a symbolic link/);
      expect((await stat(precious)).size).toBe(0);
      await rm(folder, { recursive: true });
    },
  );
});

describe('keys', () => {
  it('let in who has one, to what it is for', async () => {
    const keys = [entry({ models: ['cheapest'] }), { name: 'all', sha256: hashOfKey(other) }];
    const server = await startServe(twoMembers(new ScriptedModel(() => 'x')), { keys: () => keys });
    expect(await errorOf(server.client.chat.completions.create(question))).toMatchObject({
      status: 401,
      code: 'invalid_api_key',
    });
    expect((await server.post(question)).status).toBe(401);
    expect((await server.post(question, bearer(other))).status).toBe(200);
    const refused = await server.post(question, bearer(secret));
    expect([refused.status, await refused.json()]).toMatchObject([
      403,
      { error: { code: 'model_not_allowed', type: 'permission_error' } },
    ]);
    expect((await server.post({ ...question, model: 'cheapest' }, bearer(secret))).status).toBe(200);
    const models = await fetch(`${server.url}/models`, { headers: bearer(secret) });
    expect(((await models.json()) as { data: { id: string }[] }).data.map(({ id }) => id)).toEqual([
      'cheapest',
    ]);
    expect((await fetch(`${server.url}/models`)).status).toBe(401);
    expect((await fetch(server.url.replace('/v1', '/metrics'))).status).toBe(401);
    expect((await fetch(server.url.replace('/v1', '/healthz'))).status).toBe(200);
    const said = JSON.stringify([server.bugs, server.notices, [...server.store.history()]]);
    expect(said).not.toContain(secret);
    await server.end();
  });

  it('have their own requests and tokens in a minute', async () => {
    const server = await startServe(twoMembers(new ScriptedModel(() => 'x')), {
      keys: () => [entry({ rpm: 2 }), { ...entry({ tpm: 1000 }), name: 'tokens', sha256: hashOfKey(other) }],
    });
    const statuses = [];
    for (let request = 0; request < 3; request++)
      statuses.push((await server.post(question, bearer(secret))).status);
    expect(statuses).toEqual([200, 200, 429]);
    const refused = await server.post(question, bearer(secret));
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(20);
    expect(await refused.json()).toMatchObject({
      error: { code: 'rate_limit_exceeded', type: 'rate_limit_error' },
    });
    // 900 tokens are expected of each; what it really takes (45) counts after it.
    const few = [];
    for (let request = 0; request < 4; request++)
      few.push((await server.post(question, bearer(other))).status);
    expect(few).toEqual([200, 200, 200, 429]);
    await server.end();
  });
});

describe('the list of keys', () => {
  const inFolder = async (use: (file: string) => void): Promise<void> => {
    const folder = temporaryFolder('keys');
    try {
      use(join(folder, 'keys.json'));
    } finally {
      await rm(folder, { recursive: true });
    }
  };

  it('loses no key of two that are made at once', () =>
    inFolder((file) => {
      const second = entry({ name: 'second' });
      changeKeys(file, (known) => {
        expect(() => changeKeys(file, (others) => [...others, second], 1)).toThrow(
          /no other process is changing/,
        );
        return [...known, entry()];
      });
      changeKeys(file, (known) => [...known, second], 1);
      expect(readKeys(file)?.map(({ name }) => name)).toEqual(['website', 'second']);
    }));

  it.skipIf(process.platform === 'win32')(
    'is refused where it is a pipe, which nobody may ever write to',
    () =>
      inFolder((file) => {
        execFileSync('mkfifo', [file]);
        expect(() => readKeys(file)).toThrow(/expected a regular file.*found a named pipe/);
      }),
  );
});

describe('money', () => {
  it.skipIf(!thorough).each([0, 1, 2, 3])(
    'never runs out above the limit, whatever runs at once (%#)',
    async (round) => {
      const server = await startServe(twoMembers(greedy()), {
        keys: () => [entry({ usdDay: 0.5 + round / 10 })],
      });
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => server.post(question, bearer(secret))),
      );
      const statuses = answers.map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set([200, 429]));
      const spent = server.store.spentOn('2026-04-01').get('website') ?? 0;
      expect(spent).toBeGreaterThan(0.1);
      expect(spent).toBeLessThanOrEqual(0.5 + round / 10);
      const late = await server.post(question, bearer(secret));
      expect(late.status).toBe(429);
      expect(await late.json()).toMatchObject({
        error: { code: 'insufficient_quota', type: 'insufficient_quota' },
      });
      expect(late.headers.get('retry-after')).toBe(String(Math.ceil(3600 * 2 - 5)));
      await server.end();
    },
  );

  it('of a key with a cent left is a cent at most, of 100 requests at once that end in every way', async () => {
    let charged = 0;
    const model = new ScriptedModel(
      ({ maxTokens = 0 }, index) => {
        const usage = { inputTokens: 300, outputTokens: maxTokens, estimated: false };
        const usd = (300 + 10 * maxTokens) / 1e6;
        charged += usd;
        const fails = { fails: 'infrastructure' as const, code: 'stream-cut', usage, usd };
        return index % 5 === 0 ? fails : { usage, usd, serviceMs: 20 };
      },
      { clock: createRealClock() },
    );
    const server = await startServe(twoMembers(model), { keys: () => [entry({ usdDay: 1 })] });
    const spent = { outcome: 'answered', usd: 0.99, tokensIn: 1, tokensOut: 1, calls: 1, latencyMs: 1 };
    const before = { id: 'before', at: 1, day: '2026-04-01', key: 'website', model: 'best', config: 'c' };
    server.store.opened({ ...before, run: 'r', why: 'w', reservedUsd: 1, bounds: '{}' });
    server.store.closed('before', { ...spent, degraded: 0 });
    const statuses = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const body = { ...question, model: 'cheapest', max_tokens: 40, stream: index % 2 === 0 };
        const signal = index % 3 === 0 ? AbortSignal.timeout(10) : null;
        try {
          const response = await server.post(body, bearer(secret), signal);
          await response.text();
          return response.status;
        } catch {
          return 'left';
        }
      }),
    );
    await until(() => server.load().inFlight + server.load().queued === 0);
    expect(statuses).toContain(429);
    expect(charged).toBeGreaterThan(0);
    expect(charged).toBeLessThanOrEqual(0.01);
    expect(server.store.spentOn('2026-04-01').get('website')).toBeLessThanOrEqual(1);
    await server.end();
  });

  it.skipIf(!thorough)('holds over all keys together, and is remembered', async () => {
    const folder = temporaryFolder('serve');
    const file = join(folder, 'serve.sqlite');
    const spend = async () => {
      const store = new ServeStore(file, 0);
      const server = await startServe(twoMembers(greedy()), { store, maxUsdDay: 0.3 });
      const before = server.store.spentOn('2026-04-01').get('') ?? 0;
      const answers = await Promise.all(Array.from({ length: 20 }, () => server.post(question)));
      const after = server.store.spentOn('2026-04-01').get('') ?? 0;
      await server.end();
      store.close();
      return { before, after, answered: answers.filter(({ status }) => status === 200).length };
    };
    const first = await spend();
    expect(first.answered).toBeGreaterThan(0);
    expect(first.after).toBeLessThanOrEqual(0.3);
    expect(await spend()).toEqual({ before: first.after, after: first.after, answered: 0 });
    const store = new ServeStore(file, 0);
    expect(() => new ServeStore(file, 0)).toThrow(
      `found process ${process.pid} on this machine that serves with it`,
    );
    store.close();
    new ServeStore(file, 0).close();
    await rm(folder, { recursive: true });
  });

  it('counts what was open when a server died with all that it had reserved', () => {
    const store = new ServeStore(':memory:', 0);
    const base = { at: 1, day: 'd', key: 'k', model: 'm', config: 'c', run: 'r', why: 'w', bounds: '{}' };
    store.opened({ ...base, id: 'dead', reservedUsd: 2 });
    store.opened({ ...base, id: 'done', reservedUsd: 2 });
    store.closed('done', {
      outcome: 'answered',
      usd: 0.5,
      tokensIn: 1,
      tokensOut: 1,
      calls: 1,
      latencyMs: 1,
      degraded: 0,
    });
    expect(store.spentOn('d')).toEqual(new Map([['k', 2.5]]));
    store.close();
  });

  it('goes back where a request cannot be written down', async () => {
    const server = await startServe(twoMembers(greedy()), { maxUsdDay: 1 });
    // Today's account is read before the state fails.
    expect((await server.post(question)).status).toBe(200);
    server.store.database.exec('ALTER TABLE requests RENAME TO gone');
    for (let asking = 0; asking < 20; asking++) expect((await server.post(question)).status).toBe(500);
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    for (let asking = 0; asking < 20; asking++)
      expect((await server.post({ ...question, stream: true })).status).toBe(500);
    // A keep-alive that went on would keep the process from its end.
    expect(timers()).toBeLessThan(before + 20);
    server.store.database.exec('ALTER TABLE gone RENAME TO requests');
    expect((await server.post(question)).status).toBe(200);
    await server.end();
  });

  it('is told without the last digits of a binary sum', async () => {
    const usage = { inputTokens: 1, outputTokens: 1, estimated: false };
    const server = await startServe(twoMembers(new ScriptedModel(() => ({ usage, usd: 0.1 }))));
    const answer = await (await server.post(question)).json();
    expect(answer).toMatchObject({ mixtune: { spent: { usd: 0.3, calls: 3 } } });
    const { decision } = (answer as { mixtune: { decision: string } }).mixtune;
    const shown = await (await fetch(`${server.url}/decisions/${decision}`)).json();
    expect(shown).toMatchObject({ spent: { usd: 0.3 } });
    await server.end();
  });

  it('of a call that was cut off counts in full', async () => {
    const model = new WaitingModel();
    const server = await startServe(twoMembers(model));
    const leaving = new AbortController();
    const asking = server.client.chat.completions.create(question, { signal: leaving.signal });
    await until(() => model.seen === 2);
    leaving.abort();
    await expect(asking).rejects.toThrow();
    await until(() => model.aborted === 2 && server.load().inFlight === 0);
    const [{ request } = { request: undefined }] = server.store.history();
    expect(request).toMatchObject({ open: false, outcome: 'broken_stream', calls: 2 });
    expect(request?.usd).toBeGreaterThan(2 * 0.04);
    await server.end();
  });
});

describe('places', () => {
  it('are bounded, and so is the queue', async () => {
    const model = new WaitingModel();
    const server = await startServe(twoMembers(model), { maxInFlight: 2, maxQueued: 3 });
    const running = Array.from({ length: 5 }, () => server.post({ ...question, model: 'cheapest' }));
    await until(() => server.load().inFlight + server.load().queued === 5);
    const refused = await server.post(question);
    expect([refused.status, await refused.json()]).toMatchObject([503, { error: { code: 'overloaded' } }]);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(model.seen).toBe(2);
    const letGo = setInterval(() => {
      for (const go of model.waiting) go('be it');
    }, 5);
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    clearInterval(letGo);
    await server.end();
  });

  it('are waited for no longer than the deadline', async () => {
    const model = new WaitingModel();
    const server = await startServe(twoMembers(model), { maxInFlight: 1 });
    const first = server.post({ ...question, model: 'cheapest' });
    await until(() => model.seen === 1);
    for (const stream of [false, true]) {
      const body = { ...question, model: 'cheapest', stream, mixtune: { deadline_s: 0.05 } };
      const late = await server.post(body);
      expect([late.status, await late.json()]).toMatchObject([504, { error: { code: 'deadline' } }]);
    }
    model.waiting[0]?.('be it');
    expect((await first).status).toBe(200);
    expect(model.seen).toBe(1);
    expect([...server.store.history()]).toHaveLength(1);
    await server.end();
  });
});

describe('limits on dollars a day that are too low', () => {
  // At 4,096 tokens of $10 a million a call may cost $0.041; the chain makes three.
  const front = twoMembers(new ScriptedModel(() => 'x'));
  const [best, cheap] = front.members.map(({ id }) => `mixtune/${id}`);
  it.each<[string, readonly KeyEntry[], number | undefined, readonly RegExp[]]>([
    ['none', [entry()], undefined, []],
    ['high', [entry({ usdDay: 1 })], 1, []],
    [
      'of a key, for all',
      [entry({ usdDay: 0.01 })],
      undefined,
      [
        new RegExp(
          `^the key "website" with --usd-day 0.01 admits no request of ${best} \\(up to \\$0\\.1\\d+\\), ${cheap} \\(up to \\$0\\.04\\d+\\): `,
        ),
      ],
    ],
    [
      'of a key, for the dear one',
      [entry({ usdDay: 0.05 })],
      5,
      [new RegExp(`admits no request of 1 of 2 configs, ${best} \\(`)],
    ],
    [
      'of a key that may not ask for the dear one',
      [entry({ usdDay: 0.05, models: ['cheapest'] })],
      undefined,
      [],
    ],
    [
      'of a key that may ask for it by a name',
      [entry({ usdDay: 0.05, models: ['best'] })],
      undefined,
      [new RegExp(`admits no request of ${best} \\(`)],
    ],
    [
      'of a key that may ask for the front',
      [entry({ usdDay: 0.05, models: ['front'] })],
      undefined,
      [/ 1 of 2 configs/],
    ],
    ['of all requests together', [], 0.01, [/^--max-usd-day 0.01 admits no request of mixtune/]],
  ])('are told: %s', (_, keys, maxUsdDay, told) => {
    expect(dayLimitNotes(front, keys, maxUsdDay)).toEqual(told.map((text) => expect.stringMatching(text)));
  });

  it('are told of models without a price', () => {
    const unpriced = memberOf(single, sourceOf(new ScriptedModel(() => 'x'), { card: () => undefined }));
    const told = dayLimitNotes({ members: [unpriced], points: {} }, [entry({ usdDay: 1 })], undefined);
    expect(told).toEqual([
      expect.stringContaining('(of unknown price): a limit in dollars needs prices (--prices FILE)'),
    ]);
  });
});
