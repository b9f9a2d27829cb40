import { describe, expect, test } from 'vitest';
import type { SimpleStage, Stage } from '../../src/domain/moa-config.ts';
import { brokenRules, checkedMoaConfig, validateMoaConfig } from '../../src/domain/moa-config-rules.ts';
import { agent, configOf } from '../support/moa.ts';

const propose = (...names: string[]): Stage => ({
  kind: 'propose',
  agents: names.map((name) => agent(name)),
});
const fuse: Stage = { kind: 'fuse', agent: agent('fuser') };
const vote: Stage = { kind: 'vote' };
const rank = (keep: number) => ({ kind: 'rank', agent: agent('ranker'), keep }) as const;
const verify = { kind: 'verify', agent: agent('verifier') } as const;
const critique: SimpleStage = { kind: 'critique', agents: [agent('critic')] };
const route = (choose: number, ...names: string[]): Stage => ({
  kind: 'route',
  router: agent('router'),
  agents: names.map((name) => agent(name)),
  choose,
});

describe('sound configs', () => {
  test.each<[string, Stage[]]>([
    ['one agent', [propose('a')]],
    ['many and a fuse', [propose('a', 'b'), fuse]],
    ['a vote', [{ kind: 'propose', agents: [agent('a', { samples: 9 })] }, vote]],
    ['rank to one', [propose('a', 'b', 'c'), rank(2), rank(1)]],
    ['a route of one', [route(1, 'a', 'b')]],
    ['a route of several', [route(2, 'a', 'b'), fuse]],
    [
      'a loop that starts with proposals',
      [{ kind: 'loop', times: 2, stages: [{ kind: 'propose', agents: [agent('a')] }] }],
    ],
    [
      'a loop of one candidate until verified',
      [
        propose('a'),
        {
          kind: 'loop',
          until: 'verified',
          stages: [verify, critique, { kind: 'propose', agents: [agent('b')] }],
        },
      ],
    ],
    [
      'rank in a loop meets fewer the second time',
      [propose('a', 'b', 'c'), { kind: 'loop', times: 3, stages: [rank(2)] }, vote],
    ],
    [
      'braces that are text',
      [
        {
          kind: 'propose',
          agents: [agent('a', { prompt: '{{ x }} {"a": {{1}}} {question} {{}} {{references}}' })],
        },
      ],
    ],
    ['a proposer named like one of another stage', [propose('a'), { kind: 'fuse', agent: agent('a') }]],
  ])('%s', (_, stages) => {
    const config = configOf(...stages);
    expect(validateMoaConfig(config, 'config')).toEqual({ ok: true, value: config });
  });
});

