import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import type { Stage } from '../../src/domain/moa-config.ts';
import { promptsFor } from '../../src/search/library.ts';
import { named } from '../../src/search/normal-form.ts';
import { proposersOf } from '../../src/search/operators/proposers.ts';
import { Probes } from '../../src/search/probes.ts';
import { SearchSession } from '../../src/search/session.ts';
import { singleConfig } from '../../src/search/start-configs.ts';
import { simulatedWorlds } from '../bench/search/worlds/catalogue.ts';
import { thorough } from '../support/thorough.ts';
import { wideSpace } from './spaces.ts';

function worldOf(name: string) {
  const world = simulatedWorlds().find((each) => each.name === name);
  if (world === undefined) throw new Error(`expected a world "${name}"`);
  return world;
}

describe('prompts that nobody was asked alone with', () => {
  const { space } = worldOf('prompts');
  const [model = ''] = space.models;
  const prompts = promptsFor(space, 'proposer');
  const [first = '', second = ''] = prompts;

  it('are all but those of single agents', () => {
    const probes = new Probes(space);
    expect(probes.unasked()).toEqual(prompts);
    probes.add(singleConfig(space, model, second));
    const agents = [first, second].flatMap((prompt) => proposersOf(singleConfig(space, model, prompt)));
    const together: Stage[] = [{ kind: 'propose', agents }, { kind: 'vote' }];
    probes.add(named(together));
    expect(probes.unasked()).toEqual(prompts.filter((prompt) => prompt !== second));
  });

  it('are drawn where they are asked for', () => {
    const probes = new Probes(space);
    const rng = createRng('probes');
    const drawn = Array.from({ length: 40 }, () => probes.draw(rng, [first, second])?.config ?? []);
    const asked = drawn.flat().flatMap(proposersOf);
    expect(new Set(asked.map(({ prompt }) => prompt))).toEqual(new Set([first, second]));
  });

  it('are none in a space of few', () => {
    expect(promptsFor(wideSpace(), 'proposer').length).toBeLessThan(13);
    expect(new Probes(wideSpace()).unasked()).toEqual([]);
  });
});

it.skipIf(!thorough)('auto asks every one of many prompts alone early', () => {
  const world = worldOf('prompts');
  const { space, objectives } = world;
  const run = world.start(1);
  const session = new SearchSession({
    ...{ space, objectives, cells: run.cells.slice(0, 64), seed: 1, strategy: 'auto' },
  });
  const probes = new Probes(space);
  let known = 0;
  while (probes.unasked().length > 0 && session.trials.length < 90) {
    const step = session.next();
    if (step.kind !== 'cell') break;
    session.finish(
      step.trial,
      step.cell,
      run.measure(step.trial.config, step.cell, step.trial.id).measurement,
    );
    for (const { config } of session.trials.slice(known)) probes.add(config);
    known = session.trials.length;
  }
  expect(probes.unasked()).toEqual([]);
});
