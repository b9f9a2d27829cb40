import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/core/canonical-json.ts';
import { unwrap } from '../../src/core/result.ts';
import { configId, type MoaConfig } from '../../src/domain/moa-config.ts';
import { presets } from '../../src/domain/presets.ts';
import { type ReadFormatOptions, readFormat, writeFormat } from '../../src/formats/systems.ts';
import { workshopReferences } from '../../src/formats/workshop/system.ts';
import { runMoa } from '../../src/moa/engine.ts';
import { withTokenLimit } from '../../src/models/call-key.ts';
import { anyText } from '../support/any-text.ts';
import { ScriptedModel } from '../support/scripted-model.ts';
import { runs } from '../support/thorough.ts';
import {
  type OracleAgent,
  type OracleRequest,
  type OracleSystem,
  workshopRequests,
} from './workshop-oracle.ts';

const folder = new URL('./files/workshop/', import.meta.url);
const files = readdirSync(folder);
const texts = {
  systemPrompt: 'SYSTEM {helper_response}',
  referenceSystemPrompt: 'REFERENCES\n{responses}\n',
  agentPrompt: 'AGENT {helper_response}',
};

const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const options = (overrides: Partial<ReadFormatOptions> = {}): ReadFormatOptions => ({
  source: 'f.json',
  ...overrides,
});
function systemOf(name: string, overrides: Partial<ReadFormatOptions> = {}) {
  return unwrap(readFormat(read(name), undefined, options({ texts, ...overrides })));
}

describe('text', () => {
  test.each(files)('%s is written back key by key', (name) => {
    const { config, origin } = systemOf(name);
    const written = writeFormat(config, origin.format, { origin });
    expect(canonicalJson(JSON.parse(written.text))).toBe(canonicalJson(JSON.parse(read(name))));
    expect(written.losses).toEqual([]);
  });

  test.each(files.filter((name) => name !== 'export-no-agents.json' && name !== 'flat-single.json'))(
    '%s written anew reads back as the same config',
    (name) => {
      const { config, origin } = systemOf(name);
      const written = writeFormat(config, origin.format, { texts });
      expect(written.losses).toEqual([]);
      const back = unwrap(readFormat(written.text, origin.format, options({ texts })));
      expect(configId(back.config)).toBe(configId(config));
    },
  );

  test('a change is written where it belongs, and what mixtune does not know stays', () => {
    const { config, origin } = systemOf('export-1.2.json');
    const changed = structuredClone(config);
    const [propose] = changed.stages;
    if (propose?.kind === 'propose' && propose.agents[0] !== undefined) {
      propose.agents[0].temperature = 0.9;
      propose.rounds = 4;
    }
    const document = JSON.parse(read('export-1.2.json'));
    document.ai_configuration.layer_agents[0].temperature = 0.9;
    document.ai_configuration.cycles = 4;
    expect(JSON.parse(writeFormat(changed, 'workshop', { origin }).text)).toEqual(document);
  });

  test('a default that others lean on is written where it changes under them', () => {
    const text = JSON.stringify({
      main_model: 'llama-3.3-70b',
      system_prompt: '{helper_response}!',
      reference_system_prompt: '{responses}',
      layer_agent_config: { a: { system_prompt: 'A {helper_response}', extra: 1 } },
    });
    const { config, origin } = unwrap(readFormat(text, undefined, options()));
    const changed = structuredClone(config);
    if (changed.stages[1]?.kind === 'fuse') changed.stages[1].agent.temperature = 0.9;
    const written = writeFormat(changed, 'workshop-flat', { origin });
    expect(JSON.parse(written.text)).toMatchObject({
      temperature: 0.9,
      layer_agent_config: { a: { temperature: 0.1, extra: 1 } },
    });
    expect(configId(unwrap(readFormat(written.text, undefined, options())).config)).toBe(configId(changed));
  });

  test('another name of a key gives way to the key when the value changes', () => {
    const { config, origin } = systemOf('flat-aliases.json');
    const changed = structuredClone(config);
    if (changed.stages[1]?.kind === 'fuse') changed.stages[1].agent.model = 'cerebras/qwen-3-32b';
    // The agent took its model from the main one.
    if (changed.stages[0]?.kind === 'propose')
      changed.stages[0].agents = changed.stages[0].agents.map((agent) => ({
        ...agent,
        model: 'cerebras/qwen-3-32b',
      }));
    const document = JSON.parse(writeFormat(changed, 'workshop-flat', { origin }).text);
    expect(document).toMatchObject({ main_model: 'qwen-3-32b', temp: '0.4', context_length: 1000 });
    expect(document).not.toHaveProperty('primary_model');
  });

  test('models by a map go both ways, and two spellings are one model', () => {
    const models = { 'llama3.1-8b': 'sim/finch-3b', 'qwen-3-32b': 'ollama/qwen3:32b' };
    const { config } = systemOf('flat.json', { models });
    const written = writeFormat(config, 'workshop-flat', { models });
    expect(written.losses).toEqual([]);
    expect(JSON.parse(written.text).layer_agent_config).toMatchObject({
      one: { model_name: 'llama3.1-8b' },
      two: { model_name: 'qwen-3-32b' },
    });
    const spelt = (model: string) =>
      unwrap(readFormat(read('flat.json').replaceAll('llama-3.3-70b', model), undefined, options())).config;
    expect(configId(spelt('llama3.3-70b'))).toBe(configId(spelt('llama-3.3-70b')));
  });
});

