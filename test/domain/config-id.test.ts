import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configId, type MoaConfig } from '../../src/domain/moa-config.ts';
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
    ...[{ maxTokens: 5 }, { samples: 2 }],
  ];
  const ids = variants.map((overrides) => configId(config(overrides)));
  expect(new Set(ids).size).toBe(variants.length);
});
