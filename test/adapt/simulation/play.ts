import type { AdaptDecision } from '../../../src/adapt/learner.ts';
import { createRng } from '../../../src/core/rng.ts';
import type { Policy, PolicyMaker } from './rivals.ts';
import { priorsOf, type SimulatedArm, trafficOf, type World } from './traffic.ts';

/** What a policy came to over one traffic. */
export interface Played {
  /** Sum over requests of the best fitting arm's true mean less that of the chosen one. */
  readonly regret: number;
  /** Of the first 200 requests. */
  readonly early: number;
  readonly explored: number;
  /** Requests that got an arm whose known figures are outside their bounds. */
  readonly broken: number;
  readonly decisions: readonly {
    readonly decision: AdaptDecision;
    readonly reward: number;
    readonly means: readonly number[];
  }[];
}

/** Plays a policy over seeded traffic: the same requests and rewards for every policy. */
export function play(world: World, make: PolicyMaker, seed: number, count: number): Played {
  const rng = createRng(`adapt/${world.name}/${seed}`);
  const candidates = priorsOf(world, rng.derive('run'));
  const policy = make(world, candidates, rng.derive('policy'));
  const waiting: {
    readonly at: number;
    readonly chosen: ReturnType<Policy['choose']>;
    readonly reward: number;
  }[] = [];
  const decisions: Played['decisions'][number][] = [];
  let [regret, early, explored, broken, number] = [0, 0, 0, 0, 0];
  for (const request of trafficOf(world, candidates, count, rng.derive('traffic'))) {
    for (let at = 0; at < waiting.length; ) {
      const due = waiting[at] as (typeof waiting)[number];
      if (due.at > number) at++;
      else {
        waiting.splice(at, 1);
        policy.reward(due.chosen, due.reward);
      }
    }
    if (request.fitting.length > 0) {
      const chosen = policy.choose(request, number);
      const { decision } = chosen;
      const reward = request.rewards[chosen.arm] as number;
      waiting.push({ at: number + 1 + request.delay, chosen, reward });
      const best = Math.max(...request.fitting.map((arm) => request.means[arm] as number));
      const lost = best - (request.means[chosen.arm] as number);
      regret += lost;
      if (number < 200) early += lost;
      const { latency, usd } = world.arms[chosen.arm] as SimulatedArm;
      if (latency > request.maxLatency || usd > request.maxUsd) broken++;
      if (decision !== undefined) {
        if (decision.chosen !== decision.champion) explored++;
        const means = request.fitting.map((arm) => request.means[arm] as number);
        decisions.push({ decision, reward, means });
      }
    }
    number++;
  }
  return { regret, early, explored, broken, decisions };
}
