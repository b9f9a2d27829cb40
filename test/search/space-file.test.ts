import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../../src/core/result.ts';
import { parseYaml } from '../../src/core/yaml.ts';
import { parseSearchSpace, settleSpace } from '../../src/search/space-file.ts';
import { spaceSize } from '../../src/search/space-size.ts';
import { makeSpace, models } from './spaces.ts';

const valid = {
  version: 1,
  name: 'mine',
  temperatures: [0.2, 0.7],
  agents: { min: 1, max: 3 },
  stages: { kinds: ['vote'], max: 1 },
  prompts: { single: ['Answer.'] },
};

const faults: [what: string, changes: Record<string, unknown>, told: RegExp][] = [
  ['samples upside down', { samples: { min: 3, max: 1 } }, /at samples: .*min no larger than max.*min 3/],
  ['rounds upside down', { rounds: { min: 3, max: 1 } }, /at rounds/],
  ['more samples than a config may have', { samples: { min: 1, max: 65 } }, /samples\.max: .*at most 64.*65/],
  ['more rounds than a config may have', { rounds: { min: 1, max: 17 } }, /rounds\.max: .*at most 16.*17/],
  ['agents upside down', { agents: { min: 3, max: 1 } }, /at agents/],
  [
    'critique without critics',
    { stages: { kinds: ['critique', 'vote'] } },
    /at prompts\.critic: .*stage kind critique/,
  ],
  ['verify without verifiers', { stages: { kinds: ['verify', 'vote'] } }, /prompts\.verifier/],
  ['rank without rankers', { stages: { kinds: ['rank'] } }, /prompts\.ranker/],
  ['route without routers', { stages: { kinds: ['route', 'vote'] } }, /prompts\.router/],
  ['fuse without fusers', { stages: { kinds: ['fuse'] } }, /prompts\.fuser/],
  [
    'no end for several agents',
    { stages: { kinds: [] } },
    /at stages\.kinds: .*vote, fuse,.* rank.*agents\.max is 3/,
  ],
  [
    'no end for several samples',
    { agents: { min: 1, max: 1 }, samples: { min: 1, max: 4 }, stages: { kinds: [] } },
    /samples\.max is 4/,
  ],
  ['no room for the end', { stages: { kinds: ['vote'], max: 0 } }, /at stages\.max: .*at least 1.*found 0/],
  ['a loop of nothing', { stages: { kinds: ['vote', 'loop'] } }, /critique or verify beside loop/],
  ['a value twice', { temperatures: [0.2, 0.2] }, /at temperatures\[1\]: .*each value once/],
  ['a list twice', { stops: [['END'], ['STOP'], ['END']] }, /at stops\[2\]: .*each value once/],
  [
    'an unknown placeholder',
    { prompts: { single: ['Hi {{refrences}}'] } },
    /prompts\.single\[0\].*did you mean "\{\{references/,
  ],
  ['an unknown key', { temprature: [1] }, /did you mean "temperatures"/],
  ['an unknown kind', { stages: { kinds: ['vot'] } }, /did you mean "vote"/],
  ['a wrong type', { temperatures: 'hot' }, /at temperatures/],
];

describe('parseSearchSpace', () => {
  it('takes a sound space and fills in what is left out', () => {
    const space = unwrap(parseSearchSpace(valid, 'mine.yaml'));
    expect(space).toMatchObject({ samples: { min: 1, max: 1 }, rounds: { min: 1, max: 1 }, maxTokens: 2048 });
  });

  it.each(faults)('refuses %s', (_what, changes, told) => {
    const result = parseSearchSpace({ ...valid, ...changes }, 'mine.yaml');
    expect(result.ok).toBe(false);
    if (!result.ok) expect(result.error.message).toMatch(told);
  });

  it('takes a space of single agents without any stage kind', () => {
    const singles = { ...valid, agents: { min: 1, max: 1 }, stages: { kinds: [], max: 0 } };
    expect(parseSearchSpace(singles, 'mine.yaml').ok).toBe(true);
  });
});

describe('settleSpace', () => {
  const file = unwrap(parseSearchSpace(valid, 'mine.yaml'));
  it("uses the given models, each once, and the file's own where it has some", () => {
    expect(settleSpace(file, ['sim/a', 'sim/b', 'sim/a']).models).toEqual(['sim/a', 'sim/b']);
    expect(settleSpace({ ...file, models: ['sim/x'] }, ['sim/a']).models).toEqual(['sim/x']);
  });
  it('throws without any model', () => {
    expect(() => settleSpace(file, [])).toThrow(/at least one model/);
  });
});

describe('the spaces that come along', () => {
  const folder = new URL('../../search-spaces/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  const load = (file: string) => {
    const document = unwrap(parseYaml(readFileSync(new URL(file, folder), 'utf8'), file));
    return unwrap(parseSearchSpace(document.value, file, document.lineOf));
  };

  it.each(files)('%s is sound and named after its file', (file) => {
    expect(load(file).name).toBe(file.replace('.yaml', ''));
  });

  it('holds the four that the documents name, `small` under 1,000 configs with eight models', () => {
    expect(files).toEqual(
      expect.arrayContaining(['code-challenge.yaml', 'default.yaml', 'small.yaml', 'votes.yaml']),
    );
    expect(spaceSize(settleSpace(load('small.yaml'), models))).toBe(764n);
  });
});

describe('spaceSize', () => {
  it.each([
    ['few agents', 3, 4],
    ['thousands of agents', 3000, 64],
  ])('counts votes of %s: each agent is out, or in with some number of samples', (_what, agents, samples) => {
    const space = makeSpace(
      {
        temperatures: [0.7],
        agents: { min: 1, max: agents + 1 },
        samples: { min: 1, max: samples },
        stages: { kinds: ['vote'], max: 1 },
        prompts: { single: Array.from({ length: agents }, (_each, index) => `Answer ${index}.`) },
      },
      ['sim/a'],
    );
    expect(spaceSize(space)).toBe((BigInt(samples) + 1n) ** BigInt(agents) - 1n);
  });
});