/** Made-up answers, with what is hard to hand on: braces, numbers, thinking, blanks at the ends, tags. */
const answerTo = ({ model, messages }: OracleRequest): string =>
  ` <think>hm</think> ${model} {x} {{references}} 1. of ${messages.length}\n</candidate>\n`;

async function mixtuneRequests(config: MoaConfig, question: string): Promise<OracleRequest[]> {
  const model = new ScriptedModel((request) => answerTo(request as OracleRequest));
  const outcome = await runMoa(config, { text: question }, { model, extractAnswer: (text) => text });
  expect(outcome.kind).toBe('answered');
  return model.requests.map(({ sample: _, ...request }) => request) as OracleRequest[];
}

const at = (model: string, prompt: string, temperature?: number, maxTokens?: number): OracleAgent => ({
  model: model.includes('/') ? model : `cerebras/${model}`,
  prompt,
  ...(temperature === undefined ? {} : { temperature }),
  ...(maxTokens === undefined ? {} : { maxTokens }),
});

/** By file: the system with the program's defaults filled in by hand. */
const systems: readonly [string, OracleSystem][] = [
  [
    'export-2.0.json',
    {
      main: at('llama-3.3-70b', 'Write the final function. {helper_response}', 0.2),
      agents: [
        at('llama-4-scout-17b-16e-instruct', 'Look for what breaks. {helper_response}', 0.1),
        at('qwen-3-32b', 'Think of empty and odd input.\n{helper_response}\nThen write.', 0.3),
      ],
      cycles: 3,
      referencePrompt: texts.referenceSystemPrompt,
    },
  ],
  [
    'export-no-version.json',
    {
      main: at('qwen-3-32b', 'Order: {helper_response}. End with one function.', 0.5),
      agents: [
        at('qwen-3-32b', 'Say what is wrong, as {{"fault": 1}}. {helper_response}', 0.55),
        at('llama3.1-8b', 'Answer alone.', 0),
      ],
      cycles: 2,
      referencePrompt: texts.referenceSystemPrompt,
    },
  ],
  [
    'export-sparse.json',
    {
      main: at('llama-3.3-70b', texts.systemPrompt, 0.1),
      agents: [at('llama3.1-8b', texts.agentPrompt, 0.1), at('qwen-3-32b', 'Again B {helper_response}', 0.1)],
      cycles: 1,
      referencePrompt: texts.referenceSystemPrompt,
    },
  ],
  [
    'flat.json',
    {
      main: at('llama-3.3-70b', 'Be fair. {helper_response}', 0.1, 2048),
      agents: [
        at('llama3.1-8b', 'First {helper_response}', 0.2, 512),
        at('qwen-3-32b', 'Be fair. {helper_response}', 0.1, 2048),
        at('llama-3.3-70b', 'Third, blind', 0.1, 2048),
      ],
      cycles: 2,
      referencePrompt: 'Others wrote:\n{responses}\nJudge {{all}} of it.',
    },
  ],
  [
    'flat-aliases.json',
    {
      main: at('llama-3.3-70b', 'Go. {helper_response}', 0.4, 1000),
      agents: [at('llama-3.3-70b', 'X {helper_response}', 0.4, 1000)],
      cycles: 1,
      referencePrompt: '{responses}{responses}',
    },
  ],
  [
    'pair.json',
    {
      main: at('llama-3.3-70b', 'Same each time.\n\n{helper_response}', 0),
      agents: [
        at('llama-4-scout-17b-16e-instruct', 'Step by step. {helper_response}', 0.1),
        at('llama3.1-8b', 'Think. {helper_response}', 0, 2048),
      ],
      cycles: 1,
      referencePrompt: 'Put these together without a surprise.',
    },
  ],
  [
    'groq-moa.json',
    {
      main: at('groq/llama-3.1-70b-versatile', 'Be kind.\n\n{helper_response}', 0.1),
      agents: [
        at('groq/gemma2-9b-it', 'One. {helper_response}', 0.1),
        at('groq/llama-3.1-8b-instant', 'Two. {helper_response}', 0.7, 2048),
      ],
      cycles: 2,
      referencePrompt: 'They said:\n{responses}\n',
    },
  ],
];

