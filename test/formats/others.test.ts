import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runCli } from '../../src/cli/program.ts';
import { unwrap } from '../../src/core/result.ts';
import { readLitellm } from '../../src/formats/litellm.ts';
import { writePromptSpace } from '../../src/formats/prompt-space.ts';
import { promptFormats, readPrompts } from '../../src/formats/prompts.ts';
import { parsePriceFile } from '../../src/models/price-file.ts';
import { parseSearchSpace } from '../../src/search/space-file.ts';
import { testContext } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runs } from '../support/thorough.ts';

const litellm = `model_list:
  - model_name: fast
    litellm_params:
      model: groq/llama-3.1-8b-instant
      api_key: os.environ/GROQ_API_KEY
      rpm: 30
      tpm: 6000
    model_info: { input_cost_per_token: 5e-08, output_cost_per_token: 8e-08 }
  - model_name: pool
    litellm_params: { model: gpt-4o-mini, api_key: os.environ/OPENAI_API_KEY }
  - model_name: pool
    litellm_params: { model: together_ai/meta/Llama-3, rpm: 10, input_cost_per_token: 0.0000025 }
  - model_name: mine
    litellm_params: { model: hosted_vllm/my/model, api_base: http://10.0.0.5:8000/v1, api_key: os.environ/VLLM_KEY }
  - model_name: everything
    litellm_params: { model: openai/* }
router_settings: { routing_strategy: simple-shuffle }
`;

describe('litellm', () => {
  test('models, endpoints, limits, prices and pools', () => {
    const { models, notes } = unwrap(readLitellm(litellm, 'l.yaml'));
    expect(models).toEqual([
      {
        name: 'fast',
        model: 'groq/llama-3.1-8b-instant',
        apiKeyEnv: 'GROQ_API_KEY',
        rpm: 30,
        tpm: 6000,
        price: { input: 0.05, output: 0.08 },
      },
      { name: 'pool', model: 'openai/gpt-4o-mini', apiKeyEnv: 'OPENAI_API_KEY' },
      { name: 'pool', model: 'together/meta/Llama-3', rpm: 10 },
      { name: 'mine', model: 'openai/my/model', baseUrl: 'http://10.0.0.5:8000/v1', apiKeyEnv: 'VLLM_KEY' },
    ]);
    expect(notes).toHaveLength(3);
    expect(notes[0]).toMatch(
      /^l\.yaml:13 at model_list\[2\]\.model_info\.input_cost_per_token|^l\.yaml:\d+ at model_list\[2\]/,
    );
    expect(notes.join('\n')).toMatch(
      /openai\/\* stands for many models[\s\S]*several entries named pool are a pool/,
    );
  });

  test.each<[string, RegExp]>([
    [
      'model_list:\n  - model_name: a\n    litellm_params: { model: gpt-4o, api_key: sk-abc }',
      /^l:3 at model_list\[0\]\.litellm_params\.api_key: expected no secret.*\(not shown\)$/,
    ],
    [
      'model_list:\n  - model_name: a\n    litellm_params: { model: anthropic/claude }',
      /^l:3 at .*model: expected a provider that mixtune reaches, or --lossy .*found anthropic\/claude/,
    ],
    [
      'model_list:\n  - model_name: a',
      /^l:2 at model_list\[0\]\.litellm_params: expected an entry with model_name and litellm_params/,
    ],
    ['model_list: []', /expected a model that mixtune reaches, found an empty list/],
    ['model_list:\n  - model_name: a\n    model_name: b', /^l:3.*(unique|repeated|duplicate)/i],
  ])('%j is refused', (text, message) => {
    const result = readLitellm(text, 'l');
    expect(result.ok ? 'read' : result.error.message).toMatch(message);
    expect(result.ok ? '' : result.error.message).not.toContain('sk-abc');
  });
});

