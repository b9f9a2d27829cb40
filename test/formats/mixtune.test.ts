import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseYaml } from '../../src/core/yaml.ts';
import { agentSchema } from '../../src/domain/agent.ts';
import { configId, type MoaConfig } from '../../src/domain/moa-config.ts';
import { brokenRules } from '../../src/domain/moa-config-rules.ts';
import { presetNames, presets } from '../../src/domain/presets.ts';
import { stageKinds } from '../../src/domain/stages/stages.ts';
import { readMixtune, writeMixtune } from '../../src/formats/mixtune.ts';
import { anyConfig, withReversedKeys } from '../support/config-arbitraries.ts';
import { runs } from '../support/thorough.ts';

const models = ['sim/sage-70b', 'sim/otter-32b', 'sim/forge-14b'] as const;

describe('writing and reading', () => {
  test('a written config reads back as it was, whatever its texts hold', () => {
    fc.assert(
      fc.property(anyConfig, (config) => {
        const text = writeMixtune(config);
        const back = parseYaml(text, 'f');
        expect(back).toMatchObject({ ok: true });
        if (back.ok) expect(back.value.value).toEqual(config);
        if (brokenRules(config).length > 0) return;
        const read = readMixtune(text, 'f');
        expect(read.ok && configId(read.value)).toBe(configId(config));
      }),
      { numRuns: runs(300) },
    );
  });

  test.each([
    ' \n',
    '\n',
    'a\n',
    'a \n',
    'a\n\n',
    ' a\nb',
    'a \nb',
    'a\n\n b',
    '# a\nb',
    'a: b',
    '- a',
    '---\na',
    'a\n...\nb',
  ])('the prompt %j comes back', (prompt) => {
    const config: MoaConfig = {
      version: 1,
      name: 'x',
      stages: [{ kind: 'propose', agents: [{ name: 'a', model: 'sim/a', prompt }] }],
    };
    expect(readMixtune(writeMixtune(config), 'f')).toEqual({ ok: true, value: config });
  });

  test('equal configs give equal text, and JSON reads like YAML', () => {
    fc.assert(
      fc.property(anyConfig, (config) => {
        expect(writeMixtune(withReversedKeys(config) as MoaConfig)).toBe(writeMixtune(config));
        const json = parseYaml(JSON.stringify(config), 'f.json');
        expect(json.ok && json.value.value).toEqual(config);
      }),
    );
  });

  test('the text is for people: keys in a fixed order, prompts as blocks, a comment on top', () => {
    const config: MoaConfig = {
      version: 1,
      stages: [
        {
          agents: [{ temperature: 0.5, prompt: 'Line one: a\n\n  indented\nend', name: 'a', model: 'sim/a' }],
          kind: 'propose',
        },
      ],
      name: 'two words',
    };
    expect(writeMixtune(config, { comment: 'simulated\nrun 1' })).toBe(
      [
        '# simulated',
        '# run 1',
        '',
        'version: 1',
        'name: two words',
        'stages:',
        '  - kind: propose',
        '    agents:',
        '      - name: a',
        '        model: sim/a',
        '        prompt: |-',
        '          Line one: a',
        '',
        '            indented',
        '          end',
        '        temperature: 0.5',
        '',
      ].join('\n'),
    );
  });
});

describe('errors name file, line and path', () => {
  const text = [
    'version: 1',
    'name: x',
    'stages:',
    '  - kind: propose',
    '    agents:',
    '      - name: a',
    '        model: sim/a',
    '        promt: hello',
    '  - kind: fuze',
  ].join('\n');

  test('of the shape', () => {
    const read = readMixtune(text, 'c.yaml');
    expect(read.ok ? '' : read.error.message.split('\n')).toEqual([
      `c.yaml:8 at stages[0].agents[0].promt: expected only the keys ${Object.keys(agentSchema.shape).join(', ')}, found unknown key "promt" (did you mean "prompt"?)`,
      `c.yaml:9 at stages[1].kind: expected one of ${stageKinds.map((kind) => `"${kind}"`).join(', ')}, found "fuze" (did you mean "fuse"?)`,
    ]);
  });

  test('of a rule', () => {
    const read = readMixtune(
      text
        .replace('promt', 'prompt')
        .replace(
          'kind: fuze',
          'kind: vote\n  - kind: propose\n    agents: [{name: b, model: sim/b, prompt: "", samples: 2}]',
        ),
      'c.yaml',
    );
    expect(read.ok ? '' : read.error.message).toMatch(
      /^c\.yaml:10 at stages\[2\]: expected an end with exactly one/,
    );
  });

  test('of a missing key, at what should hold it', () => {
    const read = readMixtune(text.replace('promt: hello', 'samples: 1').replace('fuze', 'vote'), 'c.yaml');
    expect(read.ok ? '' : read.error.message).toMatch(
      /^c\.yaml:6 at stages\[0\]\.agents\[0\]\.prompt: expected a string, found nothing/,
    );
  });
});

describe('presets as files', () => {
  test.each(presetNames)('%s', async (name) => {
    const config = presets[name](models);
    const text = writeMixtune(config);
    await expect(text).toMatchFileSnapshot(`../fixtures/configs/${name}.yaml`);
    expect(readMixtune(text, name)).toEqual({ ok: true, value: config });
  });
});