describe('behaviour', () => {
  test.each(systems)('%s makes the requests that the program makes, call by call', async (name, system) => {
    const { config } = systemOf(name);
    const question = 'What {is} {{this}}?\n';
    // Where the program names no limit, mixtune does.
    const expected = workshopRequests(system, question, answerTo).map((request) => withTokenLimit(request));
    expect(expected).toHaveLength(system.cycles * system.agents.length + 1);
    expect(await mixtuneRequests(config, question)).toEqual(expected);
  });
});

describe('what is told', () => {
  const notesOf = (name: string, overrides: Partial<ReadFormatOptions> = {}) =>
    systemOf(name, overrides).notes;

  test('each with line and path', () => {
    expect(notesOf('export-no-version.json', { texts })).toEqual([
      'f.json:18 at ai_configuration.layer_agents[1].prompt: blind has no {helper_response} and never sees earlier answers (references.place: none)',
    ]);
    expect(notesOf('export-sparse.json')).toContain(
      'f.json:11 at ai_configuration.layer_agents[2]: a second agent named b: the program forgets the first',
    );
    expect(notesOf('pair.json')).toEqual([
      'f.json:21 at deterministic_settings: not read by mixtune; kept for an export',
    ]);
    expect(notesOf('export-no-agents.json')[0]).toMatch(/three of its own; imported as the main agent alone/);
  });

  test('a text that the program holds and the file does not is told, unless it is given', () => {
    const told = (given: Record<string, string>) =>
      unwrap(readFormat(read('export-2.0.json'), undefined, options({ texts: given }))).notes;
    expect(told({})).toHaveLength(1);
    expect(told({})[0]).toMatch(/--texts with referenceSystemPrompt/);
    expect(told(texts)).toEqual([]);
  });

  test('notes are refused with --strict', () => {
    const strict = readFormat(read('export-2.0.json'), undefined, options({ mode: 'strict' }));
    expect(strict.ok).toBe(false);
    expect(readFormat(read('export-2.0.json'), undefined, options({ mode: 'strict', texts })).ok).toBe(true);
  });
});

const flat = (overrides: object): string =>
  JSON.stringify(
    {
      main_model: 'llama-3.3-70b',
      cycles: 1,
      system_prompt: 'x {helper_response}',
      reference_system_prompt: '{responses}',
      layer_agent_config: { a: { system_prompt: 'a {helper_response}' } },
      ...overrides,
    },
    null,
    1,
  );

