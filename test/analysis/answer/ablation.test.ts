import { describe, expect, test } from 'vitest';
import { ablate } from '../../../src/analysis/answer/ablation.ts';
import { differingGroups, featuresOf, type Group, groups } from '../../../src/analysis/answer/features.ts';
import type { Inference } from '../../../src/analysis/answer/forecast.ts';
import { createRng } from '../../../src/core/rng.ts';
import type { MoaConfig } from '../../../src/domain/moa-config.ts';
import { sampled, thorough } from '../../support/thorough.ts';

interface Choice {
  readonly model: number;
  readonly prompt: number;
  readonly temperature: number;
  readonly agents: number;
}

function configOf({ model, prompt, temperature, agents }: Choice): MoaConfig {
  const agent = { name: 'a', model: `sim/m${model}`, prompt: `prompt ${prompt}`, temperature };
  return {
    version: 1,
    name: 'made',
    stages: [{ kind: 'propose', agents: Array.from({ length: agents }, () => agent) }, { kind: 'vote' }],
  };
}

/** A search whose scores are a known function of the choices; each child changes one of them. */
function inferenceOf(worth: (choice: Choice) => number): Inference {
  const rng = createRng('ablation');
  const draw = (): Choice => ({
    model: rng.integer(3),
    prompt: rng.integer(3),
    temperature: rng.integer(3) / 2,
    agents: 1 + rng.integer(3),
  });
  const choices: Choice[] = Array.from({ length: 40 }, draw);
  const parents: number[] = choices.map(() => -1);
  const names = ['model', 'prompt', 'temperature', 'agents'] as const;
  for (let index = 40; index < 120; index++) {
    const parent = rng.integer(index);
    const name = rng.pick(names);
    parents.push(parent);
    choices.push({ ...(choices[parent] as Choice), [name]: draw()[name] });
  }
  const truths = Float64Array.from(choices, worth);
  const unknown = { mean: null, low: null, high: null };
  return {
    trials: choices.map((choice, trial) => ({
      ...{
        trial,
        id: `${trial}`,
        config: configOf(choice),
        operator: 'x',
        parents: [],
        tuning: [],
        holdout: [],
        finalist: true,
        affordable: true,
      },
      at: { evaluations: trial + 1, tokens: 0, usd: null, seconds: 0 },
      estimates: { score: unknown, latency: unknown, tokens: unknown, usd: unknown },
    })),
    measured: { trials: [], degreesOfFreedom: 100, cellVariance: () => 0 },
    draws: [truths, truths],
    best: 0,
    habits: {
      parents,
      parentPlaces: [],
      recentFrom: 0,
      spread: 0,
      searchCells: 1,
      affordable: [],
      finishCells: 1,
    },
  };
}

function ends(inference: Inference): { best: number; worst: number } {
  const scores = [...(inference.draws[0] as Float64Array)];
  return { best: scores.indexOf(Math.max(...scores)), worst: scores.indexOf(Math.min(...scores)) };
}

const cases: readonly [Group, (choice: Choice) => number][] = [
  ['models', ({ model }) => 0.2 + 0.3 * model],
  ['prompts', ({ prompt }) => 0.2 + 0.3 * prompt],
  ['temperatures', ({ temperature }) => 0.2 + 0.6 * temperature],
  ['topology', ({ agents }) => 0.3 * agents],
];

describe('ablate', () => {
  test.each(sampled(cases, 4))('finds that all of it came from %s', (source, worth) => {
    const inference = inferenceOf(worth);
    const { best, worst } = ends(inference);
    const found = ablate(inference, best, worst, createRng(1));
    if (found.kind !== 'found') throw new Error(found.because);
    expect(found.gain).toBeCloseTo(0.6, 9);
    expect(found.explained).toBeGreaterThan(0.45);
    for (const { group, gain, varianceShare, swaps } of found.effects) {
      if (group === source) {
        expect(gain.mean / found.explained).toBeGreaterThan(0.85);
        expect(varianceShare).toBeGreaterThan(0.75);
        expect(swaps.pairs).toBeGreaterThan(5);
      } else {
        expect(Math.abs(gain.mean)).toBeLessThan(0.08);
        expect(varianceShare).toBeLessThan(0.15);
        expect(swaps.change?.mean ?? 0).toBeCloseTo(0, 9);
      }
    }
  });

  test.skipIf(!thorough)('two sources share, and what only their combination does is told apart', () => {
    const additive = inferenceOf(({ model, prompt }) => 0.1 + 0.2 * model + 0.2 * prompt);
    const both = inferenceOf(({ model, prompt }) => (model === prompt ? 0.9 : 0.1));
    const of = (inference: Inference) => {
      const { best, worst } = ends(inference);
      const found = ablate(inference, best, worst, createRng(2));
      if (found.kind !== 'found') throw new Error(found.because);
      return found;
    };
    const sum = of(additive);
    const share = (group: Group) => sum.effects.find((effect) => effect.group === group)?.varianceShare ?? 0;
    expect(share('models')).toBeGreaterThan(0.3);
    expect(share('prompts')).toBeGreaterThan(0.3);
    expect(sum.interactions).toBeLessThan(0.25);
    expect(of(both).interactions).toBeGreaterThan(0.5);
  });

  test.skipIf(!thorough)('says nothing of scores that configs do not explain, nor of a few configs', () => {
    const rng = createRng('luck');
    const luck = ablate(
      inferenceOf(() => rng.next()),
      1,
      0,
      createRng(3),
    );
    expect(luck).toMatchObject({ kind: 'refused', because: expect.stringMatching(/too poorly/) });
    const full = inferenceOf(({ model }) => model / 3);
    const few = ablate({ ...full, trials: full.trials.slice(0, 20) }, 1, 0, createRng(4));
    expect(few).toMatchObject({ kind: 'refused', because: expect.stringMatching(/20 configs are too few/) });
  });
});

describe('differingGroups', () => {
  const plain: Choice = { model: 0, prompt: 0, temperature: 0.5, agents: 1 };
  test.each<[Partial<Choice>, Group[]]>([
    [{}, []],
    [{ model: 1 }, ['models']],
    [{ prompt: 1 }, ['prompts']],
    [{ temperature: 1 }, ['temperatures']],
    [{ agents: 2 }, ['topology']],
    [{ model: 1, prompt: 2, temperature: 0, agents: 3 }, [...groups]],
  ])('of a change of %j', (change, expected) => {
    const differing = differingGroups(
      featuresOf(configOf(plain)),
      featuresOf(configOf({ ...plain, ...change })),
    );
    expect(differing).toEqual(expected);
  });
});
