import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { type Agent, configId, type MoaConfig, type Stage } from '../../src/domain/moa-config.ts';
import { brokenRules } from '../../src/domain/moa-config-rules.ts';
import { enumerateConfigs } from '../../src/search/enumerate.ts';
import { buildAgent } from '../../src/search/library.ts';
import { contains } from '../../src/search/membership.ts';
import { finishConfig, named } from '../../src/search/normal-form.ts';
import { randomConfig } from '../../src/search/random-config.ts';
import { spaceSize } from '../../src/search/space-size.ts';
import { runs, thorough } from '../support/thorough.ts';
import { arbitrarySpace, tiny } from './arbitrary-space.ts';
import { allKinds, allPrompts, makeSpace, wideSpace } from './spaces.ts';

const rng = () => createRng('grammar');

describe('enumerateConfigs', () => {
  it('lists each config of a space once, all of them sound, inside and in normal form', () => {
    fc.assert(
      fc.property(arbitrarySpace(tiny), (space) => {
        const seen = new Set<string>();
        let count = 0;
        for (const config of enumerateConfigs(space)) {
          if (++count > 400) break;
          const id = configId(config);
          expect(seen.has(id)).toBe(false);
          seen.add(id);
          expect(brokenRules(config)).toEqual([]);
          expect(contains(space, config, { prompts: 'library' })).toBe(true);
          expect(finishConfig(config, space, rng())).toEqual(config);
        }
      }),
      { numRuns: runs(40) },
    );
  });

  it('is as long as spaceSize says where routes are left out', () => {
    fc.assert(
      fc.property(arbitrarySpace(tiny), (space) => {
        const kinds = space.stages.kinds.filter((kind) => kind !== 'route');
        const plain = { ...space, stages: { ...space.stages, kinds } };
        const size = spaceSize(plain);
        fc.pre(size < (thorough ? 4000n : 1500n));
        expect(BigInt([...enumerateConfigs(plain)].length)).toBe(size);
      }),
      { numRuns: runs(60) },
    );
  });

  it('is as long as spaceSize says, and routes only among agents that a router can tell apart', () => {
    const single = ['Answer.', 'Answer.\nBe brief.', 'Think.'];
    const space = makeSpace(
      {
        temperatures: [0, 1],
        agents: { min: 1, max: 3 },
        stages: { kinds: ['route', 'vote'], max: 1 },
        prompts: { single, router: ['Who?'] },
      },
      ['sim/a', 'sim/b'],
    );
    const all = [...enumerateConfigs(space)];
    const routes = all.flatMap(({ stages: [first] }) => (first?.kind === 'route' ? [first.agents] : []));
    const differ = (agents: readonly Agent[]): boolean =>
      agents.some(
        ({ model, prompt }) =>
          model !== agents[0]?.model || /^T/.test(prompt) !== /^T/.test(agents[0].prompt),
      );
    // Of 12 agents 66 pairs and 220 triples; alike are those of one model with a first line: twice 4 and twice 2.
    expect(routes).toHaveLength(4 * (66 - (6 + 6 + 1 + 1) + 2 * (220 - (4 + 4))));
    expect(routes.every(differ)).toBe(true);
    expect(BigInt(all.length)).toBe(spaceSize(space));
  });

  it('holds whatever random drawing finds', () => {
    const space = makeSpace(
      {
        temperatures: [0.5],
        samples: { min: 1, max: 2 },
        agents: { min: 1, max: 2 },
        stages: { kinds: allKinds, max: thorough ? 2 : 1 },
        prompts: Object.fromEntries(
          Object.entries(allPrompts).map(([role, texts]) => [role, texts.slice(0, 1)]),
        ),
      },
      ['sim/a', 'sim/b'],
    );
    const listed = new Set([...enumerateConfigs(space)].map(configId));
    for (let draw = 0; draw < (thorough ? 400 : 40); draw++) {
      const config = randomConfig(space, createRng(`draw/${draw}`));
      expect(config !== undefined && listed.has(configId(config))).toBe(true);
    }
  });
});

describe('randomConfig', () => {
  it('draws sound configs of any space that holds some', () => {
    fc.assert(
      fc.property(arbitrarySpace(), fc.nat(), (space, seed) => {
        const config = randomConfig(space, createRng(seed));
        fc.pre(config !== undefined);
        expect(brokenRules(config as MoaConfig)).toEqual([]);
        expect(contains(space, config as MoaConfig, { prompts: 'library' })).toBe(true);
      }),
      { numRuns: runs(200) },
    );
  });

  it('favours small configs', () => {
    const space = wideSpace();
    const sizes = Array.from(
      { length: 300 },
      (_, draw) => randomConfig(space, createRng(draw))?.stages.length ?? 0,
    );
    expect(sizes.filter((size) => size <= 2).length).toBeGreaterThan(sizes.length / 2);
  });
});