describe('refusals name line, path, what was found and what can be done', () => {
  test.each<[string, string, string]>([
    [
      'a brace that Python stops on',
      flat({ system_prompt: 'as {"a": 1} {helper_response}' }),
      'f.json:4 at system_prompt: expected only the field {helper_response}; a brace is written twice: {{ and }}, or --lossy to go on without it, found {"a": 1}, on which the program stops',
    ],
    [
      'a single brace',
      flat({ system_prompt: 'a } b {helper_response}' }),
      'f.json:4 at system_prompt: expected only the field {helper_response}; a brace is written twice: {{ and }}, or --lossy to go on without it, found }, on which the program stops',
    ],
    [
      'a placeholder of ours',
      flat({ system_prompt: '{{{{question}}}} {helper_response}' }),
      'f.json:4 at system_prompt: expected no text that mixtune takes for a placeholder, or --lossy to go on without it, found the text {{question}}',
    ],
    [
      'a temperature',
      flat({ temperature: 3 }),
      'f.json:11 at temperature: expected a number from 0 to 2, found 3',
    ],
    ['cycles', flat({ cycles: 17 }), 'f.json:3 at cycles: expected a whole number from 1 to 16, found 17'],
    [
      'a list of agents',
      flat({ layer_agent_config: [1] }),
      'f.json:6 at layer_agent_config: expected an object: agents by name, found a list of 1',
    ],
    [
      'no object',
      '[1]',
      'f.json:1: expected an object with the settings of a workshop system, found a list of 1',
    ],
    [
      'a key twice',
      '{"main_model": "a",\n "main_model": "b"}',
      'f.json:2 at main_model: expected JSON with each key once, not nested deeply, found the same key twice in one object',
    ],
    [
      'a secret',
      flat({ api_key: 'abc-123' }),
      'f.json:11 at api_key: expected no secret in the file: name the variable that holds it (os.environ/NAME) or leave it out, found what looks like a secret (not shown)',
    ],
    [
      'a secret by its shape',
      flat({ system_prompt: 'use csk-k3k3k3k3k3k3k3k3k3k3' }),
      'f.json:4 at system_prompt: expected no secret in the file: name the variable that holds it (os.environ/NAME) or leave it out, found what looks like a secret (not shown)',
    ],
    [
      'too much',
      flat({ note: 'x'.repeat(4 * 1024 * 1024) }),
      'f.json: expected at most 4194304 bytes, found 4194533 bytes',
    ],
  ])('%s', (_, text, message) => {
    const result = readFormat(text, 'workshop-flat', options());
    expect(result.ok ? 'read' : result.error.message).toBe(message);
  });

  test('with --lossy broken braces are text, and each is told', () => {
    const lossy = unwrap(
      readFormat(
        flat({ system_prompt: 'as {"a": {{b}}} {{c}} {helper_response}' }),
        undefined,
        options({ mode: 'lossy' }),
      ),
    );
    const fuse = lossy.config.stages[1];
    expect(fuse?.kind === 'fuse' && fuse.agent.prompt).toBe('as {"a": { {b}}} { {c}} {{references}}');
    expect(lossy.notes).toHaveLength(1);
    expect(lossy.notes[0]).toMatch(/^f\.json:4 at system_prompt: lost: /);
  });
});

const promptText = fc
  .array(fc.constantFrom('{', '}', '{{', '}}', '{x}', 'word ', '\n', '"', '{{ y }}', '%s', '🙂'), {
    maxLength: 8,
  })
  .map((parts) => parts.join(''))
  .filter((text) => text.trim() !== '' && !/\{\{[A-Za-z_]\w*\}\}/.test(text));

