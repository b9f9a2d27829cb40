import { laterWorlds } from './later-worlds.ts';
import { SimulatedWorld } from './simulated.ts';
import { modelNames, promptCounts, spaceOf } from './spaces.ts';
import { drawModels, drawPrompts, ordinary } from './traits.ts';

/** The simulated worlds: seven smallest first, then those that were added later. */
export const simulatedWorlds = (): SimulatedWorld[] => [
  tiny(),
  prompts(),
  topology(),
  singleWins(),
  critics(),
  oneTask(),
  rare(),
  ...laterWorlds(),
];

/** Some tens of configs, all of which can be tried: samples of few models and a vote. */
function tiny(): SimulatedWorld {
  const seed = 'tiny';
  const models = modelNames(2);
  return new SimulatedWorld({
    description: '2 models, samples and votes; small enough to try everything',
    questions: 200,
    space: spaceOf(seed, models, {
      temperatures: [0.2, 0.9],
      samples: { min: 1, max: 3 },
      agents: { min: 1, max: 2 },
      stages: { kinds: ['vote'], max: 1 },
      prompts: promptCounts({ single: 1 }),
    }),
    traits: {
      ...ordinary,
      seed,
      models: drawModels(seed, models, (_, index) => ({ skill: index === 0 ? 0.1 : 0.35 })),
      prompt: drawPrompts(seed, 0),
      sampleError: 1.2,
      misconception: 0.05,
    },
  });
}

/** Few models and shapes, many prompts of very different worth. */
function prompts(): SimulatedWorld {
  const seed = 'prompts';
  const models = modelNames(4);
  return new SimulatedWorld({
    description: '4 models, 24 prompts for proposers and 8 for fusers: the prompt decides',
    questions: 200,
    space: spaceOf(seed, models, {
      temperatures: [0.1, 0.5, 0.9],
      agents: { min: 1, max: 2 },
      stages: { kinds: ['vote', 'fuse'], max: 1 },
      prompts: promptCounts({ single: 12, proposer: 12, fuser: 8 }),
    }),
    traits: {
      ...ordinary,
      seed,
      models: drawModels(seed, models),
      prompt: drawPrompts(seed, 0.6),
      modelPrompt: 0.45,
    },
  });
}

/** Models know different topics and read each other well: how they are put together decides. */
function topology(): SimulatedWorld {
  const seed = 'topology';
  const models = modelNames(5);
  return new SimulatedWorld({
    description: '5 models of different knowledge, every kind of stage: the topology decides',
    questions: 300,
    space: spaceOf(seed, models, {
      temperatures: [0.2, 0.8],
      samples: { min: 1, max: 2 },
      rounds: { min: 1, max: 3 },
      agents: { min: 1, max: 3 },
      stages: { kinds: ['critique', 'verify', 'rank', 'vote', 'fuse', 'route', 'loop'], max: 2 },
      prompts: promptCounts({ single: 1, critic: 1, verifier: 1, ranker: 1, router: 1, fuser: 1 }),
    }),
    traits: {
      ...ordinary,
      seed,
      models: drawModels(seed, models, (_, index) => ({ judge: 1.6, critic: index === 3 ? 1.5 : 0.2 })),
      prompt: drawPrompts(seed, 0.1),
      topicSpread: 1.1,
    },
  });
}

/** One model is far ahead and reading others only distracts: the best systems are single calls. */
function singleWins(): SimulatedWorld {
  const seed = 'single-wins';
  const models = modelNames(8);
  return new SimulatedWorld({
    description: '8 models, references distract: a single model with the right prompt and temperature wins',
    questions: 500,
    space: spaceOf(seed, models, {
      temperatures: [0, 0.3, 0.6, 0.9],
      agents: { min: 1, max: 2 },
      stages: { kinds: ['rank', 'fuse'], max: 1 },
      prompts: promptCounts({ single: 6, ranker: 1, fuser: 1 }),
    }),
    traits: {
      ...ordinary,
      seed,
      models: drawModels(seed, models, (_, index) => ({
        referenceUse: 0,
        judge: -1.5,
        critic: 0,
        ...(index === 5 ? { skill: 0.9, idealTemperature: 0.6 } : {}),
      })),
      prompt: (role, text) => ({
        ...drawPrompts(seed, 0.35)(role, text),
        ...(role === 'fuser' ? { worth: -0.5 } : {}),
      }),
      attention: 0.35,
      sampleError: 0.4,
    },
  });
}

