import { readFileSync } from 'node:fs';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { Agent, MoaConfig, Stage } from '../../src/domain/moa-config.ts';
import { runMoa } from '../../src/moa/engine.ts';
import { readProgram } from '../../src/sim/code-challenge/detector.ts';
import { pointsOfParts } from '../../src/sim/code-challenge/parts.ts';
import { createSimulatedModel } from '../../src/sim/index.ts';

/** The shipped task's question. */
export const challenge: string = JSON.parse(
  readFileSync(new URL('../../tasks/code-challenge/instances.jsonl', import.meta.url), 'utf8').split(
    '\n',
  )[0] ?? '',
).input;

export const prompts = {
  plain: 'You are a helpful assistant.',
  good: `You are a senior Python engineer. Think of the edge cases before you answer.
Guard against division by zero when days_active is 0. Return early for empty input, and return 0 when no user is active.
Use .get() with defaults for missing keys. Average over active users only.
Never mutate the input: work on copies. Convert numeric strings and None to numbers.`,
  junk: 'Please remember that quality matters and that the customer is always right in every respect. '.repeat(
    40,
  ),
  fuse: `You have several candidate answers from other models. Synthesize them into one single, better function: keep what is right in any of them and fix what is wrong.
Guard against division by zero, empty input, no active user and missing keys; do not mutate the input; cope with None and numeric strings.`,
  plainFuse: 'Combine the candidate answers into one answer.',
  critic: 'You are a code critic. List every bug in each candidate. Do not write code yourself.',
  verifier: 'You check whether a function is right.',
  ranker: 'You judge Python functions by their correctness.',
};

const agent = (model: string, prompt: string, temperature = 0.4, more: Partial<Agent> = {}): Agent => ({
  name: `${model}-${more.samples ?? 1}`,
  model: `sim/${model}`,
  prompt,
  temperature,
  maxTokens: 2048,
  ...more,
});
const config = (name: string, ...stages: Stage[]): MoaConfig => ({ version: 1, name, stages });

/** A system to measure; several variants are averaged. */
export interface Canonical {
  readonly name: string;
  readonly variants: readonly MoaConfig[];
}
const one = (name: string, ...stages: Stage[]): Canonical => ({
  name,
  variants: [config(name, ...stages)],
});
const propose = (agents: Agent[], rounds = 1): Stage => ({
  kind: 'propose',
  agents: agents.map((each, index) => ({ ...each, name: `${each.name}-${index}` })),
  rounds,
});
const fuse = (model: string, prompt = prompts.fuse, temperature = 0.3): Stage => ({
  kind: 'fuse',
  agent: agent(model, prompt, temperature),
});
const critique = (...models: string[]): Stage => ({
  kind: 'critique',
  agents: models.map((model) => agent(model, prompts.critic, 0.3)),
});

const { plain, good, junk } = prompts;
const six = ['sage-70b', 'quill-120b', 'otter-32b', 'atlas-235b', 'gale-109b', 'forge-14b'];
const rotations = six.map((_, start) => [...six.slice(start), ...six.slice(0, start)]);
const several = (models: string[], count: number): Agent[] =>
  models.slice(0, count).map((model) => agent(model, plain, 0.7));
const sampled = (models: string[], count: number): Agent[] => [
  agent(models[0] ?? '', plain, 0.7, { samples: count }),
];
/** The same system with each of six comparable models in turn at the front. */
const averaged = (name: string, proposers: (models: string[]) => Agent[]): Canonical => ({
  name,
  variants: rotations.map((models) =>
    config(name, propose(proposers(models)), fuse('atlas-235b', prompts.plainFuse)),
  ),
});