/** Configs that a shape with keys for everything holds. */
const held: fc.Arbitrary<MoaConfig> = fc
  .record({
    introduction: promptText.map((text) => `${text}|{{answers}}|${text}`),
    temperature: fc.double({ min: 0, max: 2, noNaN: true }).map((value) => value + 0),
    maxTokens: fc.option(fc.integer({ min: 1, max: 9999 }), { nil: undefined }),
    rounds: fc.integer({ min: 2, max: 16 }),
    agents: fc.uniqueArray(
      fc.record({
        name: fc
          .string({ minLength: 1, maxLength: 6 })
          .filter((name) => !/^\d+$/.test(name) && name !== '__proto__'),
        prompt: promptText,
        blind: fc.boolean(),
        temperature: fc.constantFrom(0, 0.3, 1),
      }),
      { minLength: 1, maxLength: 4, selector: ({ name }) => name },
    ),
    main: promptText,
  })
  .map(({ introduction, temperature, maxTokens, rounds, agents, main }) => {
    const references = workshopReferences(introduction);
    const tokens = maxTokens === undefined ? {} : { maxTokens };
    return {
      version: 1,
      name: 'workshop',
      stages: [
        {
          kind: 'propose',
          rounds,
          agents: agents.map((agent) => ({
            name: agent.name,
            model: 'cerebras/llama3.1-8b',
            prompt: agent.blind ? agent.prompt : `${agent.prompt} {{references}}`,
            temperature: agent.temperature,
            ...tokens,
            references: agent.blind ? { place: 'none' as const } : references,
          })),
        },
        {
          kind: 'fuse',
          agent: {
            name: 'main',
            model: 'cerebras/llama-3.3-70b',
            prompt: `{{references}}${main}`,
            temperature,
            ...tokens,
            references,
          },
        },
      ],
    };
  });

describe('properties', () => {
  test('config → format → config is the identity on what the format holds', () => {
    fc.assert(
      fc.property(held, fc.constantFrom('workshop-flat', 'workshop-pair'), (config, name) => {
        const { text, losses } = writeFormat(config, name);
        expect(losses).toEqual([]);
        expect(unwrap(readFormat(text, name, options())).config).toEqual(config);
      }),
      { numRuns: runs(200) },
    );
  });

  test('no JSON makes the reader throw, and none that is read comes back changed', () => {
    const keys = fc.constantFrom(
      'ai_configuration',
      'layer_agents',
      'main_model',
      'cycles',
      'temperature',
      'layer_agent_config',
      'main_config',
      'layer_config',
      'moa_layer_agent_config',
      'system_prompt',
      'prompt',
      'name',
      'model',
      '__proto__',
      'toString',
    );
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom('', 'a {helper_response}', '{', 0, 1, -1, 1e308, true, null, 'llama3.1-8b'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(keys, tie('value'), { maxKeys: 6 }),
      ),
    })).value;
    fc.assert(
      fc.property(json, fc.constantFrom('normal' as const, 'lossy' as const), (value, mode) => {
        const text = JSON.stringify(value);
        for (const name of ['workshop', 'workshop-flat', 'workshop-pair', 'groq-moa', undefined]) {
          const result = readFormat(text, name, options({ mode }));
          if (!result.ok) continue;
          const { config, origin } = result.value;
          expect(canonicalJson(JSON.parse(writeFormat(config, origin.format, { origin }).text))).toBe(
            canonicalJson(JSON.parse(text)),
          );
        }
      }),
      { numRuns: runs(400) },
    );
  });

  test('a name that is an object is kept as it is written', () => {
    const text = '{"ai_configuration":{"layer_agents":[{"name":{"toString":""}}]}}';
    expect(() => readFormat(text, undefined, options())).not.toThrow();
  });

  test('no text makes the reader throw', () => {
    fc.assert(
      fc.property(anyText({ maxLength: 60 }), (text) => void readFormat(text, undefined, options())),
      { numRuns: runs(100) },
    );
  });
});

test('what the workshop cannot hold of a config is listed', () => {
  const { losses } = writeFormat(presets['critique-rank-fuse'](['openai/gpt-4o-mini']), 'workshop');
  expect(losses.map(({ at }) => at)).toEqual(
    expect.arrayContaining(['stages', 'stages[0].agents[0].model', 'stages[1].agent.references']),
  );
});

