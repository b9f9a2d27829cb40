import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { InputError } from '../../src/core/errors.ts';
import { unwrap } from '../../src/core/result.ts';
import { createRng } from '../../src/core/rng.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import { callKey } from '../../src/models/call-key.ts';
import type { CallStore, StoredCall } from '../../src/models/call-store/stored-call.ts';
import { createRecordedModel } from '../../src/models/recordings/recorded.ts';
import { openRecording } from '../../src/models/recordings/recording.ts';
import { recordingLine } from '../../src/models/recordings/recording-lines.ts';
import { openDesk } from '../../src/run/calls/open-desk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';
import { answered } from './conformance.ts';
import { ask, createScriptedModel } from './scripted-model.ts';

const { sample: _sample, ...anySample } = ask('hello');
const line = (request: unknown, response: unknown): string => JSON.stringify({ request, response });
const recorded = (...lines: readonly string[]) => unwrap(createRecordedModel(lines.join('\n'), 'test.jsonl'));

describe('a recording', () => {
  it('exported from a cache gives the same answers under both names, with nothing behind it', async () => {
    const clock = new VirtualClock();
    const kept = new Map<string, StoredCall>();
    const store: CallStore = { get: (key) => kept.get(key), put: (key, call) => void kept.set(key, call) };
    const { signal } = new AbortController();
    const model = createScriptedModel({ clock, latencyMs: 80 });
    const original = openDesk({ model, clock, sharedAnswers: store, signal, rng: createRng(1) });
    const requests = [0, 1, 2].map((index) =>
      ask('q', { temperature: 0.7, maxTokens: 99, sample: { repeat: 1, index } }),
    );
    const taken = await clock.run(() => Promise.all(requests.map((request) => original.complete(request))));

    const lines = [...kept].map(([key, call]) => recordingLine(key, call));
    const player = recorded(...lines);
    for (const [index, request] of requests.entries()) {
      for (const model of [request.model, `recorded/${request.model}`]) {
        const played = answered(await player.complete({ ...request, model }));
        expect(played).toEqual(answered(taken[index] as NonNullable<(typeof taken)[0]>));
      }
    }
    expect(await player.complete(ask('q'))).toMatchObject({
      failure: { cause: 'rejected', code: 'not-recorded', retryable: false },
    });
  });

  it('by hand needs a request and a text; the rest is filled in', async () => {
    const player = recorded('# a comment', '', line(anySample, { text: 'hi there' }));
    expect(answered(await player.complete(ask('hello', { sample: { repeat: 3, index: 2 } })))).toEqual({
      text: 'hi there',
      finishReason: 'stop',
      usage: { inputTokens: 7, outputTokens: 2, estimated: true },
      serviceMs: 0,
      firstTokenMs: null,
      usd: null,
    });
  });

  it('prefers the line of the sample asked for, and the first of two alike', async () => {
    const player = recorded(
      line(anySample, { text: 'any' }),
      line({ ...anySample, sample: { repeat: 0, index: 1 } }, { text: 'exact' }),
      line({ ...anySample, sample: { repeat: 0, index: 1 } }, { text: 'late' }),
    );
    const text = async (index: number): Promise<string> =>
      answered(await player.complete(ask('hello', { sample: { repeat: 0, index } }))).text;
    expect([await text(0), await text(1)]).toEqual(['any', 'exact']);
  });

  it('takes its recorded time on a clock, also where the tokenizer has to be loaded', async () => {
    const clock = new VirtualClock();
    const text = line(anySample, { text: 'hi', serviceMs: 700 });
    const player = unwrap(createRecordedModel(text, 'test.jsonl', { clock }));
    expect(answered(await clock.run(() => player.complete(ask('hello')))).serviceMs).toBe(700);
    expect(clock.now()).toBe(700);
  });

  it('passes over a failure that took for ever', async () => {
    const text = line(anySample, { text: 'hi' });
    const key = callKey(ask('hello'), recorded(text));
    const events = (serviceMs: unknown): string[] =>
      [
        { kind: 'call-dispatched', at: 0, call: 0, key, attempt: 0 },
        { kind: 'call-failed', at: 0, call: 0, failure: { cause: 'infrastructure', code: 'x', serviceMs } },
      ].map((event) => JSON.stringify({ event }));
    const header = JSON.stringify({
      recording: 1,
      models: { [ask().model]: { revision: recorded(text).revision('') } },
    });
    const kind = async (serviceMs: unknown): Promise<string> =>
      (await recorded(header, ...events(serviceMs), text).complete(ask('hello'))).kind;
    expect([await kind(5), await kind(1e308), await kind('5')]).toEqual(['failed', 'answered', 'answered']);
  });

  it('has a revision of its content', () => {
    const a = recorded(line(anySample, { text: 'a' }));
    const b = recorded(line(anySample, { text: 'b' }));
    expect(a.revision('x')).not.toBe(b.revision('x'));
    expect(callKey(ask(), a)).toBe(callKey(ask(), recorded(line(anySample, { text: 'a' }))));
  });

  it.each<[string, string]>([
    ['broken JSON', '{"request": '],
    ['no response', '{"request": {"model": "a/b", "messages": [{"role": "user", "content": ""}]}}'],
    ['a wrong key', JSON.stringify({ key: 'short', model: 'a/b', revision: '', response: { text: '' } })],
    ['an unknown field', line({ ...anySample, temperture: 1 }, { text: '' })],
    ['an answer that took for ever', line(anySample, { text: '', serviceMs: 1e308 })],
    ['an answer that cost all', line(anySample, { text: '', usd: 1e308 })],
    [
      'more tokens than there are',
      line(anySample, { text: '', usage: { inputTokens: 1e308, outputTokens: 1, estimated: false } }),
    ],
  ])('with %s is an input error that names the line', (_name, bad) => {
    const result = createRecordedModel(`${line(anySample, { text: 'ok' })}\n${bad}\n`, 'test.jsonl');
    const error = (result as { error: InputError }).error;
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain('test.jsonl:2');
  });
});

