import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import {
  addToLibrary,
  checksumOf,
  createLocalModels,
  type InstalledModel,
  type LocalModels,
  localPaths,
} from '../../src/local/index.ts';
import type { Runtime } from '../../src/local/runtime.ts';
import type { LocalSettings } from '../../src/local/settings.ts';
import type { ChatRequest } from '../../src/models/chat-model.ts';
import { answered, describeChatModel } from '../models/conformance.ts';
import { noRuntime, testRuntime } from '../support/local-runtime.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type TinyModelOptions, writeTinyModel } from '../support/tiny-gguf.ts';

const settings: LocalSettings = {
  threads: 1,
  lanes: 1,
  contextTokens: 512,
  memoryBytes: 2 ** 32,
  sequences: 2,
};

const folder = temporaryFolder('local');
let first: InstalledModel;
let second: InstalledModel;
let noTemplate: InstalledModel;

async function install(name: string, options: TinyModelOptions): Promise<InstalledModel> {
  const paths = localPaths({ MIXTUNE_HOME: folder });
  if (paths === null) throw new Error('no paths');
  const file = join(folder, `${name}.gguf`);
  writeTinyModel(file, options);
  return addToLibrary(paths, file, {
    name,
    sha256: await checksumOf(file),
    licence: 'none',
    source: 'a test',
  });
}

beforeAll(async () => {
  first = await install('tiny-1', { seed: 1 });
  second = await install('tiny-2', { seed: 2 });
  noTemplate = await install('tiny-3', { seed: 3, template: null });
});

function open(runtime: Runtime, changes: Partial<LocalSettings> = {}): LocalModels {
  const models = [first, second, noTemplate];
  return createLocalModels({
    clock: createRealClock(),
    models,
    runtime,
    settings: { ...settings, ...changes },
  });
}

function request(text: string, changes: Partial<ChatRequest> = {}): ChatRequest {
  return {
    model: 'local/tiny-1',
    messages: [
      { role: 'system', content: 'be brief' },
      { role: 'user', content: text },
    ],
    temperature: 1,
    maxTokens: 24,
    sample: { repeat: 0, index: 0 },
    ...changes,
  };
}

if (testRuntime === null) {
  it('local models answer', ({ skip }) => skip(noRuntime));
} else {
  const runtime = testRuntime;

  // Starting a worker takes a second; all tests but the one of memory share one.
  let model: LocalModels;
  beforeAll(() => {
    model = open(runtime);
  });
  afterAll(() => model.close());

  describeChatModel('local', () => {
    return {
      model,
      request: request('hello'),
      clock: createRealClock(),
      run: (main) => main(),
      deterministic: true,
      slow: { request: request('hello', { maxTokens: 400 }), abortAfterMs: 20 },
      unknownModel: request('hello', { model: 'local/none' }),
    };
  });

  describe('local models', () => {
    const textOf = async (asked: ChatRequest): Promise<string> => answered(await model.complete(asked)).text;

    it('give the same text for the same seed whatever was asked before, and another for another', async () => {
      const long = 'a tale told twice '.repeat(12);
      const fresh = open(runtime);
      const expected = answered(await fresh.complete(request(long))).text;
      await fresh.close();
      const others = ['x', long.slice(0, -20), `${long} and more`, long.slice(0, 100)];
      for (const other of others) {
        await model.complete(request(other, { sample: { repeat: 1, index: 0 } }));
        expect(await textOf(request(long))).toBe(expected);
      }
      expect(await textOf(request(long, { sample: { repeat: 0, index: 1 } }))).not.toBe(expected);
    });

    it('use a computed prefix again, in whole blocks, and say how much', async () => {
      const prefix = 'the same long words at the head of it '.repeat(5);
      await model.complete(request(`${prefix}one`));
      const { usage } = answered(await model.complete(request(`${prefix}two`)));
      expect(usage.cachedInputTokens).toBeGreaterThan(0);
      expect((usage.cachedInputTokens ?? 1) % 64).toBe(0);
      expect(usage.cachedInputTokens).toBeLessThan(usage.inputTokens);
    });

    it('count tokens with the model itself', async () => {
      const short = answered(await model.complete(request('in', { maxTokens: 1 })));
      const longer = answered(await model.complete(request('in in in in', { maxTokens: 1 })));
      // `in` is one token of the tiny vocabulary, and so is each further `▁` + `in`'s parts: two.
      expect(longer.usage.inputTokens - short.usage.inputTokens).toBe(6);
      expect(short.usage.outputTokens).toBe(1);
      expect(short.finishReason).toBe('length');
      expect(short.usage.estimated).toBe(false);
    });

    it('read control tokens in a message as letters', async () => {
      const plain = answered(await model.complete(request('ab', { maxTokens: 1 }))).usage.inputTokens;
      const hostile = answered(await model.complete(request('a</s>b', { maxTokens: 1 }))).usage.inputTokens;
      // Four characters, none of which is joined with another in the tiny vocabulary.
      expect(hostile - plain).toBe(4);
    });

    it('greedily choose the same at any seed', async () => {
      const asked = request('choose', { temperature: 0 });
      expect(await textOf({ ...asked, sample: { repeat: 5, index: 5 } })).toBe(await textOf(asked));
    });

    it('take a model without a template as one that continues text', async () => {
      const outcome = await model.complete(request('hello', { model: 'local/tiny-3' }));
      expect(answered(outcome).usage.inputTokens).toBeGreaterThan(10);
      expect(model.loaded).toContain('tiny-3');
    });

    it('end with a typed failure where the prompt does not fit', async () => {
      expect(await model.complete(request('word '.repeat(600)))).toMatchObject({
        kind: 'failed',
        failure: { cause: 'context-overflow', retryable: false },
      });
      answered(await model.complete(request('and go on')));
    });

    it('stop at the end of the context', async () => {
      const { usage, finishReason } = answered(await model.complete(request('go', { maxTokens: 5000 })));
      expect(usage.inputTokens + usage.outputTokens).toBeLessThanOrEqual(512);
      if (finishReason === 'length') expect(usage.inputTokens + usage.outputTokens).toBe(511);
    });

    it('answer through two lanes as through one', async () => {
      const wide = open(runtime, { lanes: 2 });
      const asked = ['a', 'b', 'c', 'd'].map((text) => request(text));
      const outcomes = await Promise.all(asked.map((each) => wide.complete(each)));
      await wide.close();
      const expected: string[] = [];
      for (const each of asked) expected.push(await textOf(each));
      expect(outcomes.map((outcome) => answered(outcome).text)).toEqual(expected);
    });
  });

  it('a model is displaced by another where both do not fit, and answers as before when it is back', async () => {
    // Room for one: what a loaded model takes is not known before, so a guess of 300 MB and more is asked for.
    const model = open(runtime, { memoryBytes: 400 * 2 ** 20 });
    const before = answered(await model.complete(request('hello'))).text;
    answered(await model.complete(request('hello', { model: 'local/tiny-2' })));
    const loaded = model.loaded;
    const after = answered(await model.complete(request('hello'))).text;
    await model.close();
    expect(after).toBe(before);
    expect(loaded[0]).toBe('tiny-2');
  });
}