/** Criticism is worth its tokens, of some critics: they have to be found. */
function critics(): SimulatedWorld {
  const seed = 'critics';
  const models = modelNames(6);
  return new SimulatedWorld({
    description: '6 models, of which two are good critics that fusers listen to',
    questions: 200,
    space: spaceOf(seed, models, {
      temperatures: [0.2, 0.8],
      samples: { min: 1, max: 2 },
      agents: { min: 1, max: 2 },
      stages: { kinds: ['critique', 'rank', 'vote', 'fuse', 'loop'], max: 2 },
      prompts: promptCounts({ single: 2, critic: 3, ranker: 1, fuser: 2 }),
    }),
    traits: {
      ...ordinary,
      seed,
      models: drawModels(seed, models, (_, index) => ({
        critic: index === 1 ? 2.6 : index === 4 ? 1.8 : -0.1,
        judge: -0.5,
      })),
      prompt: (role, text) => drawPrompts(seed, role === 'critic' ? 0.4 : 0.1)(role, text),
      temperatureCurve: 0.3,
      critiqueUse: 1.6,
      sampleError: 0.9,
    },
  });
}

/** The code challenge's like: one question, a graded answer, all noise from sampling. */
function oneTask(): SimulatedWorld {
  const seed = 'one-task';
  const models = modelNames(8);
  return new SimulatedWorld({
    description: 'one stochastic question with a graded answer; repeats are the cells',
    questions: 1,
    space: spaceOf(seed, models, {
      temperatures: [0.1, 0.5, 0.9],
      samples: { min: 1, max: 3 },
      rounds: { min: 1, max: 2 },
      agents: { min: 1, max: 2 },
      stages: { kinds: ['critique', 'rank', 'fuse', 'loop'], max: 2 },
      prompts: promptCounts({ single: 3, critic: 2, ranker: 1, fuser: 2 }),
    }),
    traits: {
      ...ordinary,
      seed,
      models: drawModels(seed, models, (_, index, drawn) => ({
        skill: drawn.skill - 1.2,
        referenceUse: 0.3,
        judge: 0,
        critic: index === 2 ? 1.8 : 0.3,
      })),
      prompt: drawPrompts(seed, 0.15),
      temperatureCurve: 0.3,
      topics: 1,
      sampleError: 0.9,
      critiqueUse: 0.9,
      graded: true,
    },
  });
}

/** Nearly everything is mediocre; one fuser prompt with two kinds of proposals beside each other is not. */
function rare(): SimulatedWorld {
  const seed = 'rare';
  const models = modelNames(8);
  return new SimulatedWorld({
    description: '8 models, every setting: only one fuser prompt over two certain proposer prompts works',
    questions: 500,
    space: spaceOf(seed, models, {
      temperatures: [0, 0.3, 0.6, 0.9],
      agents: { min: 1, max: 3 },
      stages: { kinds: ['rank', 'vote', 'fuse'], max: 1 },
      prompts: promptCounts({ single: 4, proposer: 4, ranker: 1, fuser: 6 }),
    }),
    traits: {
      ...ordinary,
      seed,
      models: drawModels(seed, models, () => ({ referenceUse: 0.3, judge: -1.2 })),
      prompt: drawPrompts(seed, 0.05),
      modelPrompt: 0.05,
      temperatureCurve: 0.15,
      synergy: (fuser, proposerPrompts) => {
        const plans = proposerPrompts.some((prompt) => prompt.startsWith('proposer prompt 2'));
        const checks = proposerPrompts.some((prompt) => prompt.startsWith('single prompt 3'));
        const asks = fuser.prompt.startsWith('fuser prompt 4');
        // Half of the combination already shows a little: a slope that noise can hide.
        return asks && plans && checks ? 2.2 : asks && (plans || checks) ? 0.3 : 0;
      },
    },
  });
}
