import { hashText, uniformOf } from './hash.ts';
import { SimulatedWorld } from './simulated.ts';
import { modelNames, promptCounts, spaceOf } from './spaces.ts';
import { drawModels, drawPrompts, ordinary, type Traits } from './traits.ts';

/** Worlds that no part of the search was made with. */
export const laterWorlds = (): SimulatedWorld[] => [wide(), fewQuestions(), suitedFusers(), queues()];

/** More settings than any search can look at: what is learned of one config has to tell of others. */
function wide(): SimulatedWorld {
  const seed = 'wide';
  const models = modelNames(15);
  return new SimulatedWorld({
    description: '15 models, every kind of stage, more than 10^16 configs',
    questions: 300,
    space: spaceOf(seed, models, {
      temperatures: [0, 0.2, 0.4, 0.6, 0.8, 1],
      samples: { min: 1, max: 3 },
      rounds: { min: 1, max: 2 },
      agents: { min: 1, max: 4 },
      stages: { kinds: ['critique', 'verify', 'rank', 'vote', 'fuse', 'route', 'loop'], max: 2 },
      prompts: promptCounts({
        single: 4,
        proposer: 4,
        critic: 2,
        verifier: 2,
        ranker: 2,
        router: 1,
        fuser: 4,
      }),
    }),
    traits: {
      ...ordinary,
      seed,
      models: drawModels(seed, models, (_, index) => ({ judge: 1, critic: index % 5 === 2 ? 1.6 : 0.1 })),
      prompt: drawPrompts(seed, 0.3),
      modelPrompt: 0.25,
      topicSpread: 0.9,
    },
  });
}

/** What a model, or a prompt with it, is lucky with on these questions says little of others. */
function fewQuestions(): SimulatedWorld {
  const seed = 'few-questions';
  const models = modelNames(6);
  return new SimulatedWorld({
    description: "48 questions, on which a model's and a prompt's errors are mostly the same in all samples",
    questions: 48,
    space: spaceOf(seed, models, {
      temperatures: [0.1, 0.5, 0.9],
      samples: { min: 1, max: 3 },
      agents: { min: 1, max: 3 },
      stages: { kinds: ['critique', 'rank', 'vote', 'fuse'], max: 2 },
      prompts: promptCounts({ single: 4, proposer: 2, critic: 2, ranker: 1, fuser: 3 }),
    }),
    traits: {
      ...ordinary,
      seed,
      models: drawModels(seed, models),
      prompt: drawPrompts(seed, 0.2),
      difficulty: 1.5,
      modelError: 1.2,
      promptError: 0.8,
      sampleError: 0.25,
    },
  });
}

/** A fuser reads some models well and others badly: neither is told by either alone. */
function suitedFusers(): SimulatedWorld {
  const seed = 'suited-fusers';
  const models = modelNames(9);
  return new SimulatedWorld({
    description: '9 models, of which each, as fuser, suits three others as proposers and not the rest',
    questions: 200,
    space: spaceOf(seed, models, {
      temperatures: [0.2, 0.8],
      samples: { min: 1, max: 2 },
      agents: { min: 1, max: 3 },
      stages: { kinds: ['rank', 'vote', 'fuse'], max: 1 },
      prompts: promptCounts({ single: 2, proposer: 2, ranker: 1, fuser: 3 }),
    }),
    traits: {
      ...ordinary,
      seed,
      models: drawModels(seed, models, () => ({ referenceUse: 0.5, judge: -0.5 })),
      prompt: drawPrompts(seed, 0.15),
      synergy: suits(seed, models),
    },
  });
}

/** From -0.6, where no proposer suits the fuser, to 1.4, where all do. */
function suits(seed: string, models: readonly string[]): NonNullable<Traits['synergy']> {
  const suiting = new Map(
    models.map((fuser) => {
      const drawn = (name: string): number => uniformOf(hashText(`${seed}/suits/${fuser}/${name}`));
      const others = models.filter((name) => name !== fuser);
      return [fuser, new Set(others.sort((a, b) => drawn(a) - drawn(b)).slice(0, 3))];
    }),
  );
  return ({ model }, _, proposers) => {
    const suited = proposers.filter((name) => suiting.get(model)?.has(name)).length;
    return 2 * (suited / Math.max(1, proposers.length)) - 0.6;
  };
}

/** Each model answers one call at a time, more or less: samples of one model stand in a queue, those of many do not. */
function queues(): SimulatedWorld {
  const seed = 'queues';
  const models = modelNames(8);
  return new SimulatedWorld({
    description: '8 models, of which each is slower the more calls a config makes of it at once',
    questions: 200,
    space: spaceOf(seed, models, {
      temperatures: [0.2, 0.8],
      samples: { min: 1, max: 4 },
      rounds: { min: 1, max: 2 },
      agents: { min: 1, max: 4 },
      stages: { kinds: ['critique', 'rank', 'vote', 'fuse'], max: 2 },
      prompts: promptCounts({ single: 2, critic: 1, ranker: 1, fuser: 2 }),
    }),
    traits: {
      ...ordinary,
      seed,
      models: drawModels(seed, models, () => ({ judge: 0.8 })),
      prompt: drawPrompts(seed, 0.15),
      queueing: 0.8,
    },
  });
}
