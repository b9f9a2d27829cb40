import type { MoaConfig } from '../../src/domain/moa-config.ts';
import { configId } from '../../src/domain/moa-config.ts';
import type { Estimate, Estimates } from '../../src/domain/objective.ts';
import type { FrontFile, FrontMember, Progress } from '../../src/domain/run-result.ts';

/** An interval of ±10% around a mean, or nothing known. */
function estimate(mean: number | null): Estimate {
  return mean === null
    ? { mean: null, low: null, high: null }
    : { mean, low: mean * 0.9, high: Math.min(mean * 1.1, mean < 1 ? 1 : Number.POSITIVE_INFINITY) };
}

export function estimates(
  score: number | null,
  latency: number | null,
  tokens: number | null,
  usd: number | null = null,
): Estimates {
  return {
    score: estimate(score),
    latency: estimate(latency),
    tokens: estimate(tokens),
    usd: estimate(usd),
  };
}

export function singleConfig(model: string, temperature = 0.2): MoaConfig {
  return {
    version: 1,
    name: `single ${model}`,
    stages: [{ kind: 'propose', agents: [{ name: 'writer', model, prompt: 'Answer.', temperature }] }],
  };
}

export function fusedConfig(models: readonly string[], fuser: string): MoaConfig {
  return {
    version: 1,
    name: 'fused',
    stages: [
      {
        kind: 'propose',
        agents: models.map((model, index) => ({
          name: `writer-${index}`,
          model,
          prompt: 'Answer.',
          samples: 2,
        })),
      },
      { kind: 'fuse', agent: { name: 'fuser', model: fuser, prompt: 'Merge: {{references}}' } },
    ],
  };
}

export function member(
  config: MoaConfig,
  objectives: Estimates,
  holdout: Estimates | null = null,
): FrontMember {
  return {
    id: configId(config),
    config,
    objectives,
    holdout,
    cells: 4,
    origin: { operator: 'random', parents: [] },
  };
}

/** Three trade-offs, best score first, and two single models as baselines. */
export function sampleFront(changes: Partial<FrontFile> = {}): FrontFile {
  const single = member(singleConfig('sim/quick-8b'), estimates(0.55, 1.2, 800, 0.0001));
  return {
    version: 1,
    simulated: true,
    task: 'code-challenge',
    strategy: 'evolution',
    seed: 7,
    objectives: ['score', 'latency', 'tokens'],
    front: [
      member(
        fusedConfig(['sim/sage-70b', 'sim/quick-8b', 'sim/wise-120b'], 'sim/sage-70b'),
        estimates(0.96, 14.2, 21_500, 0.0123),
        estimates(0.93, 14, 21_000, 0.012),
      ),
      member(
        fusedConfig(['sim/quick-8b'], 'sim/sage-70b'),
        estimates(0.85, 4.8, 4100, 0.0021),
        estimates(0.8, 5, 4000),
      ),
      { ...single, holdout: estimates(0.5, 1.2, 800) },
    ],
    baselines: [
      {
        ...member(singleConfig('sim/sage-70b'), estimates(0.7, 5.5, 1500, 0.0008)),
        label: 'single sim/sage-70b',
      },
      { ...single, label: 'single sim/quick-8b' },
    ],
    hypervolume: 0.61,
    spent: { calls: 1204, tokensIn: 812_000, tokensOut: 402_000, usd: 1.234, seconds: 3725 },
    evaluations: 200,
    ended: 'evaluations',
    ...changes,
  };
}

export function sampleProgress(changes: Partial<Progress> = {}): Progress {
  const file = sampleFront();
  return {
    run: 'code-challenge-20260401-220000',
    simulated: true,
    task: 'code-challenge',
    phase: 'search',
    evaluations: 75,
    trialsInFlight: 6,
    callsInFlight: 8,
    cachedCalls: 312,
    spent: { calls: 604, tokensIn: 410_000, tokensOut: 199_000, usd: 0.62, seconds: 1800 },
    budget: { maxEvaluations: 200, maxTokens: 2_000_000 },
    bestScore: 0.96,
    front: file.front,
    hypervolumeTrend: Array.from({ length: 75 }, (_, index) => 0.7 * (1 - Math.exp(-index / 20))),
    objectives: file.objectives,
    notices: [],
    ...changes,
  };
}
