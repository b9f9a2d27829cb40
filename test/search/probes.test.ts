import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { isSingle } from '../../src/domain/headliners.ts';
import type { Stage } from '../../src/domain/moa-config.ts';
import { auto } from '../../src/search/auto.ts';
import { promptsFor } from '../../src/search/library.ts';
import { named } from '../../src/search/normal-form.ts';
import { proposersOf } from '../../src/search/operators/proposers.ts';
import { Probes } from '../../src/search/probes.ts';
import { SearchSession } from '../../src/search/session.ts';
import { singleConfig } from '../../src/search/start-configs.ts';
import { withSeeds } from '../../src/search/with-seeds.ts';
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

it('auto asks the best models alone with a prompt that was written for a weak one', () => {
  const space = wideSpace();
  const written = 'Name the one thing that is asked for.';
  const [weak = '', ...others] = space.models;
  const strong = others.at(-1) ?? '';
  const isBetter = createRng('written');
  const session = new SearchSession({
    ...{ space, objectives: ['score', 'tokens'], seed: 1 },
    cells: Array.from({ length: 32 }, (_, n) => ({ split: 'tuning', instance: `q${n}`, repeat: 0 })),
    strategy: {
      ...auto,
      create: (context) => withSeeds(auto.create(context), [singleConfig(space, weak, written)], context),
    },
  });
  while (session.trials.length < 40) {
    const step = session.next();
    if (step.kind !== 'cell') break;
    const agents = proposersOf(step.trial.config);
    const each = agents.map(
      ({ model, prompt }) => (model === strong ? 0.6 : 0.25) + (prompt === written ? 0.3 : 0),
    );
    const chance = each.reduce((sum, score) => sum + score, 0) / each.length;
    const score = isBetter.next() < chance ? 1 : 0;
    session.finish(step.trial, step.cell, { score, latency: 1, tokens: 100 * agents.length, usd: null });
  }
  const alone = session.trials.flatMap(({ config }) => (isSingle(config) ? proposersOf(config) : []));
  const asked = alone.filter(({ prompt }) => prompt === written).map(({ model }) => model);
  expect(asked).toContain(strong);
});
