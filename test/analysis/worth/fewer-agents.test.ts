import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withAgentsOnly } from '../../../src/analysis/worth/fewer-agents.ts';
import {
  type Agent,
  agentsOf,
  configId,
  type MoaConfig,
  type Stage,
  type StageOf,
} from '../../../src/domain/moa-config.ts';
import { brokenRules } from '../../../src/domain/moa-config-rules.ts';
import { anyConfig } from '../../support/config-arbitraries.ts';
import { agent, configOf } from '../../support/moa.ts';
import { runs } from '../../support/thorough.ts';

const a = agent('a');
const b = agent('b');
const c = agent('c');
const critic = agent('critic');
const ranker = agent('ranker');
const router = agent('router');
const fuser = agent('fuser');

const propose = (...agents: Agent[]): StageOf<'propose'> => ({ kind: 'propose', agents });
const fuse: Stage = { kind: 'fuse', agent: fuser };
const vote: Stage = { kind: 'vote' };

/** What is left of the stages when the agents of these names go. */
function leaving(stages: Stage[], ...names: string[]): readonly Stage[] | null {
  const config = configOf(...stages);
  const kept = agentsOf(config).flatMap(({ name }, at) => (names.includes(name) ? [] : [at]));
  return withAgentsOnly(config, new Set(kept))?.stages ?? null;
}

describe('a config with fewer agents', () => {
  const cases: [what: string, stages: Stage[], without: string[], left: Stage[] | null][] = [
    ['one of several proposers', [propose(a, b), fuse], ['a'], [propose(b), fuse]],
    [
      'a critic alone in its stage',
      [propose(a), { kind: 'critique', agents: [critic] }, fuse],
      ['critic'],
      [propose(a), fuse],
    ],
    ['a fuser: a vote takes one', [propose(a, b), fuse], ['fuser'], [propose(a, b), vote]],
    ['a fuser of one answer', [propose(a), fuse], ['fuser'], [propose(a)]],
    ['all proposers: the fuser answers by itself', [propose(a, b), fuse], ['a', 'b'], [propose(fuser)]],
    ['everybody who writes', [propose(a), { kind: 'critique', agents: [critic] }, vote], ['a'], null],
    [
      'so many that a ranker would keep more than there are',
      [propose(a, b, c), { kind: 'rank', agent: ranker, keep: 2 }, fuse],
      ['a', 'b'],
      [propose(c), { kind: 'rank', agent: ranker, keep: 1 }, fuse],
    ],
    [
      'a ranker that picks the answer',
      [propose(a, b), { kind: 'rank', agent: ranker, keep: 1 }],
      ['ranker'],
      [propose(a, b), vote],
    ],
    [
      'a router: the first ones answer',
      [{ kind: 'route', router, agents: [a, b, c], choose: 2 }, fuse],
      ['router', 'a'],
      [propose(b, c), fuse],
    ],
    [
      'agents that a router chooses from',
      [{ kind: 'route', router, agents: [a, b, c], choose: 2 }, fuse],
      ['a', 'b'],
      [{ kind: 'route', router, agents: [c], choose: 1 }, fuse],
    ],
    [
      'the verifier of a loop until verified',
      [
        { kind: 'loop', stages: [propose(a), { kind: 'verify', agent: b }], until: 'verified', times: 3 },
        fuse,
      ],
      ['b'],
      [{ kind: 'loop', stages: [propose(a)], times: 3 }, fuse],
    ],
    [
      'everybody in a loop',
      [propose(a), { kind: 'loop', stages: [{ kind: 'critique', agents: [critic] }], times: 2 }, fuse],
      ['critic'],
      [propose(a), fuse],
    ],
  ];
  it.each(cases)('loses %s', (_what, stages, without, left) => {
    expect(leaving(stages, ...without)).toEqual(left);
  });

  it('is itself with all of them, sound with any of them, and has no others', () => {
    const sound = anyConfig.filter((config: MoaConfig) => brokenRules(config).length === 0);
    fc.assert(
      fc.property(sound, fc.integer({ min: 0, max: 2 ** 20 - 1 }), (config, mask) => {
        const agents = agentsOf(config);
        const everybody = withAgentsOnly(config, new Set(agents.keys()));
        expect(everybody && configId(everybody)).toBe(configId(config));
        const kept = [...agents.keys()].filter((at) => mask & (1 << at));
        const fewer = withAgentsOnly(config, new Set(kept));
        if (fewer === null) return;
        expect(brokenRules(fewer)).toEqual([]);
        const allowed = kept.map((at) => agents[at]);
        for (const each of agentsOf(fewer)) expect(allowed).toContainEqual(each);
      }),
      { numRuns: runs(100) },
    );
  });
});
