import { describe, expect, it } from 'vitest';
import { defaultsOf } from '../../src/cli/command-line.ts';
import { jobFlags, runsFlags } from '../../src/cli/flags.ts';
import { planJob } from '../../src/cli/wiring/jobs/job.ts';
import {
  modelsCalled,
  reflectionOf,
  withOtherWriter,
  writesUnasked,
} from '../../src/cli/wiring/jobs/writing.ts';
import { InputError } from '../../src/core/errors.ts';
import { draftingSettings, worldTask } from '../run/world.ts';
import { commandContext } from '../support/cli.ts';

const context = commandContext();
const models = ['groq/a', 'groq/b'];

describe('options of written prompts', () => {
  it.each([
    ['nothing', {}, undefined],
    ['--reflection', { reflection: true }, {}],
    ['--no-reflection', { reflection: false }, undefined],
    ['a writer', { promptWriter: 'groq/c' }, { writer: 'groq/c' }],
    [
      'a writer behind a base URL',
      { promptWriter: 'c', baseUrl: 'http://127.0.0.1:1/v1' },
      { writer: 'openai/c' },
    ],
  ])('%s', (_, options, expected) => {
    expect(reflectionOf(context, options, models).reflection).toEqual(expected);
  });

  it.each([
    ['a writer and none', { reflection: false, promptWriter: 'groq/c' }, models],
    ['a writer that does not exist', { promptWriter: 'sim/nobody' }, ['sim/sage-70b']],
    ['a simulated writer for real models', { promptWriter: 'sim/sage-70b' }, models],
    ['a writer without provider', { promptWriter: 'gpt' }, models],
  ])('refuse %s, naming the option', (_, options, used) => {
    expect(() => reflectionOf(context, options, used)).toThrow(InputError);
    expect(() => reflectionOf(context, options, used)).toThrow(/--prompt-writer/);
  });

  it('of a resumed run change its writer or end the writing, and leave all else', () => {
    const { reflection, ...rest } = draftingSettings;
    expect(withOtherWriter(context, draftingSettings, {})).toEqual(draftingSettings);
    expect(withOtherWriter(context, draftingSettings, { reflection: false })).toEqual(rest);
    const other = withOtherWriter(context, draftingSettings, { promptWriter: 'sim/sage-70b' });
    expect(other).toEqual({ ...rest, reflection: { ...reflection, writer: 'sim/sage-70b' } });
  });

  it.each([
    ['real models', models, {}, true],
    ['a model on this machine', ['local/qwen2.5-coder-0.5b-instruct'], {}, true],
    ['bandit', models, { strategy: 'bandit' }, true],
    ['a search that does not learn', models, { strategy: 'random' }, false],
    ['simulated models', ['sim/sage-70b'], {}, false],
    ['one simulated model', [...models, 'sim/sage-70b'], {}, false],
    ['recorded models', ['recorded/a'], {}, false],
    ['a recording', models, { recorded: 'r.jsonl' }, false],
  ])('write where nobody says for %s: %s', (_, used, options, expected) => {
    const writes = writesUnasked({ strategy: 'auto', ...options }, used);
    expect(writes).toBe(expected);
    const of = (given: { reflection?: boolean }) => reflectionOf(context, given, used, writes).reflection;
    expect(of({})).toEqual(expected ? {} : undefined);
    expect(of({ reflection: false })).toBeUndefined();
    expect(of({ reflection: true })).toEqual({});
  });

  it.each([
    ['real models', ['groq/llama-3.1-8b-instant'], {}, {}],
    ['simulated models', ['sim/sage-70b'], {}, undefined],
    ['--no-reflection', ['groq/llama-3.1-8b-instant'], { reflection: false }, undefined],
    ['--reflection', ['sim/sage-70b'], { reflection: true }, {}],
  ])(
    'decide whether a job has prompts written, and its forecast with it: %s',
    async (_, used, options, expected) => {
      const job = { ...defaultsOf({ ...jobFlags, ...runsFlags }), ...options, models: used };
      const { settings } = await planJob('contest-math', job, context);
      expect(settings.reflection).toEqual(expected);
    },
  );

  it('put the writer among the models that are called', () => {
    const settings = { models, reflection: { writer: 'groq/c' } };
    expect(modelsCalled(settings, worldTask)).toEqual(['groq/a', 'groq/b', 'groq/c']);
    expect(modelsCalled({ models }, worldTask)).toEqual(models);
  });
});
