import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unwrap } from '../../src/core/result.ts';
import { createRng } from '../../src/core/rng.ts';
import { ownSystem } from '../../src/domain/headliners.ts';
import {
  agentsOf,
  configId,
  type MoaConfig,
  moaConfigSchema,
  modelsOf,
} from '../../src/domain/moa-config.ts';
import { brokenRules } from '../../src/domain/moa-config-rules.ts';
import { readFormat } from '../../src/formats/systems.ts';
import { mutateConfig } from '../../src/search/change-config.ts';
import { contains } from '../../src/search/membership.ts';
import { randomConfig } from '../../src/search/random-config.ts';
import type { SearchSpace } from '../../src/search/space.ts';
import { parseSearchSpace } from '../../src/search/space-file.ts';
import {
  isExtension,
  type Proposal,
  type Strategy,
  type StrategyContext,
} from '../../src/search/strategy.ts';
import { roomFor, seedOf, widenSpace } from '../../src/search/widen-space.ts';
import { withSeeds } from '../../src/search/with-seeds.ts';
import { runs } from '../support/thorough.ts';
import { arbitrarySpace } from './arbitrary-space.ts';
import { makeSpace, models } from './spaces.ts';

const folder = new URL('../formats/files/', import.meta.url);
const systems = ['workshop', 'archon'].flatMap((kind) =>
  readdirSync(new URL(`${kind}/`, folder)).map((name): [string, MoaConfig] => {
    const text = readFileSync(new URL(`${kind}/${name}`, folder), 'utf8');
    return [`${kind}/${name}`, unwrap(readFormat(text, undefined, { source: name, mode: 'lossy' })).config];
  }),
);

function spaceFor(config: MoaConfig): SearchSpace {
  const [first = '', ...rest] = modelsOf(config);
  const prompts = {
    single: ['Answer.'],
    critic: ['C'],
    verifier: ['V'],
    ranker: ['R'],
    fuser: ['F {{references}}'],
  };
  const file = unwrap(
    parseSearchSpace({ version: 1, name: 'small', temperatures: [0, 0.7], prompts }, 'space'),
  );
  return { ...file, models: [first, ...rest] };
}

describe.each(systems)('%s', (_, config) => {
  const narrow = spaceFor(config);
  const space = widenSpace(narrow, config);

  test('finds room in a widened space, as the search would write it', () => {
    expect(
      unwrap(
        parseSearchSpace(JSON.parse(JSON.stringify({ ...space, models: [...space.models] })), 'widened'),
      ),
    ).toEqual(space);
    const seed = seedOf(config, space);
    expect(seed).toBeDefined();
    if (seed === undefined) return;
    expect(contains(space, seed)).toBe(true);
    const kept = new Set(agentsOf(seed).map(({ references }) => JSON.stringify(references)));
    for (const { references } of agentsOf(config)) expect(kept).toContain(JSON.stringify(references));
  });

  test('is changed into sound configs, most of which show answers as it does', () => {
    const seed = seedOf(config, space);
    if (seed === undefined) throw new Error('no seed');
    const children = Array.from(
      { length: 40 },
      (_, index) => mutateConfig(seed, space, createRng(index)).config,
    );
    for (const child of children) {
      expect(brokenRules(child)).toEqual([]);
      expect(contains(space, child)).toBe(true);
    }
    const alike = children.filter((child) =>
      agentsOf(child).some(({ references }) => references !== undefined),
    );
    expect(alike.length).toBeGreaterThan(20);
  });
});

test('own systems are asked before all, and the search learns only of those in its space', () => {
  const [[, outside] = systems[0] ?? []] = systems.filter(([name]) => name === 'workshop/flat.json');
  if (outside === undefined) throw new Error('no system');
  const narrow = spaceFor(outside);
  const asked: string[] = [];
  const told: string[] = [];
  const inner: Strategy = {
    name: 'inner',
    ask: () => 'exhausted',
    asked: ({ id }) => void asked.push(id),
    tell: ({ id }) => void told.push(id),
  };
  const context: StrategyContext = { space: narrow, objectives: ['score'], isKnown: (id) => known.has(id) };
  const known = new Set<string>();
  const strategy = withSeeds(inner, [], context, [outside]);
  const proposal = strategy.ask(createRng(1));
  if (typeof proposal === 'string' || isExtension(proposal)) throw new Error('no proposal');
  const { config, origin }: Proposal = proposal;
  expect([configId(config), origin.operator]).toEqual([configId(outside), ownSystem]);
  known.add(configId(config));
  strategy.tell({
    id: configId(config),
    config,
    origin,
    status: 'finished',
    estimates: {} as never,
    cells: [],
  });
  expect([asked, told]).toEqual([[], []]);
  expect(strategy.ask(createRng(2))).toBe('exhausted');
});