describe('finishConfig', () => {
  const space = wideSpace();
  const agent = (changes: object = {}) =>
    buildAgent(space, { model: 'sim/a', prompt: 'Answer.', temperature: 0.3, ...changes });
  const fuser = buildAgent(space, {
    model: 'sim/b',
    prompt: 'Combine {{references}} {{critiques}}',
    temperature: 0,
  });
  const critic = buildAgent(space, { model: 'sim/c', prompt: 'List what is missing.', temperature: 0 });
  const two: Stage = { kind: 'propose', agents: [agent(), agent({ model: 'sim/b' })] };
  const fuse: Stage = { kind: 'fuse', agent: fuser };
  const critique: Stage = { kind: 'critique', agents: [critic] };
  const kindsAfter = (stages: Stage[]) =>
    finishConfig(named(stages), space, rng())?.stages.map((stage) => stage.kind);

  const cases: [what: string, stages: Stage[], kinds: string[]][] = [
    [
      'a vote over one candidate goes',
      [{ kind: 'propose', agents: [agent()] }, { kind: 'vote' }],
      ['propose'],
    ],
    ['a critique nobody reads goes', [two, critique, { kind: 'vote' }], ['propose', 'vote']],
    ['a critique that is read stays', [two, critique, fuse], ['propose', 'critique', 'fuse']],
    ['a second fusion of one candidate goes', [two, fuse, fuse], ['propose', 'fuse']],
    [
      'a critique and revision after the vote stay',
      [two, { kind: 'vote' }, critique, fuse],
      ['propose', 'vote', 'critique', 'fuse'],
    ],
    [
      'a refining loop stays',
      [
        two,
        fuse,
        {
          kind: 'loop',
          stages: [
            { kind: 'critique', agents: [critic] },
            { kind: 'fuse', agent: fuser },
          ],
          times: 2,
        },
      ],
      ['propose', 'fuse', 'loop'],
    ],
    [
      'a loop of another kind opens',
      [two, { kind: 'loop', stages: [{ kind: 'fuse', agent: fuser }], times: 2 }],
      ['propose', 'fuse'],
    ],
  ];
  const route = (...agents: Agent[]): Stage => ({ kind: 'route', router: agent(), agents, choose: 1 });
  cases.push(
    [
      'a choice among agents that look the same goes',
      [route(agent(), agent({ temperature: 0 }))],
      ['propose'],
    ],
    [
      'a choice among agents with the same first line goes',
      [route(agent(), agent({ prompt: 'Answer.\nBe brief.' }))],
      ['propose'],
    ],
    ['a choice among models stays', [route(agent(), agent({ model: 'sim/b' }))], ['route']],
    ['a choice among prompts stays', [route(agent(), agent({ prompt: 'Think.' }))], ['route']],
  );
  it.each(cases)('%s', (_what, stages, kinds) => {
    expect(kindsAfter(stages)).toEqual(kinds);
  });

  it('merges equal agents into samples and writes agents in the space’s order', () => {
    const stages: Stage[] = [
      { kind: 'propose', agents: [agent({ model: 'sim/c' }), agent(), agent()] },
      fuse,
    ];
    const first = finishConfig(named(stages), space, rng())?.stages[0];
    expect(first?.kind === 'propose' && first.agents.map(({ model, samples }) => [model, samples])).toEqual([
      ['sim/a', 2],
      ['sim/c', undefined],
    ]);
  });

  it('closes an open end with a stage that the space allows', () => {
    const kinds = kindsAfter([two]);
    expect(kinds).toHaveLength(2);
    expect(['vote', 'rank', 'fuse', 'loop']).toContain(kinds?.[1]);
  });

  it('names agents by role and number, and names do not change the id', () => {
    const config = finishConfig(named([two, critique, fuse]), space, rng());
    const names = config?.stages.flatMap((stage) =>
      'agents' in stage ? stage.agents.map(({ name }) => name) : 'agent' in stage ? [stage.agent.name] : [],
    );
    expect(names).toEqual(['proposer-1', 'proposer-2', 'critic-1', 'fuser']);
  });
});

describe('contains', () => {
  const space = makeSpace({ agents: { min: 1, max: 2 }, stages: { kinds: ['vote'], max: 1 } });
  const agent = buildAgent(space, { model: 'sim/a', prompt: 'Answer.', temperature: 0.2 });
  const config = (changes: object, rest: Stage[] = []): MoaConfig =>
    named([{ kind: 'propose', agents: [{ ...agent, ...changes }] }, ...rest]);

  it.each<[string, object, boolean]>([
    ['as it is', {}, true],
    ['another model', { model: 'sim/z' }, false],
    ['another temperature', { temperature: 0.3 }, false],
    ['a top-p', { topP: 0.9 }, false],
    ['more samples', { samples: 2 }, false],
    ['another token limit', { maxTokens: 10 }, false],
    ['a prompt that a model wrote', { prompt: 'New.' }, true],
  ])('%s', (_what, changes, expected) => {
    expect(contains(space, config(changes))).toBe(expected);
  });

  it('knows prompts of the library when asked to', () => {
    expect(contains(space, config({ prompt: 'New.' }), { prompts: 'library' })).toBe(false);
  });

  it('refuses stage kinds and numbers of stages that the space does not allow', () => {
    expect(contains(space, config({}, [{ kind: 'fuse', agent }]))).toBe(false);
    expect(contains(space, config({}, [{ kind: 'vote' }, { kind: 'vote' }]))).toBe(false);
  });
});
