import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configId, type MoaConfig } from '../../src/domain/moa-config.ts';
import { presetNames, presets } from '../../src/domain/presets.ts';
import { anyConfig, withReversedKeys } from '../support/config-arbitraries.ts';

function renamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renamed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === 'name' ? `${inner}!` : renamed(inner)]),
  );
}

test('an id is 12 hex digits and ignores names, the order of keys and undefined members', () => {
  fc.assert(
    fc.property(anyConfig, (config) => {
      const id = configId(config);
      expect(id).toMatch(/^[0-9a-f]{12}$/);
      expect(configId(renamed(config) as MoaConfig)).toBe(id);
      expect(configId(withReversedKeys(config) as MoaConfig)).toBe(id);
      expect(configId({ ...config, extra: undefined } as MoaConfig)).toBe(id);
    }),
  );
});

test('what an agent does is part of the id', () => {
  const config = (overrides: object): MoaConfig => ({
    version: 1,
    name: 'x',
    stages: [{ kind: 'propose', agents: [{ name: 'a', model: 'sim/a', prompt: 'p', ...overrides }] }],
  });
  const variants = [
    ...[{}, { model: 'sim/b' }, { prompt: 'q' }, { temperature: 0 }, { temperature: 1 }, { topP: 0.5 }],
    ...[{ maxTokens: 5 }, { samples: 2 }, { references: { place: 'none' } }],
  ];
  const ids = variants.map((overrides) => configId(config(overrides)));
  expect(new Set(ids).size).toBe(variants.length);
});

test('configs without a references template keep the ids that they have always had', () => {
  const models = ['sim/sage-70b', 'sim/otter-32b', 'sim/forge-14b'] as const;
  expect(presetNames.map((name) => [name, configId(presets[name]([...models]))])).toEqual([
    ['workshop', '351f5780d0fa'],
    ['together', '5b2e20f1934f'],
    ['moa-lite', 'c82eb984c1fa'],
    ['self-moa', '066ebbdbd503'],
    ['planner-critic-summariser', '6de913d12d64'],
    ['critique-rank-fuse', '8701df5bcb90'],
    ['best-of-n', 'e3eba3676dfd'],
    ['self-consistency', '3ba78a3a9108'],
    ['router', 'aecad3dbbe47'],
  ]);
});
