import type { Agent, MoaConfig, Stage } from './moa-config.ts';
import { checkedMoaConfig } from './moa-config-rules.ts';

/** What each role is told; the defaults fit any question with one right answer. */
interface PresetPrompts {
  readonly single: string;
  readonly proposer: string;
  readonly planner: string;
  readonly critic: string;
  readonly ranker: string;
  readonly router: string;
  readonly fuser: string;
}

const defaultPresetPrompts: PresetPrompts = {
  single: 'Answer the question.',
  proposer: 'Answer the question as well as you can.\n\n{{references}}',
  planner:
    'Work out an answer step by step, then state it. Where earlier answers or comments are shown, avoid their errors.\n\n{{references}}\n\n{{critiques}}',
  critic:
    'You are a critic. Say which candidate answers hold up and point out every error in the others. Do not write an answer of your own.\n\n{{references}}',
  ranker: 'Judge how correct and complete each candidate answer is.\n\n{{references}}',
  router: 'Decide who should answer the question.',
  fuser:
    'Write the final answer to the question. Combine what is right in the candidate answers and leave out what is wrong.\n\n{{references}}\n\n{{critiques}}',
};

/** At least one model; the first is the main one (aggregator, judge), and all take turns as proposers. */
export type PresetModels = readonly [string, ...string[]];

/** A well-known pipeline, built from models and, where given, prompts. */
export type Preset = (models: PresetModels, prompts?: Partial<PresetPrompts>) => MoaConfig;

/** The names of {@link presets}. */
export const presetNames = [
  'workshop',
  'together',
  'moa-lite',
  'self-moa',
  'planner-critic-summariser',
  'critique-rank-fuse',
  'best-of-n',
  'self-consistency',
  'router',
] as const;
/** Name of a well-known pipeline. */
export type PresetName = (typeof presetNames)[number];

/** The pipelines that results are compared with. */
export const presets: Readonly<Record<PresetName, Preset>> = {
  /** The workshop's system: 3 layer agents for 3 cycles and a main agent; 10 calls. */
  workshop: (models, prompts) => {
    const text = withDefaults(prompts);
    return preset('workshop', [
      { kind: 'propose', agents: proposers(models, 3, text.proposer, 0.7), rounds: 3 },
      { kind: 'fuse', agent: main('main', models, text.fuser, 0.1) },
    ]);
  },

  /** Together's MoA: 6 proposers without a prompt for 2 rounds and an aggregator; 13 calls. */
  together: (models, prompts) =>
    preset('together', [
      { kind: 'propose', agents: proposers(models, 6, prompts?.proposer ?? '', 0.7), rounds: 2 },
      { kind: 'fuse', agent: main('aggregator', models, withDefaults(prompts).fuser, 0.7) },
    ]),

  /** MoA-Lite: one round of 6 proposers and an aggregator; 7 calls. */
  'moa-lite': (models, prompts) =>
    preset('moa-lite', [
      { kind: 'propose', agents: proposers(models, 6, prompts?.proposer ?? '', 0.7) },
      { kind: 'fuse', agent: main('aggregator', models, withDefaults(prompts).fuser, 0.7) },
    ]),

  /** Self-MoA: the main model sampled 6 times and fused by itself; 7 calls. */
  'self-moa': (models, prompts) => {
    const text = withDefaults(prompts);
    return preset('self-moa', [
      { kind: 'propose', agents: [{ ...main('proposer', models, text.single, 0.7), samples: 6 }] },
      { kind: 'fuse', agent: main('aggregator', models, text.fuser, 0.1) },
    ]);
  },

  /**
   * A planner writes 8 proposals, a critic comments (7 samples), the planner writes 8 more with all that
   * in view and room for 16k tokens, the critic comments again and keeps the best 2, a summariser ends;
   * 8 + 7 + 8 + 7 + 1 + 1 = 32 calls.
   */
  'planner-critic-summariser': (models, prompts) => {
    const text = withDefaults(prompts);
    const planner = main('planner', models, text.planner, 0.9);
    const critic: Agent = { ...main('critic', turn(models, 1), text.critic, 0.7), samples: 7 };
    return preset('planner-critic-summariser', [
      { kind: 'propose', agents: [{ ...planner, samples: 8 }] },
      { kind: 'critique', agents: [critic] },
      { kind: 'propose', agents: [{ ...planner, maxTokens: 16_000, samples: 8 }] },
      { kind: 'critique', agents: [critic] },
      { kind: 'rank', agent: main('judge', turn(models, 1), text.ranker, 0.1), keep: 2 },
      { kind: 'fuse', agent: main('summariser', turn(models, 2), text.fuser, 0.3) },
    ]);
  },

  /** Archon's shape: 5 generators, a critic, a ranker that keeps 3, a fuser; 8 calls. */
  'critique-rank-fuse': (models, prompts) => {
    const text = withDefaults(prompts);
    return preset('critique-rank-fuse', [
      { kind: 'propose', agents: proposers(models, 5, text.single, 0.7) },
      { kind: 'critique', agents: [main('critic', models, text.critic, 0.1)] },
      { kind: 'rank', agent: main('ranker', models, text.ranker, 0.1), keep: 3 },
      { kind: 'fuse', agent: main('fuser', models, text.fuser, 0.1) },
    ]);
  },

  /** The main model sampled 5 times, the best picked by itself; 6 calls. */
  'best-of-n': (models, prompts) => {
    const text = withDefaults(prompts);
    return preset('best-of-n', [
      { kind: 'propose', agents: [{ ...main('proposer', models, text.single, 0.7), samples: 5 }] },
      { kind: 'rank', agent: main('ranker', models, text.ranker, 0), keep: 1 },
    ]);
  },

  /** The main model sampled 5 times and a majority vote; 5 calls. */
  'self-consistency': (models, prompts) =>
    preset('self-consistency', [
      {
        kind: 'propose',
        agents: [{ ...main('proposer', models, withDefaults(prompts).single, 0.7), samples: 5 }],
      },
      { kind: 'vote' },
    ]),

  /** A router picks 2 of 4 agents for the question and their answers are fused; 4 calls. */
  router: (models, prompts) => {
    const text = withDefaults(prompts);
    return preset('router', [
      {
        kind: 'route',
        router: main('router', models, text.router, 0),
        agents: proposers(models, 4, text.single, 0.7),
        choose: 2,
      },
      { kind: 'fuse', agent: main('fuser', models, text.fuser, 0.1) },
    ]);
  },
};

function preset(name: string, stages: Stage[]): MoaConfig {
  return checkedMoaConfig({ version: 1, name, stages });
}

function withDefaults(prompts: Partial<PresetPrompts> | undefined): PresetPrompts {
  return { ...defaultPresetPrompts, ...prompts };
}

function main(name: string, models: PresetModels, prompt: string, temperature: number): Agent {
  return { name, model: models[0], prompt, temperature };
}

/** The models with another one first, so that roles take turns where there are several. */
function turn(models: PresetModels, by: number): PresetModels {
  return [models[by % models.length] ?? models[0], ...models];
}

function proposers(models: PresetModels, count: number, prompt: string, temperature: number): Agent[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `proposer-${index + 1}`,
    model: models[index % models.length] ?? models[0],
    prompt,
    temperature,
  }));
}