const format = (name: string) => {
  const found = promptFormats.find((known) => known.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};
const prompts = (name: string, document: unknown) =>
  unwrap(readPrompts(JSON.stringify(document), format(name), 'p.json'));

describe('prompts', () => {
  test('promptfoo: texts of prompts, a field of theirs as the question', () => {
    const document = {
      prompts: ['Answer: {{ question_text }}', { label: 'short', raw: 'Be short.' }, 'Be short.'],
      providers: ['openai:gpt-4o'],
      tests: [],
    };
    expect(prompts('promptfoo', document).variable).toBe('question_text');
    const two = { ...document, prompts: ['{{a}}?', '{{b}}?'] };
    expect(prompts('promptfoo', two).variable).toBeUndefined();
    expect(prompts('promptfoo', document).prompts).toEqual([
      { name: 'prompt 1', text: 'Answer: {{question}}' },
      { name: 'short', text: 'Be short.' },
    ]);
    const refused = readPrompts(
      JSON.stringify({ prompts: ['file://p.txt', '{{a}} {{b}}'] }),
      format('promptfoo'),
      'p.json',
    );
    expect(refused.ok ? '' : refused.error.message).toMatch(
      /prompts\[0\]: expected the text itself, or --lossy[\s\S]*prompts\[1\]: expected one field/,
    );
  });

  test.each([
    ['openai:gpt-4o', /^p\.json:1 at providers: openai:gpt-4o is not .* --models openai\/gpt-4o$/],
    [['anthropic:messages:x'], / at providers\[0\]: anthropic:messages:x is .* --models provider\/model$/],
    [
      [{ id: 'openai:chat:mine', config: { apiBaseUrl: 'http://h:1/v1', temperature: 0 } }],
      /: openai:chat:mine with its apiBaseUrl, temperature is not .* --models openai\/mine --base-url http:\/\/h:1\/v1$/,
    ],
    [
      [{ 'openai:mine': { config: { top_p: 1 } } }],
      /: openai:mine with its top_p is not .* --models openai\/mine$/,
    ],
  ])('promptfoo: the providers %j are told, since a space holds none', (providers, said) => {
    expect(prompts('promptfoo', { prompts: ['Be short.'], providers }).notes).toEqual([
      expect.stringMatching(said),
    ]);
  });

  test('promptfoo: what is odd in the place of a provider throws nothing', () => {
    const providers = [null, 3, [], {}, { id: 4 }, { a: { config: 'b' } }];
    expect(prompts('promptfoo', { prompts: ['Be short.'], providers }).notes).toHaveLength(6);
  });

  test('GEPA: candidates, best first', () => {
    const document = {
      candidates: [{ system: 'old' }, { system: 'new' }, { system: 'worse' }],
      parents: [[null], [0], [0]],
      val_aggregate_scores: [0.4, 0.7, 0.3],
    };
    expect(prompts('gepa', document).prompts.map(({ text, score }) => [text, score])).toEqual([
      ['new', 0.7],
      ['old', 0.4],
      ['worse', 0.3],
    ]);
  });

  test('DSPy: instructions with demonstrations behind them', () => {
    const document = {
      'predict.predict': {
        signature: { instructions: 'Classify.', fields: [] },
        demos: [{ augmented: true, question: 'a?', answer: 'b' }],
        lm: null,
      },
      metadata: { dependency_versions: {} },
    };
    expect(prompts('dspy', document).prompts).toEqual([
      { name: 'predict.predict', text: 'Classify.\n\nExamples:\n\nquestion: a?\nanswer: b' },
    ]);
  });

  test('become a search space that can be searched', () => {
    const text = writePromptSpace('GEPA prompts!', 'r.json', [
      { text: 'a\n b' },
      { text: '# c: {{question}}' },
    ]);
    const space = unwrap(parseSearchSpace(parse(text), 'space'));
    expect([space.name, space.prompts.single]).toEqual(['gepa-prompts', ['a\n b', '# c: {{question}}']]);
  });

  test('no JSON makes a reader throw', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ depthSize: 'small' }),
        fc.constantFrom('prompts', 'candidates', 'model_list', 'x'),
        (value, key) => {
          for (const each of [
            value,
            { [key]: value },
            { [key]: [value] },
            { [key]: [{ litellm_params: value, signature: value }] },
          ]) {
            const text = JSON.stringify(each);
            for (const known of promptFormats) readPrompts(text, known, 'x', 'lossy');
            readLitellm(text, 'x', 'lossy');
          }
        },
      ),
      { numRuns: runs(200) },
    );
  });
});

describe('mixtune import', () => {
  const folder = temporaryFolder('others');
  const run = async (...argv: string[]) => {
    const context = testContext(argv, { cwd: folder });
    const code = await runCli(context);
    return { code, stdout: context.stdout.text, stderr: context.stderr.text };
  };

  test('a LiteLLM list becomes a price file and options', async () => {
    writeFileSync(join(folder, 'l.yaml'), litellm);
    const { code, stderr } = await run('import', 'l.yaml', '--out', 'prices.yaml');
    expect(code).toBe(0);
    expect(stderr).toContain(
      '--models groq/llama-3.1-8b-instant,openai/gpt-4o-mini,together/meta/Llama-3 --limit groq/llama-3.1-8b-instant:rpm=30,tpm=6000 --limit together/meta/Llama-3:rpm=10 --prices prices.yaml',
    );
    expect(stderr).toContain(
      '--base-url http://10.0.0.5:8000/v1 --api-key-env VLLM_KEY --models openai/my/model',
    );
    const list = unwrap(parsePriceFile(readFileSync(join(folder, 'prices.yaml'), 'utf8'), 'prices.yaml'));
    expect(list.prices.get('groq/llama-3.1-8b-instant')).toEqual({
      inputPerMillion: 0.05,
      outputPerMillion: 0.08,
    });
  });

  test('prompts become a space that tune takes', async () => {
    writeFileSync(
      join(folder, 'g.json'),
      JSON.stringify({ candidates: [{ system: 'Name the intent.' }], val_aggregate_scores: [1] }),
    );
    const { code, stderr } = await run('import', 'g.json', '--out', 'space.yaml');
    expect([code, stderr.split('\n')[0]]).toEqual([
      0,
      'g.json is read as gepa: 1 prompt, as a search space (tune TASK --space FILE)',
    ]);
    const space = parse(readFileSync(join(folder, 'space.yaml'), 'utf8'));
    expect(unwrap(parseSearchSpace(space, 'space')).prompts.single).toEqual(['Name the intent.']);
  });
});
