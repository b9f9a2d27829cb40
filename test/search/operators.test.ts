import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { configId, type MoaConfig } from '../../src/domain/moa-config.ts';
import { validateMoaConfig } from '../../src/domain/moa-config-rules.ts';
import { seatsOfStages } from '../../src/domain/stages/stages.ts';
import { promptsFor } from '../../src/search/library.ts';
import { contains } from '../../src/search/membership.ts';
import { finishConfig } from '../../src/search/normal-form.ts';
import { operators } from '../../src/search/operators/index.ts';
import { randomConfig } from '../../src/search/random-config.ts';
import type { SearchSpace } from '../../src/search/space.ts';
import { runs } from '../support/thorough.ts';
import { arbitrarySpace } from './arbitrary-space.ts';
import { makeSpace, wideSpace } from './spaces.ts';

describe('operators', () => {
  it('stay sound, inside the space and in normal form over chains of thirty', () => {
    fc.assert(
      fc.property(arbitrarySpace(), fc.string(), (space, seed) => {
        const rng = createRng(seed);
        let config = randomConfig(space, rng);
        fc.pre(config !== undefined);
        for (let step = 0; step < 30; step++) {
          const operator = rng.pick(operators);
          const mate = randomConfig(space, rng) ?? config;
          const child = operator.apply([config as MoaConfig, mate as MoaConfig], space, rng);
          if (child === undefined) continue;
          const checked = validateMoaConfig(child, operator.name);
          expect(checked.ok ? [] : checked.error.issues).toEqual([]);
          expect(contains(space, child, { prompts: 'library' }), operator.name).toBe(true);
          expect(configId(child)).not.toBe(configId(config as MoaConfig));
          expect(finishConfig(child, space, createRng('again'))).toEqual(child);
          config = child;
        }
      }),
      { numRuns: runs(60) },
    );
  });

  it('are the same for the same stream', () => {
    const space = wideSpace();
    for (const operator of operators) {
      const make = () => {
        const rng = createRng('twice');
        const parents = [randomConfig(space, rng), randomConfig(space, rng)] as [MoaConfig, MoaConfig];
        return operator.apply(parents, space, rng);
      };
      expect(make()).toEqual(make());
    }
  });

  it('each find something to do in a wide space', () => {
    const space: SearchSpace = {
      ...wideSpace(),
      topP: [0.5, 1],
      reasoningEfforts: ['low', 'medium', 'high'],
      responseFormats: ['text', 'json', { schema: { type: 'object' } }],
      stops: [['\n\n'], ['END', 'STOP']],
    };
    for (const operator of operators) {
      const rng = createRng(`useful/${operator.name}`);
      let children = 0;
      for (let draw = 0; draw < 300 && children < 3; draw++) {
        const parents = [randomConfig(space, rng), randomConfig(space, rng)] as [MoaConfig, MoaConfig];
        if (operator.apply(parents, space, rng) !== undefined) children++;
      }
      expect(children, operator.name).toBe(3);
    }
  });

  it('have nothing to do where the space holds one config', () => {
    const space = makeSpace({ temperatures: [0.5] }, ['sim/a']);
    const only = randomConfig(space, createRng(1)) as MoaConfig;
    for (const operator of operators) {
      expect(operator.apply([only, only], space, createRng(operator.name))).toBeUndefined();
    }
  });

  it('keep to the prompts of a role', () => {
    const space = wideSpace();
    const swap = operators.find(({ name }) => name === 'swap-prompt');
    const rng = createRng('roles');
    for (let step = 0; step < 200; step++) {
      const parent = randomConfig(space, rng) as MoaConfig;
      for (const { agent, role } of seatsOfStages((swap?.apply([parent], space, rng) ?? parent).stages)) {
        expect(promptsFor(space, role)).toContain(agent.prompt);
      }
    }
  });
});