describe('broken rules', () => {
  test.each<[string, unknown, object]>([
    ['no stages', configOf(), { path: 'stages', found: 'an empty list', expected: 'a non-empty list' }],
    ['stages missing', { version: 1, name: 'x' }, { path: 'stages', found: 'nothing' }],
    [
      'another version',
      { ...configOf(propose('a')), version: 2 },
      { path: 'version', found: '2', expected: '1' },
    ],
    [
      'an unknown key of an agent',
      configOf({ kind: 'propose', agents: [{ ...agent('a'), temprature: 1 }] } as unknown as Stage),
      { path: 'stages[0].agents[0].temprature', suggestion: 'temperature' },
    ],
    [
      'a wrong type',
      configOf({
        kind: 'propose',
        agents: [agent('a'), { ...agent('b'), temperature: 'hot' as unknown as number }],
      }),
      { path: 'stages[0].agents[1].temperature', found: '"hot"', expected: 'a number from 0 to 2' },
    ],
    [
      'a model without a provider',
      configOf({ kind: 'propose', agents: [agent('a', { model: 'gpt-4o' })] }),
      {
        path: 'stages[0].agents[0].model',
        found: '"gpt-4o"',
        expected: expect.stringContaining('provider/model'),
      },
    ],
    [
      'an unknown stage kind',
      configOf(propose('a'), { kind: 'fusion' } as unknown as Stage),
      { path: 'stages[1].kind', found: '"fusion"' },
    ],
    [
      'a misspelt stage kind in a loop',
      configOf({ kind: 'loop', times: 1, stages: [{ kind: 'propse', agents: [] } as unknown as never] }),
      { path: 'stages[0].stages[0].kind', suggestion: 'propose' },
    ],
    [
      'a loop in a loop',
      configOf({ kind: 'loop', times: 1, stages: [{ kind: 'loop' } as unknown as never] }),
      { path: 'stages[0].stages[0].kind', found: '"loop"' },
    ],
    [
      'several candidates at the end',
      configOf(propose('a', 'b')),
      {
        path: 'stages[0]',
        found: '2 candidates after the last stage (propose)',
        expected: expect.stringContaining('exactly one'),
      },
    ],
    [
      'several samples at the end',
      configOf(propose('a', 'b'), { kind: 'fuse', agent: agent('f', { samples: 3 }) }),
      { path: 'stages[1]', found: '3 candidates after the last stage (fuse)' },
    ],
    [
      'the worst case of a route at the end',
      configOf({
        kind: 'route',
        router: agent('r'),
        choose: 1,
        agents: [agent('a'), agent('b', { samples: 2 })],
      }),
      { path: 'stages[0]', found: '2 candidates after the last stage (route)' },
    ],
    [
      'a loop that may end at its verify stage with several',
      configOf(propose('a', 'b'), {
        kind: 'loop',
        until: 'verified',
        stages: [verify, { kind: 'fuse', agent: agent('f') }],
      }),
      { path: 'stages[1]', found: '2 candidates after the last stage (loop)' },
    ],
    [
      'nothing to fuse',
      configOf(fuse),
      { path: 'stages[0]', found: 'fuse', expected: expect.stringContaining('propose or route') },
    ],
    ['nothing to vote on', configOf(vote, propose('a')), { path: 'stages[0]', found: 'vote' }],
    [
      'a loop that starts with nothing',
      configOf({ kind: 'loop', times: 2, stages: [critique, { kind: 'propose', agents: [agent('a')] }] }),
      { path: 'stages[0].stages[0]', found: 'critique' },
    ],
    [
      'rank keeps more than there are',
      configOf(propose('a', 'b'), rank(3), fuse),
      { path: 'stages[1].keep', found: '3', expected: expect.stringContaining('at most 2') },
    ],
    [
      'route chooses more than there are',
      configOf(route(3, 'a', 'b'), fuse),
      { path: 'stages[0].choose', found: '3', expected: expect.stringContaining('at most 2') },
    ],
    [
      'two agents of one name',
      configOf(propose('a', 'b', 'a'), fuse),
      { path: 'stages[0].agents[2].name', found: '"a"', expected: expect.stringContaining('agents[0]') },
    ],
    [
      'an unknown placeholder',
      configOf({ kind: 'propose', agents: [agent('a', { prompt: 'See {{refrences}} and {{question}}' })] }),
      {
        path: 'stages[0].agents[0].prompt',
        found: 'unknown placeholder "{{refrences}}"',
        suggestion: '{{references}}',
      },
    ],
    [
      'an unknown placeholder of a router',
      configOf({
        kind: 'route',
        router: agent('r', { prompt: '{{agents}}' }),
        agents: [agent('a')],
        choose: 1,
      }),
      { path: 'stages[0].router.prompt', found: 'unknown placeholder "{{agents}}"' },
    ],
    [
      'a loop without an end',
      configOf({ kind: 'loop', stages: [{ kind: 'propose', agents: [agent('a')] }] }),
      { path: 'stages[0]', expected: '"times" or "until" in a loop' },
    ],
    [
      'until verified without a verify stage',
      configOf({ kind: 'loop', until: 'verified', stages: [{ kind: 'propose', agents: [agent('a')] }] }),
      { path: 'stages[0].until', expected: expect.stringContaining('verify') },
    ],
  ])('%s', (_, value, expected) => {
    const result = validateMoaConfig(value, 'c.yaml');
    if (result.ok) throw new Error('expected a fault');
    expect(result.error.exitCode).toBe(2);
    expect(result.error.issues).toHaveLength(1);
    expect(result.error.issues[0]).toMatchObject(expected);
    expect(result.error.message).toContain('c.yaml');
  });

  test('all broken rules are told together', () => {
    const result = validateMoaConfig(configOf(propose('a', 'a'), rank(5)), 'c');
    if (result.ok) throw new Error('expected faults');
    expect(result.error.issues.map((issue) => issue.path)).toEqual([
      'stages[0].agents[1].name',
      'stages[1].keep',
      'stages[1]',
    ]);
  });

  test('checkedMoaConfig throws what validateMoaConfig returns', () => {
    expect(() => checkedMoaConfig(configOf(fuse))).toThrow(/propose or route stage before the fuse stage/);
  });
});

test('each agent of a large stage is looked at as often as one of a small stage', () => {
  const looksEach = (agents: number): number => {
    let looks = 0;
    const named = (name: string) => ({
      ...agent(name),
      get name() {
        looks++;
        return name;
      },
    });
    const config = configOf(
      { kind: 'propose', agents: Array.from({ length: agents }, (_, at) => named(`a${at}`)) },
      { kind: 'vote' },
    );
    expect(brokenRules(config)).toEqual([]);
    return looks / agents;
  };
  expect(looksEach(500)).toBeLessThanOrEqual(looksEach(2));
});
