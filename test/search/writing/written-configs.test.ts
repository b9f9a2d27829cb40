import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/core/rng.ts';
import { agentsOf, configId, type MoaConfig } from '../../../src/domain/moa-config.ts';
import { validateMoaConfig } from '../../../src/domain/moa-config-rules.ts';
import { promptsFor } from '../../../src/search/library.ts';
import { contains } from '../../../src/search/membership.ts';
import { finishConfig } from '../../../src/search/normal-form.ts';
import { operators } from '../../../src/search/operators/index.ts';
import { randomConfig } from '../../../src/search/random-config.ts';
import { applyPrompt } from '../../../src/search/writing/index.ts';
import { targetsOf } from '../../../src/search/writing/target.ts';
import { runs } from '../../support/thorough.ts';
import { arbitrarySpace } from '../arbitrary-space.ts';

const written = (number: number): string => `Written ${number}: weigh each case before you answer.`;

describe('a config with written prompts', () => {
  it('is sound and of its space, though not of its library, and differs from its parent in one prompt', () => {
    fc.assert(
      fc.property(arbitrarySpace(), fc.string(), (space, seed) => {
        const rng = createRng(seed);
        const parent = randomConfig(space, rng);
        fc.pre(parent !== undefined);
        const { target, agent } = rng.pick(targetsOf(parent as MoaConfig));
        const child = applyPrompt(parent as MoaConfig, target, written(1), space, rng);
        expect(child).toBeDefined();
        if (child === undefined) return;
        expect(validateMoaConfig(child, 'child').ok).toBe(true);
        expect(contains(space, child)).toBe(true);
        expect(contains(space, child, { prompts: 'library' })).toBe(false);
        const before = agentsOf(parent as MoaConfig).map(({ prompt }) => prompt);
        const after = agentsOf(child).map(({ prompt }) => prompt);
        expect(after.filter((prompt) => prompt === written(1))).toHaveLength(1);
        expect([...after, agent.prompt].sort()).toEqual([...before, written(1)].sort());
        expect(finishConfig(child, space, createRng('again'))).toEqual(child);
      }),
      { numRuns: runs(80) },
    );
  });

  it('has nothing applied that changes nothing', () => {
    const space = fc.sample(arbitrarySpace(), { numRuns: 1, seed: 4 })[0];
    const parent = space === undefined ? undefined : randomConfig(space, createRng(1));
    if (space === undefined || parent === undefined) throw new Error('the sample space has no config');
    const [first] = targetsOf(parent);
    if (first === undefined) throw new Error('a config has agents');
    expect(applyPrompt(parent, first.target, first.agent.prompt, space, createRng(2))).toBeUndefined();
  });

  it('goes through chains of operators, which keep a written prompt or put one of the library in its place', () => {
    fc.assert(
      fc.property(arbitrarySpace(), fc.string(), (space, seed) => {
        const rng = createRng(seed);
        let config = randomConfig(space, rng);
        fc.pre(config !== undefined);
        for (let step = 0; step < 20; step++) {
          const parent = config as MoaConfig;
          const target = rng.pick(targetsOf(parent)).target;
          const prompted = applyPrompt(parent, target, written(step), space, rng) ?? parent;
          const mate = randomConfig(space, rng) ?? prompted;
          const child = rng.pick(operators).apply([prompted, mate], space, rng) ?? prompted;
          expect(validateMoaConfig(child, 'child').ok).toBe(true);
          expect(contains(space, child)).toBe(true);
          expect(finishConfig(child, space, createRng('again'))).toEqual(child);
          const library = Object.keys(space.prompts).flatMap((role) =>
            role === 'single' ? space.prompts.single : promptsFor(space, role as 'critic'),
          );
          for (const { prompt } of agentsOf(child)) {
            expect(prompt.startsWith('Written ') || library.includes(prompt)).toBe(true);
          }
          if (configId(child) !== configId(parent)) config = child;
        }
      }),
      { numRuns: runs(30) },
    );
  });
});
