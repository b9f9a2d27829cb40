import { mostSamples } from '../domain/agent.ts';
import { agentsOf, type ConfigId, configId, type MoaConfig, type Stage } from '../domain/moa-config.ts';
import { named } from './normal-form.ts';
import { nearestSettings } from './settings.ts';
import type { SearchSpace } from './space.ts';
import { makeAgent, usualTemperatures } from './start-configs.ts';
import { fewestVotes } from './steps.ts';

/** Answers that differ need some randomness: below this the temperature for several answers is taken. */
const leastTemperature = 0.5;
/** A ranker reads all answers and writes little: it costs about as much as so many of them. */
const rankedShare = 0.8;
const fewestPicked = 2;

/** A plain way to spend more than one call on a question. */
export interface PlainWay {
  readonly kind: 'vote' | 'best-of';
  readonly id: ConfigId;
  readonly config: MoaConfig;
  /** The single model's config. */
  readonly of: ConfigId;
}

/**
 * What the tuned single model does for as much as a mixture takes: several answers and a majority vote, or
 * several answers of which it picks the best itself. Only stages that the space knows, so that a task whose answers
 * cannot be voted on is spared; their sizes may lie outside it.
 *
 * @param ratio what the mixture takes for each token or dollar of the single model
 */
export function plainWays(space: SearchSpace, single: MoaConfig, ratio: number): PlainWay[] {
  const [agent] = agentsOf(single);
  if (agent === undefined || !Number.isFinite(ratio)) return [];
  const { temperature } = nearestSettings(space, { temperature: usualTemperatures.sampled });
  const isCold = (agent.temperature ?? 1) < leastTemperature;
  const warm = isCold && temperature !== undefined ? { temperature } : {};
  const sampled = (samples: number, fewest: number): Stage => ({
    kind: 'propose',
    agents: [{ ...agent, ...warm, samples: Math.min(mostSamples, Math.max(fewest, Math.round(samples))) }],
  });
  const ranker = makeAgent(space, agent.model, 'ranker', usualTemperatures.judging);
  const ways: { readonly kind: PlainWay['kind']; readonly needs: string; readonly stages: Stage[] }[] = [
    { kind: 'vote', needs: 'vote', stages: [sampled(ratio, fewestVotes), { kind: 'vote' }] },
    {
      kind: 'best-of',
      needs: 'rank',
      stages: [sampled(ratio / (1 + rankedShare), fewestPicked), { kind: 'rank', agent: ranker, keep: 1 }],
    },
  ];
  const known: readonly string[] = space.stages.kinds;
  return ways
    .filter(({ needs }) => known.includes(needs))
    .map(({ kind, stages }) => {
      const config = named(stages);
      return { kind, id: configId(config), config, of: configId(single) };
    });
}
