import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageOf } from '../../src/core/errors.ts';
import { redact } from '../../src/core/redact.ts';
import { clockSkewMs } from '../../src/workers/clocks.ts';
import { jobValidMs, type Offer, parseAs, refusalOf, type WorkerJob } from '../../src/workers/job-schema.ts';
import { readServerUrl } from '../../src/workers/server-url.ts';

const call: WorkerJob = {
  version: '1.0.0',
  run: 'r',
  putAt: 1_000_000,
  body: {
    kind: 'call',
    revision: 'http://x/v1',
    request: {
      model: 'openai/a',
      messages: [{ role: 'user', content: 'hello' }],
      sample: { repeat: 0, index: 0 },
      temperature: 0.7,
    },
  },
};
const grading: WorkerJob = {
  ...call,
  body: { kind: 'grading', tier: 'strong', job: { source: 'x = 1', calls: [] } },
};
const byKey: Offer = {
  kind: 'key',
  provider: 'openai',
  revision: 'http://x/v1',
  fingerprint: 'f',
  models: null,
  listed: null,
  knows: null,
};
const here: { version: string; offer: Offer; now: number } = {
  version: '1.0.0',
  offer: byKey,
  now: 1_000_000,
};

describe('jobs', () => {
  it.each([call, grading])('come out as they went in', (job) => {
    const parsed = parseAs('job', JSON.stringify(job));
    expect(parsed.ok && parsed.value).toEqual(job);
  });

  it('of another form are told apart, whatever they hold', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const text = JSON.stringify(value);
        if (text !== undefined) expect(parseAs('job', text).ok).toBe(false);
      }),
    );
    expect(parseAs('job', '{').ok).toBe(false);
  });

  it.each<[string, WorkerJob, Partial<typeof here>, RegExp | undefined]>([
    ['its own', call, {}, undefined],
    ['another version', call, { version: '2.0.0' }, /^this worker is mixtune 2\.0\.0 and the run is 1\.0\.0/],
    ['an old one', call, { now: call.putAt + jobValidMs + clockSkewMs + 1 }, /16 minutes ago, or the clocks/],
    ['one to come', call, { now: call.putAt - clockSkewMs - 1 }, /ahead, or the clocks/],
    ['just in time', call, { now: call.putAt + jobValidMs }, undefined],
    [
      'another provider',
      call,
      { offer: { ...byKey, provider: 'groq' } },
      /does not offer the model openai\/a/,
    ],
    ['a model not offered', call, { offer: { ...byKey, models: ['openai/b'] } }, /does not offer the model/],
    ['a model offered', call, { offer: { ...byKey, models: ['openai/a'] } }, undefined],
    [
      'another endpoint',
      call,
      { offer: { ...byKey, revision: 'http://y/v1' } },
      /and this worker has another/,
    ],
    ['a grading', grading, {}, /does no gradings/],
    [
      'another tier',
      grading,
      { offer: { kind: 'gradings', tier: 'weak' } },
      /tier strong and this worker has weak/,
    ],
    ['its tier', grading, { offer: { kind: 'gradings', tier: 'strong' } }, undefined],
    ['a call', call, { offer: { kind: 'gradings', tier: 'strong' } }, /does not offer the model/],
  ])('%s', (_what, job, changes, expected) => {
    const reason = refusalOf(job, { ...here, ...changes });
    if (expected === undefined) expect(reason).toBeUndefined();
    else expect(reason).toMatch(expected);
    // One sentence, for one line.
    expect(reason ?? '').not.toMatch(/\n|\. /);
  });
});