test('groq-moa is written the field that it insists on, and sent nothing more', () => {
  const { stages, ...rest } = presets['critique-rank-fuse'](['groq/one', 'groq/two']);
  const [propose] = stages;
  if (propose?.kind !== 'propose') throw new Error('the preset begins otherwise');
  const [proposer] = propose.agents;
  const written = (rounds: number) =>
    writeFormat({ ...rest, stages: [{ ...propose, rounds }, ...stages.slice(1)] }, 'groq-moa');
  const { text, losses } = written(1);
  expect(losses.map(({ at }) => at)).not.toContain('stages[0].agents[0].references');
  expect(Object.values(JSON.parse(text).moa_layer_agent_config)[0]).toMatchObject({
    system_prompt: `${proposer?.prompt}{helper_response}`,
  });
  expect(readFormat(text, 'groq-moa', options({ mode: 'normal' })).ok).toBe(true);
  const blind = { ...propose, rounds: 2, agents: [{ ...proposer, references: { place: 'none' } }] };
  const lossy = writeFormat({ ...rest, stages: [blind, ...stages.slice(1)] } as MoaConfig, 'groq-moa');
  expect(lossy.losses).toContainEqual(
    expect.objectContaining({ what: expect.stringContaining('groq-moa stops without {helper_response}') }),
  );
  expect(readFormat(lossy.text, 'groq-moa', options({ mode: 'normal' })).ok).toBe(true);
});

describe('a newcomer is told', () => {
  const text = (overrides: object, agent: object): string =>
    JSON.stringify({
      ai_configuration: {
        main_model: 'llama-3.3-70b',
        cycles: 1,
        system_prompt: 'x {helper_response}',
        layer_agents: [{ name: 'a', model: 'llama3.1-8b', prompt: 'a {helper_response}', ...agent }],
        ...overrides,
      },
    });
  const notesOf = (from: string, overrides: Partial<ReadFormatOptions> = {}): readonly string[] =>
    unwrap(readFormat(from, undefined, options({ texts, ...overrides }))).notes;

  test('that a key is not read, and it is not', () => {
    const changed = unwrap(
      readFormat(
        text({ max_tokens: 77, reference_system_prompt: 'Mine: {responses}' }, {}),
        undefined,
        options({ texts }),
      ),
    );
    const without = unwrap(readFormat(text({}, {}), undefined, options({ texts })));
    expect(changed.notes).toEqual([
      expect.stringMatching(/max_tokens: not read by mixtune/),
      expect.stringMatching(/reference_system_prompt: not read by mixtune/),
    ]);
    expect(configId(changed.config)).toBe(configId(without.config));
  });

  test('which model the program takes where the key is misspelt', () => {
    const notes = notesOf(text({}, { model: undefined, model_name: 'qwen-3-32b' }));
    expect(notes).toEqual([
      expect.stringMatching(/layer_agents\[0\]\.model_name: not read/),
      expect.stringMatching(/layer_agents\[0\]\.model: not in the file: the program takes llama3\.1-8b$/),
    ]);
    expect(notesOf(text({}, {}))).toEqual([]);
  });

  test('which name in the map no model has', () => {
    const models = { 'llama-3.3-7b': 'sim/sage-70b', 'llama3.1-8b': 'sim/heron-8b' };
    expect(notesOf(text({}, {}), { models })).toEqual([
      'f.json:1: no model is called llama-3.3-7b, as --models says',
    ]);
  });

  test('which of two names in the map would be written, and nothing where the origin tells', () => {
    const models = {
      'llama-3.3-70b': 'sim/sage-70b',
      'llama3.1-70b': 'sim/sage-70b',
      'llama3.1-8b': 'sim/heron-8b',
    };
    const { config, origin } = unwrap(readFormat(text({}, {}), undefined, options({ texts, models })));
    expect(writeFormat(config, 'workshop', { texts, models }).losses).toEqual([
      { at: 'stages', what: expect.stringMatching(/^which of llama-3\.3-70b, llama3\.1-70b is meant/) },
    ]);
    expect(writeFormat(config, 'workshop', { texts, models, origin }).losses).toEqual([]);
  });
});
