import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/core/canonical-json.ts';
import { unwrap } from '../../src/core/result.ts';
import { configId } from '../../src/domain/moa-config.ts';
import { readFormat, writeFormat } from '../../src/formats/systems.ts';
import { runs } from '../support/thorough.ts';
import { type ForeignRequest, requestsOf } from './requests.ts';

const folder = new URL('./files/archon/', import.meta.url);
const files = readdirSync(folder);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const question = 'Which {is} it?';

/** The program's texts in words of our own; the oracle below has them as functions. */
const texts = {
  generatorSystem: 'GEN',
  fuserSystem: 'FUSE',
  fuser: 'fuse {{question}}\nfrom:\n{{answers}}',
  fuserWithCritiques: 'fuse {{question}} by critiques:\n\n{{answers}}',
  fuserWithCritiquesShort: 'fuse {{question}} briefly by critiques:\n\n{{answers}}',
  criticSystem: 'CRITIC',
  critic: '{{count}} answers to {{question}}.\n\n{{answers}}\n\nSay [n].',
  rankerSystem: 'RANK',
  ranker: '{{count}} answers to {{question}}.\n\n{{answers}}\n\nSay [4] > [2].',
  rankerWithCritiques: '{{count}} criticised answers to {{question}}.\n\n{{answers}}\n\nSay [4] > [2].',
};

interface Component {
  readonly type: string;
  readonly model: string;
  readonly model_type: string;
  readonly temperature: number;
  readonly max_tokens: number;
  readonly samples?: number;
  readonly top_k?: number;
  readonly no_system?: boolean;
  readonly length_control?: boolean;
}

/**
 * The requests of Archon's program, written from its documented rules: each component of a layer reads what the last
 * layer left; answers are stripped; a critic's text is taken apart by its numbers; a ranker's first line orders.
 */
function archonRequests(
  layers: readonly (readonly Component[])[],
  answer: (request: ForeignRequest) => string,
): ForeignRequest[] {
  const made: ForeignRequest[] = [];
  const providers: Record<string, string> = { Together_API: 'together', OpenAI_API: 'openai' };
  const call = (component: Component, system: string, user: string): string => {
    const { model, model_type, temperature, max_tokens, no_system } = component;
    const request: ForeignRequest = {
      model: `${providers[model_type]}/${model}`,
      messages: [
        ...(no_system === true ? [] : [{ role: 'system', content: system }]),
        { role: 'user', content: user },
      ],
      temperature: model_type === 'Together_API' && temperature <= 1e-4 ? 0 : temperature,
      maxTokens: max_tokens,
    };
    made.push(request);
    return answer(request).trim();
  };
  let candidates: string[] = [];
  let critiques: string[] = [];
  for (const layer of layers) {
    const before = { candidates, critiques };
    let written: string[] | undefined;
    for (const component of layer) {
      const times = Array.from({ length: component.samples ?? 1 });
      if (component.type === 'generator') {
        written = [...(written ?? []), ...times.map(() => call(component, 'GEN', question))];
      } else if (component.type === 'fuser') {
        const paired = before.critiques.length > 0;
        const how = component.length_control === true ? ' briefly' : '';
        let prompt = paired ? `fuse ${question}${how} by critiques:\n\n` : `fuse ${question}\nfrom:`;
        before.candidates.forEach((candidate, index) => {
          prompt += paired
            ? `${index + 1}. ${candidate} \n\nCritique:\n${before.critiques[index]}${index + 1 < before.candidates.length ? '\n\n' : ''}`
            : `\n${index + 1}. ${candidate}`;
        });
        written = [...(written ?? []), ...times.map(() => call(component, 'FUSE', prompt))];
      } else if (component.type === 'critic') {
        let prompt = `${candidates.length} answers to ${question}.\n`;
        candidates.forEach((candidate, index) => {
          prompt += `\n[${index + 1}] ${candidate}`;
        });
        const said = call(component, 'CRITIC', `${prompt}\n\nSay [n].`);
        const cleaned = said.split('\n\n\n\n').join('\n\n').split('\n\n').join('\n').split('---').join('');
        critiques = cleaned
          .split(/\[\d+\]/)
          .map((part) => part.trim())
          .filter((part) => part.length > 10);
        expect(critiques).toHaveLength(candidates.length);
      } else if (component.type === 'ranker') {
        const paired = critiques.length > 0;
        let prompt = `${candidates.length}${paired ? ' criticised' : ''} answers to ${question}.\n`;
        candidates.forEach((candidate, index) => {
          prompt += `\n[${index + 1}] ${candidate}${paired ? `\n\nCritique:\n${critiques[index]}` : ''}`;
        });
        const said = call(component, 'RANK', `${prompt}\n\nSay [4] > [2].`);
        const order = [...(said.split('\n')[0] ?? '').matchAll(/\[(\d+)\]/g)]
          .map(([, number]) => Number(number) - 1)
          .slice(0, component.top_k);
        [candidates, critiques] = [
          order.map((at) => candidates[at] ?? ''),
          paired ? order.map((at) => critiques[at] ?? '') : [],
        ];
      }
    }
    if (written !== undefined) candidates = written;
  }
  return made;
}