test.each([
  ['a form that the space says nothing of', { responseFormat: 'json', stop: ['END'] }, {}],
  [
    'a listed form that is not the first',
    { responseFormat: { schema: { type: 'object', required: ['a'] } }, stop: ['END', 'STOP'] },
    {
      responseFormats: ['json', { schema: { required: ['a'], type: 'object' } }],
      stops: [['END'], ['END', 'STOP']],
    },
  ],
] as const)('a seed keeps %s', (_, settings, lists) => {
  const agent = { name: 'only', model: 'sim/a', prompt: 'Answer.', temperature: 0, maxTokens: 2048 };
  const config = {
    version: 1,
    name: 'one',
    stages: [{ kind: 'propose', agents: [{ ...agent, ...settings }] }],
  } as unknown as MoaConfig;
  const space = { ...spaceFor(config), ...lists } as SearchSpace;
  const seed = seedOf(config, space);
  expect(seed && agentsOf(seed)[0]).toMatchObject(settings);
  if ('stops' in lists) {
    const other = { ...space, stops: [['END']] } as SearchSpace;
    expect(seed && contains(other, seed)).toBe(false);
  }
});

test('a choice among agents that the space makes equal becomes one round of them, in a space that asks for two', () => {
  const agent = { name: 'a', model: 'sim/a', prompt: 'Answer.', maxTokens: 2048 };
  const agents = [
    { ...agent, temperature: 0.7, samples: 2 },
    { ...agent, name: 'b', temperature: 1 },
  ];
  const stages = [{ kind: 'route', router: { ...agent, name: 'r' }, agents, choose: 1 }, { kind: 'vote' }];
  const config = { version: 1, name: 'routed', stages } as unknown as MoaConfig;
  const narrow = makeSpace(
    { temperatures: [1], rounds: { min: 2, max: 2 }, stages: { kinds: ['vote'], max: 1 } },
    ['sim/a'],
  );
  const { space, leftOut } = roomFor([config], narrow);
  expect([leftOut, space.rounds]).toEqual([[], { min: 1, max: 2 }]);
  expect(seedOf(config, space)?.stages).toMatchObject([
    { kind: 'propose', agents: [{ temperature: 1, samples: 3 }] },
    { kind: 'vote' },
  ]);
});

test('what any search found has room in any other of its models, whose settings and prompts stay', () => {
  fc.assert(
    fc.property(arbitrarySpace(), arbitrarySpace(), fc.integer(), (from, to, seed) => {
      const narrow: SearchSpace = { ...to, models: [...models] };
      const config = randomConfig(from, createRng(seed));
      if (config === undefined) return;
      const { space, taken, leftOut } = roomFor([config], narrow);
      expect([taken, leftOut]).toEqual([[config], []]);
      const written = seedOf(config, space);
      expect(written !== undefined && contains(space, written)).toBe(true);
      const listed = ({ prompts, agents, samples, rounds, stages, ...lists }: SearchSpace) => lists;
      expect(listed(space)).toEqual(listed(narrow));
      expect(space.prompts).toMatchObject(narrow.prompts);
      // The same, but that agents side by side stand in the order of the space's prompts.
      const seats = (of: MoaConfig) =>
        agentsOf(of)
          .map(({ name: _, ...agent }) => JSON.stringify(agent))
          .sort();
      if (contains(narrow, config))
        expect([space, written && seats(written)]).toEqual([narrow, seats(config)]);
    }),
    { numRuns: runs(200) },
  );
});

test('more equal agents than one may have samples become as many as it may', () => {
  const agent = { model: 'sim/a', prompt: 'Answer.', temperature: 1, maxTokens: 2048 };
  const agents = Array.from({ length: 1000 }, (_, index) => ({ ...agent, name: `a${index}` }));
  const config: MoaConfig = {
    version: 1,
    name: 'many',
    stages: [{ kind: 'propose', agents }, { kind: 'vote' }],
  };
  const narrow = makeSpace({ temperatures: [1], stages: { kinds: ['vote'], max: 1 } }, ['sim/a']);
  const { space, leftOut } = roomFor([config], narrow);
  expect([leftOut, space.samples, space.agents]).toEqual([[], { min: 1, max: 64 }, { min: 1, max: 1 }]);
  // A run's folder keeps it, and is read by these rules.
  const seed = moaConfigSchema.parse(seedOf(config, space));
  expect(seed.stages).toMatchObject([{ kind: 'propose', agents: [{ samples: 64 }] }, { kind: 'vote' }]);
});