describe('what a worker tells', () => {
  const usage = { inputTokens: 5, outputTokens: 5, estimated: false };
  const response = { text: 'x', finishReason: 'stop', usage, serviceMs: 1, firstTokenMs: 1, usd: null };
  const answer = (changes: object): unknown => ({
    ...{ kind: 'call', worker: 'w' },
    outcome: { kind: 'answered', response: { ...response, ...changes } },
  });
  const failed = (changes: object): unknown => ({
    ...{ kind: 'call', worker: 'w' },
    outcome: {
      kind: 'failed',
      failure: {
        ...{ cause: 'infrastructure', code: 'c', message: 'm', retryable: true, serviceMs: 1 },
        ...changes,
      },
    },
  });
  const there = (price: object, speed: object | null = null): unknown => ({
    ...{ version: '1.0.0', worker: 'w', host: 'h', startedAt: 1, at: 1, leaving: false, done: 0 },
    queues: [
      {
        ...{ name: 'q', slots: 1, busy: 0 },
        offer: {
          ...{ kind: 'local', revision: 'r' },
          card: { name: 'local/a', contextTokens: null, price, speed, simulated: false },
        },
      },
    ],
  });
  const cents = { inputPerMillion: 0.1, outputPerMillion: 0.2 };

  it.each<[string, 'answer' | 'worker', unknown]>([
    ['an answer', 'answer', answer({})],
    ['a failure', 'answer', failed({ usage, usd: 0.1 })],
    ['a model that lies there', 'worker', there(cents, { firstTokenMs: 100, tokensPerSecond: 20 })],
  ])('is believed where it can be true: %s', (_what, kind, told) => {
    expect(parseAs(kind, JSON.stringify(told))).toMatchObject({ ok: true });
  });

  it.each<[string, 'answer' | 'worker', unknown]>([
    ['fewer tokens than none', 'answer', answer({ usage: { ...usage, outputTokens: -5 } })],
    ['more tokens than there are', 'answer', answer({ usage: { ...usage, inputTokens: 1e308 } })],
    ['tokens that are no number', 'answer', answer({ usage: { ...usage, inputTokens: Number.NaN } })],
    ['an endless call', 'answer', answer({ serviceMs: 1e308 })],
    ['a call that pays', 'answer', answer({ usd: -1 })],
    ['an endless failure', 'answer', failed({ serviceMs: 1e308 })],
    ['a failure dearer than anything', 'answer', failed({ usd: 1e308 })],
    ['a model that pays', 'worker', there({ ...cents, outputPerMillion: -1e6 })],
    ['a model that pays for what is cached', 'worker', there({ ...cents, cachedInputPerMillion: -1 })],
    ['a model dearer than anything', 'worker', there({ ...cents, inputPerMillion: 1e308 })],
    ['a model that never answers', 'worker', there(cents, { firstTokenMs: 100, tokensPerSecond: 0 })],
  ])('is no word of a worker: %s', (_what, kind, told) => {
    expect(parseAs(kind, JSON.stringify(told))).toMatchObject({ ok: false });
  });
});

describe('the URL of a server', () => {
  const read = (text: string, insecure = false) => readServerUrl(text, { source: '--workers', insecure });

  it.each([
    'redis://127.0.0.1:6379/0',
    'redis://localhost',
    'redis://[::1]:6379',
    'redis://:secret-password@far.example:6379/0',
    'rediss://far.example:6380',
  ])('takes %s', (text) => {
    expect(read(text).href).toBe(text);
    expect(read(text).shown).not.toContain('secret-password');
  });

  it.each([
    ...[
      'redis://:se#cr/et@localhost:6379/0',
      'redis://:se/cr#et@localhost',
      'redis://me:se?cr@et@localhost/0',
    ],
    ...['redis://:se%cr%et@localhost/0', 'http://me:se@cr@et@localhost', 'me:se/cr/et@localhost:6379'],
    ...['redis://localhost:6379/0?password=secret', 'redis:/:se#et@localhost', 'redis://localhost/0#secret'],
  ])('shows nothing of the password in what it refuses: %s', (text) => {
    expect(() => read(text)).toThrow(/expected the URL of a Redis or Valkey server/);
    expect(() => read(text)).not.toThrow(/found .*(?:\bse\b|cr|et\b)/);
    expect(() => read(text)).toThrow(/found .*\[redacted\]/);
    // What is said is shown with whatever looks like a password masked: the hint is to stay.
    const say = (): string => {
      try {
        return read(text).shown;
      } catch (error) {
        return redact(messageOf(error));
      }
    };
    if (text.includes('@')) expect(say()).toMatch(/:PASSWORD@127\.0\.0\.1:6379\/0 \(in a password %23 for #/);
  });

  it('takes a password with any characters, each % the code of one', () => {
    const password = 'p@ss:w/o#rd%?x';
    const text = `redis://:${encodeURIComponent(password)}@localhost:6379/0?family=6`;
    expect(read(text).href).toBe(text);
  });

  it('refuses a server that anybody could use, unless told', () => {
    expect(() => read('redis://10.0.0.5:6379')).toThrow(
      /password .* or TLS .* or --insecure, found redis:\/\/10/,
    );
    expect(() => read('redis://127.0.0.1.evil.example')).toThrow(/--insecure/);
    expect(read('redis://10.0.0.5:6379', true).loopback).toBe(false);
  });

  it.each([
    '',
    'far.example',
    'http://far.example',
    'redis:',
    'redis://localhost/first',
    'redis://localhost/-1',
    'redis://localhost/0/1',
    'redis://localhost/0?db=3',
    'redis://localhost?path=/tmp/a.sock',
    'redis://localhost/0#1',
    'redis://:half%zz@localhost',
    'redis://half%:x@localhost',
  ])('refuses %j', (text) => {
    expect(() => read(text)).toThrow(/expected the URL of a Redis or Valkey server/);
  });

  it('tells no password of a URL that it does not take', () => {
    expect(() => read('http://:secret-password@far.example')).toThrow(/^(?!.*secret-password)/s);
  });
});
