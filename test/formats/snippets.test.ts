import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { snippetNames, writeSnippet } from '../../src/formats/snippets.ts';

test.each(snippetNames)(
  '%s names the endpoint, the model and the variable of the key, and no key',
  (name) => {
    const text = writeSnippet(name, { model: 'mixtune/3fa9c1d2e4b5', baseUrl: 'http://10.0.0.1:9/v1/' });
    expect(text).toContain('http://10.0.0.1:9/v1');
    expect(text).not.toContain('/v1/"');
    expect(text).toContain('mixtune/3fa9c1d2e4b5');
    expect(text.includes('MIXTUNE_API_KEY') || text.includes('api_key_name: mixtune')).toBe(true);
  },
);

test.each(['litellm', 'promptfoo'] as const)('%s says that the variable is needed in any case', (name) => {
  expect(writeSnippet(name, { model: 'best' })).toContain(
    '\n# Set MIXTUNE_API_KEY: to a key of the server, or any text where it asks for none.\n',
  );
});

test('clients that send a temperature and a limit of their own are told not to', () => {
  // promptfoo sends 0 and 1024, DSPy before version 3 0 and 4000: a vote of samples at 0 is one answer.
  const [provider] = parse(writeSnippet('promptfoo', { model: 'best' })).providers;
  expect(provider.config).toMatchObject({ omitDefaults: true });
  expect(writeSnippet('dspy-lm', { model: 'best' })).toContain(
    '\n    temperature=None,\n    max_tokens=None,\n',
  );
});

test('odd texts stay texts', () => {
  const model = `a'b"c\\d $(e)`;
  expect(writeSnippet('curl', { model })).toContain(`'{"model":"a'\\''b\\"c\\\\d $(e)"`);
  expect(parse(writeSnippet('litellm', { model })).model_list[0].litellm_params.model).toBe(
    `openai/${model}`,
  );
  expect(parse(writeSnippet('promptfoo', { model })).providers[0].id).toBe(`openai:chat:${model}`);
  expect(parse(writeSnippet('llm', { model }))[0].model_name).toBe(model);
});
