import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import type { Agent, MoaConfig, Stage } from '../../src/domain/moa-config.ts';
import { seatsOfStages } from '../../src/domain/stages/stages.ts';
import { KnownAgents } from '../../src/search/known-agents.ts';
import { contains } from '../../src/search/membership.ts';
import { ReplayIndex } from '../../src/search/replay.ts';
import { singleConfig } from '../../src/search/start-configs.ts';
import { ConfigEncoder } from '../../src/search/surrogate/encoded-config.ts';
import { Knowledge } from '../../src/search/surrogate/knowledge.ts';
import { allPrompts, makeSpace, models, wideSpace } from './spaces.ts';

const agent = (model: string, more: Partial<Agent> = {}): Agent => ({
  name: 'agent',
  model,
  prompt: 'Answer.',
  temperature: 0.7,
  ...more,
});
const config = (...stages: Stage[]): MoaConfig => ({ version: 1, name: 'made', stages });
const propose = (...agents: Agent[]): Stage => ({ kind: 'propose', agents });
const vote: Stage = { kind: 'vote' };
const fuse = (model: string): Stage => ({ kind: 'fuse', agent: agent(model, { prompt: 'Combine.' }) });

const encoder = () => new ConfigEncoder(wideSpace());
const nothingKnown = new Knowledge([], [], 8);
/** Nothing is known of costs, so every call counts as a thousand tokens and more for what it reads. */
const price = 1000;

/** Tokens paid for a config after others ran on 16 cells. */
function paidAfter(ran: readonly MoaConfig[], next: MoaConfig, cells = 16): number {
  const encoding = encoder();
  const index = new ReplayIndex();
  for (const each of ran) index.add(encoding.encode(each, true).calls, 16);
  return index.paidTokens(encoding.encode(next, false).calls, cells, nothingKnown);
}

describe('ReplayIndex', () => {
  const [a, b] = [agent('sim/a'), agent('sim/b')];
  const both = config(propose(a, b), fuse('sim/c'));
  const free: [what: string, ran: MoaConfig[], next: MoaConfig][] = [
    [
      'a vote of agents that ran alone',
      [config(propose(a)), config(propose(b))],
      config(propose(a, b), vote),
    ],
    [
      'fewer samples than were asked',
      [config(propose(agent('sim/a', { samples: 5 })), vote)],
      config(propose(agent('sim/a', { samples: 3 })), vote),
    ],
    ['an agent that ran as part of something', [both], config(propose(b))],
    ['one of the agents, routed among no others', [both], config(propose(a))],
    ['the same again', [both], both],
    [
      'fewer rounds',
      [config({ kind: 'propose', agents: [a, b], rounds: 3 }, vote)],
      config({ kind: 'propose', agents: [a, b], rounds: 2 }, vote),
    ],
  ];
  it.each(free)('knows that %s costs nothing', (_what, ran, next) => {
    expect(paidAfter(ran, next)).toBe(0);
  });

  it('counts what is missing', () => {
    const next = config(propose(agent('sim/a', { samples: 4 })), vote);
    expect(paidAfter([], next)).toBeCloseTo(4 * price, 6);
    expect(paidAfter([config(propose(a))], next)).toBeCloseTo(3 * price, 6);
    expect(paidAfter([config(propose(a))], config(propose(a)), 64)).toBeCloseTo((price * 48) / 64, 6);
  });

  it('knows that a call that is shown something else is another call', () => {
    const other = config(propose(a, agent('sim/d')), fuse('sim/c'));
    expect(paidAfter([both], other)).toBeGreaterThan(2 * price);
    expect(paidAfter([both], config(propose(a, b), fuse('sim/d')))).toBeGreaterThan(price);
    expect(paidAfter([both], config(propose(agent('sim/a', { temperature: 0.2 }))))).toBeCloseTo(price, 6);
    const prompted = config(propose(agent('sim/a', { prompt: 'Answer well.' })));
    expect(paidAfter([both], prompted)).toBeCloseTo(price, 6);
  });
});

describe('KnownAgents', () => {
  it('draws votes that lie in the space and cost nothing', () => {
    const space = makeSpace({
      samples: { min: 1, max: 3 },
      agents: { min: 1, max: 4 },
      stages: { kinds: ['vote'], max: 1 },
    });
    const encoding = new ConfigEncoder(space);
    const replay = new ReplayIndex();
    const agents = new KnownAgents(space, replay);
    const rng = createRng('votes');
    expect(agents.drawVote(16, rng)).toBeUndefined();
    for (const [index, model] of ['sim/a', 'sim/b', 'sim/c', 'sim/d'].entries()) {
      const single = config(
        propose(agent(model, { maxTokens: space.maxTokens, temperature: 0.2, samples: 1 + index })),
        vote,
      );
      const encoded = encoding.encode(single, true);
      replay.add(encoded.calls, 16);
      agents.add(single, encoded.answerers, undefined);
    }
    const drawn = Array.from({ length: 200 }, () => agents.drawVote(16, rng)).filter(
      (each) => each !== undefined,
    );
    expect(new Set(drawn.map(({ id }) => id)).size).toBeGreaterThan(10);
    for (const { config: child } of drawn) {
      expect(contains(space, child)).toBe(true);
      expect(replay.paidTokens(encoding.encode(child, false).calls, 16, nothingKnown)).toBe(0);
    }
  });

  it('draws fusions of known agents by any other, of which only the last call may be new', () => {
    const space = makeSpace({
      agents: { min: 1, max: 3 },
      stages: { kinds: ['fuse'], max: 1 },
      prompts: allPrompts,
    });
    const encoding = new ConfigEncoder(space);
    const replay = new ReplayIndex();
    const agents = new KnownAgents(space, replay);
    const rng = createRng('fusions');
    expect(agents.mayVote).toBe(false);
    expect(agents.drawFusion(rng)).toBeUndefined();
    for (const model of ['sim/a', 'sim/b']) {
      const single = singleConfig(space, model);
      const encoded = encoding.encode(single, true);
      replay.add(encoded.calls, 16);
      agents.add(single, encoded.answerers, 0.5);
    }
    const drawn = Array.from({ length: 300 }, () => agents.drawFusion(rng)).filter(
      (each) => each !== undefined,
    );
    const fusers = new Set<string>();
    for (const { config: child } of drawn) {
      expect(contains(space, child)).toBe(true);
      const fuser = seatsOfStages(child.stages).find(({ role }) => role === 'fuser')?.agent;
      fusers.add(fuser?.model ?? '');
      const paid = encoding.encode(child, false).calls.filter(({ key }) => replay.samplesOf(key, 16) === 0);
      expect(paid).toHaveLength(1);
    }
    expect([...fusers].sort()).toEqual([...models]);
  });
});