describe('collected replies', () => {
  const reply = (text: string, more: object = {}): string =>
    JSON.stringify({ model: 'some-model', question: ' What is 2+2? ', response: { text }, ...more });
  const put = (system: string | null, question = 'What is 2+2?', model = 'recorded/some-model') => ({
    ...ask(''),
    model,
    messages: [
      ...(system === null ? [] : [{ role: 'system' as const, content: system }]),
      { role: 'user' as const, content: question },
    ],
  });

  it('answer the question whatever the prompt and settings, and nothing else', async () => {
    const player = recorded(reply('4'));
    for (const system of [null, 'Think first.']) {
      const request = { ...put(system), temperature: 0.3, sample: { repeat: 4, index: 1 } };
      expect(answered(await player.complete(request)).text).toBe('4');
    }
    for (const other of [
      put('Fuse these.\n\n<candidate number="1">\n5\n</candidate>'),
      put(null, 'What is 2+3?'),
      put(null, 'What is 2+2?', 'recorded/other-model'),
    ]) {
      expect(await player.complete(other)).toMatchObject({ failure: { code: 'not-recorded' } });
    }
  });

  it('may be several, by sample', async () => {
    const player = recorded(reply('any'), reply('second', { sample: { repeat: 0, index: 1 } }));
    const text = async (index: number): Promise<string> =>
      answered(await player.complete({ ...put(null), sample: { repeat: 0, index } })).text;
    expect([await text(0), await text(1)]).toEqual(['any', 'second']);
  });
});

describe('a recording on disk', () => {
  let folder: string;
  beforeAll(() => {
    folder = temporaryFolder('recording');
  });

  it('may be gzipped, and is the same recording then', async () => {
    const text = `${line(anySample, { text: 'é'.repeat(70_000) })}\n${line({ ...anySample, model: 'x/y' }, { text: 'b' })}`;
    writeFileSync(join(folder, 'plain.jsonl'), text);
    writeFileSync(join(folder, 'zipped.jsonl.gz'), gzipSync(text));
    const [plain, zipped] = await Promise.all(
      ['plain.jsonl', 'zipped.jsonl.gz'].map(async (name) => unwrap(await openRecording(join(folder, name)))),
    );
    expect(plain?.size).toBe(2);
    expect(zipped?.hash).toBe(plain?.hash);
    expect(zipped?.models).toEqual(plain?.models);
    expect(zipped?.find(ask('hello'))?.text).toBe('é'.repeat(70_000));
  });

  it.each<[string, Buffer]>([
    ['torn', gzipSync(line(anySample, { text: 'x'.repeat(5000) })).subarray(0, 60)],
    ['garbage', Buffer.from([0x1f, 0x8b, 1, 2, 3])],
  ])('that is gzipped and %s is an input error', async (_name, bytes) => {
    const file = join(folder, 'bad.jsonl.gz');
    writeFileSync(file, bytes);
    expect(await openRecording(file, 'bad.jsonl.gz')).toMatchObject({ ok: false, error: { exitCode: 2 } });
  });
});

/** Replies of twelve real models to 200 questions, as somebody else collected them (WildEval/ZeroEval). */
const shared = join(import.meta.dirname, '..', '..', '..', 'shared', 'data');
const replies = join(shared, 'recorded', 'zeroeval_gsm_texts.jsonl.gz');

describe.skipIf(!existsSync(replies))('real replies (skipped where ../shared/data is absent)', () => {
  const rowsOf = (file: string): Record<string, unknown>[] =>
    gunzipSync(readFileSync(file))
      .toString()
      .trim()
      .split('\n')
      .map((row) => JSON.parse(row));

  it.skipIf(!thorough)(
    'become a recording by joining them with their questions, and answer every one',
    async () => {
      const questions = new Map(
        rowsOf(join(shared, 'matrices', 'zeroeval_gsm_items.jsonl.gz')).map((row) => [
          row.id,
          String(row.question),
        ]),
      );
      const collected = rowsOf(replies);
      const player = recorded(
        ...collected.map(({ model, item_id: item, output }) =>
          JSON.stringify({ model, question: questions.get(item), response: { text: output } }),
        ),
      );
      expect(collected).toHaveLength(2400);
      for (const { model, item_id: item, output } of collected.filter((_, index) => index % 20 === 0)) {
        const content = questions.get(item) ?? '';
        const request = { ...ask(content), model: `recorded/${model}` };
        const messages = [{ role: 'system' as const, content: 'Think step by step.' }, ...request.messages];
        expect(answered(await player.complete({ ...request, messages })).text).toBe(output);
      }
    },
  );
});
