import { describe, expect, test } from 'vitest';
import { unwrap } from '../../src/core/result.ts';
import { modelsOf } from '../../src/domain/moa-config.ts';
import { readLitellm } from '../../src/formats/litellm.ts';
import { readFormat, writeFormat } from '../../src/formats/systems.ts';

const workshop = (model: string, name = 'solver'): string =>
  JSON.stringify({
    main_model: model,
    cycles: 1,
    system_prompt: 'Answer. {helper_response}',
    layer_agent_config: { [name]: { model_name: 'llama3.1-8b', system_prompt: 'Solve. {helper_response}' } },
  });
const component = (model: string, type: string) => ({
  type: 'generator',
  model,
  model_type: type,
  temperature: 0.7,
  max_tokens: 100,
});
const archon = (model: string, type = 'Groq_API'): string =>
  JSON.stringify({ name: 'a', layers: [[component(model, type)]] });

/** What every object in JavaScript inherits. */
describe.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty'])('a file may name %s', (name) => {
  const read = (text: string) =>
    readFormat(text, undefined, { source: 'theirs', models: { other: 'groq/x' } });

  test('as a model', () => {
    expect(modelsOf(unwrap(read(workshop(name))).config)).toContain(`cerebras/${name}`);
    expect(modelsOf(unwrap(read(archon(name))).config)).toEqual([`groq/${name}`]);
    const line = `python generate_for_alpaca_eval.py --model ${name} --reference-models ${name}`;
    expect(modelsOf(unwrap(read(line)).config)).toEqual([`together/${name}`]);
  });

  test('as a provider', () => {
    expect(read(archon('m', name))).toMatchObject({
      error: { issues: [{ path: 'layers[0][0].model_type', found: name }] },
    });
    const list = JSON.stringify({
      model_list: [{ model_name: 'm', litellm_params: { model: `${name}/m` } }],
    });
    expect(unwrap(readLitellm(list, 'theirs')).models).toMatchObject([{ model: `openai/${name}/m` }]);
  });

  test('as an agent that a changed config gains', () => {
    const { origin } = unwrap(read(workshop('llama-3.3-70b')));
    const { config } = unwrap(read(workshop('gpt-oss-120b', name)));
    const written = JSON.parse(writeFormat(config, 'workshop-flat', { origin }).text);
    expect(Object.entries(written.layer_agent_config)).toMatchObject([[name, { model_name: 'llama3.1-8b' }]]);
  });
});
