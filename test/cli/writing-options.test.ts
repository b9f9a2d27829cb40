import { describe, expect, it } from 'vitest';
import { modelsCalled, reflectionOf, withOtherWriter } from '../../src/cli/wiring/writing.ts';
import { InputError } from '../../src/core/errors.ts';
import { draftingSettings, worldTask } from '../run/world.ts';
import { commandContext } from '../support/cli.ts';

const context = commandContext();
const models = ['groq/a', 'groq/b'];

describe('options of written prompts', () => {
  it.each([
    ['nothing', {}, undefined],
    ['--reflection', { reflection: true }, { share: 0.25 }],
    ['--no-reflection', { reflection: false }, undefined],
    ['a writer', { promptWriter: 'groq/c' }, { share: 0.25, writer: 'groq/c' }],
    [
      'a writer behind a base URL',
      { promptWriter: 'c', baseUrl: 'http://127.0.0.1:1/v1' },
      { share: 0.25, writer: 'openai/c' },
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

  it('put the writer among the models that are called', () => {
    const settings = { models, reflection: { share: 0.25, writer: 'groq/c' } };
    expect(modelsCalled(settings, worldTask)).toEqual(['groq/a', 'groq/b', 'groq/c']);
    expect(modelsCalled({ models }, worldTask)).toEqual(models);
  });
});