/** Canonical systems, by name; the groups follow facts §4 and the shapes that a search should meet. */
export const canonicalConfigs: readonly Canonical[] = [
  ...[
    'wisp-1b',
    'finch-3b',
    'heron-8b',
    'forge-14b',
    'otter-32b',
    'sage-70b',
    'gale-109b',
    'quill-120b',
    'atlas-235b',
    'titan-400b',
  ].flatMap((model) => [
    one(`single ${model}, plain prompt`, propose([agent(model, plain)])),
    one(`single ${model}, good prompt`, propose([agent(model, good)])),
  ]),
  one('single titan, junk prompt', propose([agent('titan-400b', junk)])),
  one('single titan, good prompt, temperature 1.5', propose([agent('titan-400b', good, 1.5)])),
  ...[1, 2, 3, 6].map((count) =>
    averaged(`several models, n = ${count}`, (models) => several(models, count)),
  ),
  ...[1, 2, 3, 6].map((count) =>
    averaged(`one model sampled, n = ${count}`, (models) => sampled(models, count)),
  ),
  one(
    'Self-MoA: titan × 6, titan fuses',
    propose([agent('titan-400b', good, 0.7, { samples: 6 })]),
    fuse('titan-400b'),
  ),
  one(
    'weak mix: 6 small models, titan fuses',
    propose(
      ['wisp-1b', 'finch-3b', 'heron-8b', 'wisp-1b', 'finch-3b', 'heron-8b'].map((model) =>
        agent(model, plain, 0.7),
      ),
    ),
    fuse('titan-400b'),
  ),
  one(
    'Together-like: 6 × 2 rounds, good prompts, atlas fuses',
    propose(
      six.map((model) => agent(model, good, 0.7)),
      2,
    ),
    fuse('atlas-235b'),
  ),
  one(
    'three fast models with good prompts, sage fuses',
    propose(['heron-8b', 'forge-14b', 'otter-32b'].map((model) => agent(model, good))),
    fuse('sage-70b'),
  ),
  one(
    'three good models with good prompts, atlas fuses',
    propose(['forge-14b', 'atlas-235b', 'sage-70b'].map((model) => agent(model, good))),
    fuse('atlas-235b'),
  ),
  one(
    'the same with a critic',
    propose(['forge-14b', 'atlas-235b', 'sage-70b'].map((model) => agent(model, good))),
    critique('titan-400b'),
    fuse('atlas-235b'),
  ),
  one(
    'heron answers, sage criticises, sage fuses',
    propose([agent('heron-8b', good)]),
    critique('sage-70b'),
    fuse('sage-70b'),
  ),
  one('heron answers, sage fuses', propose([agent('heron-8b', good)]), fuse('sage-70b')),
  one('best of 5: sage × 5, titan ranks', propose([agent('sage-70b', good, 0.7, { samples: 5 })]), {
    kind: 'rank',
    agent: agent('titan-400b', prompts.ranker, 0.2),
    keep: 1,
  }),
  one(
    'bad: wisp fuses three good ones',
    propose(['forge-14b', 'atlas-235b', 'sage-70b'].map((model) => agent(model, good))),
    fuse('wisp-1b', prompts.plainFuse),
  ),
  one(
    'bad: hot and junk, heron fuses',
    propose(['atlas-235b', 'sage-70b', 'gale-109b'].map((model) => agent(model, junk, 1.6))),
    fuse('heron-8b', junk, 1.4),
  ),
];

export interface Measured {
  readonly name: string;
  readonly points: number;
  readonly low: number;
  readonly high: number;
  readonly seconds: number;
  readonly tokens: number;
}

/** Mean points (of 120), latency and tokens; the means of single seeds lie between `low` and `high`. */
export async function measure(
  { name, variants }: Canonical,
  seeds: readonly number[],
  repeats: number,
): Promise<Measured> {
  const bySeed: number[] = [];
  let latencyMs = 0;
  let tokens = 0;
  for (const seed of seeds) {
    const clock = new VirtualClock();
    const model = createSimulatedModel({ clock, seed, faults: { refused: 0, infrastructure: 0 } });
    const cells = variants.flatMap((variant) =>
      Array.from({ length: repeats }, (_, repeat) => ({ variant, repeat })),
    );
    const outcomes = await clock.run(() =>
      Promise.all(
        cells.map(({ variant, repeat }) =>
          runMoa(variant, { text: challenge }, { model, extractAnswer: (text) => text.trim(), repeat }),
        ),
      ),
    );
    const points = outcomes.map((outcome) =>
      outcome.kind === 'answered' ? pointsOfAnswer(outcome.answer) : 0,
    );
    bySeed.push(mean(points));
    latencyMs += mean(outcomes.map(({ trace }) => trace.latencyMs));
    tokens += mean(outcomes.map(({ trace }) => trace.inputTokens + trace.outputTokens));
  }
  return {
    name,
    points: mean(bySeed),
    low: Math.min(...bySeed),
    high: Math.max(...bySeed),
    seconds: latencyMs / seeds.length / 1000,
    tokens: tokens / seeds.length,
  };
}

export function pointsOfAnswer(answer: string): number {
  const program = readProgram(answer);
  return program === null ? 0 : pointsOfParts(program.parts, program.defaultDays);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