/** A made-up answer that follows from the request, in the form that its component wants. */
function answerTo({ model, messages }: ForeignRequest): string {
  const [system, user] = [messages[0]?.content, messages.at(-1)?.content ?? ''];
  const count = Number(/^(\d+)/.exec(user)?.[1] ?? 0);
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  if (system === 'CRITIC') {
    return numbers
      .map((number) => `[${number}]\nStrengths:\n- good ${number}\n\nWeaknesses:\n- bad ${user.length}\n\n`)
      .join('\n---\n');
  }
  if (system === 'RANK')
    return `Answer: ${numbers
      .reverse()
      .map((number) => `[${number}]`)
      .join(' > ')}\nsince [1] is last`;
  return `  ${model} <candidate> after ${user.length} {{answers}}\n`;
}

const supported = files.filter((name) => !/unit-tests|verifier/.test(name));

describe('behaviour', () => {
  test.each(supported)('%s makes the requests that the program makes, call by call', async (name) => {
    const { config } = unwrap(readFormat(read(name), undefined, { source: name, texts }));
    const layers: (readonly Component[])[] = JSON.parse(read(name)).layers.map(
      (layer: { models?: Component[] } & Component[]) => layer.models ?? layer,
    );
    const expected = archonRequests(layers, answerTo);
    expect(expected.length).toBeGreaterThan(0);
    expect(await requestsOf(config, question, answerTo)).toEqual(expected);
  });
});

describe('text', () => {
  test.each(files)('%s is written back key by key', (name) => {
    const { config, origin } = unwrap(readFormat(read(name), undefined, { source: name, mode: 'lossy' }));
    const { text } = writeFormat(config, 'archon', { origin });
    expect(canonicalJson(JSON.parse(text))).toBe(canonicalJson(JSON.parse(read(name))));
  });

  test.each(supported)('%s written anew reads back as the same config', (name) => {
    const { config } = unwrap(readFormat(read(name), undefined, { source: name }));
    const { text, losses } = writeFormat(config, 'archon');
    expect(losses).toEqual([]);
    expect(configId(unwrap(readFormat(text, 'archon', { source: name })).config)).toBe(configId(config));
  });
});

test('agents that begin, once, lose nothing of how they would be shown earlier answers', () => {
  const lossesAt = (rounds: number, none?: string) => {
    const agent = { name: 'a', model: 'openai/x', prompt: '', temperature: 0, maxTokens: 9 };
    const shown = none === undefined ? agent : { ...agent, references: { none } };
    const stages = [{ kind: 'propose' as const, agents: [shown], rounds }];
    return writeFormat({ version: 1, name: 'one', stages }, 'archon').losses.map(({ at }) => at);
  };
  expect(lossesAt(1)).toEqual([]);
  expect(lossesAt(2)).toEqual(['stages[0].agents[0].references']);
  expect(lossesAt(1, 'Nobody has answered yet.')).toEqual(['stages[0].agents[0].references']);
});

test.each<[string, RegExp]>([
  [
    'unit-tests.json',
    /^unit-tests\.json:\d+ at layers\[0\]\[0\]: expected components other than unit tests, which have no counterpart, or --lossy .*found a unit_test_generator/,
  ],
  [
    'verifier.json',
    /^verifier\.json:\d+ at layers\[1\]\[0\]: expected components other than verifiers, or --lossy/,
  ],
])('%s is refused with line and path, and read with --lossy', (name, message) => {
  const refused = readFormat(read(name), undefined, { source: name });
  expect(refused.ok ? '' : refused.error.message).toMatch(message);
  expect(readFormat(read(name), undefined, { source: name, mode: 'lossy' }).ok).toBe(true);
});

test('a key that nothing reads is told by its name', () => {
  const { notes } = unwrap(readFormat(read('old-layers.json'), undefined, { source: 'old.json', texts }));
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatch(
    /^old\.json:\d+ at layers\[1\]\.models\[0\]\.length_contorl: Archon does not read it either/,
  );
});

test('no JSON makes the reader throw', () => {
  const keys = fc.constantFrom(
    'layers',
    'models',
    'type',
    'model',
    'model_type',
    'samples',
    'top_k',
    'temperature',
    'name',
    '__proto__',
  );
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('generator', 'fuser', 'critic', 'ranker', 'Together_API', '', 1, 0, -1, true, null),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(keys, tie('value'), { maxKeys: 6 }),
    ),
  })).value;
  fc.assert(
    fc.property(json, fc.constantFrom('normal' as const, 'lossy' as const), (value, mode) => {
      const layered = {
        name: 'x',
        layers: [
          value,
          [{ type: 'fuser', model: 'a', model_type: 'OpenAI_API', temperature: 0, max_tokens: 1 }],
        ],
      };
      for (const each of [value, layered]) {
        const result = readFormat(JSON.stringify(each), 'archon', { source: 'x', mode });
        if (result.ok) writeFormat(result.value.config, 'archon', { origin: result.value.origin });
      }
    }),
    { numRuns: runs(400) },
  );
});
