import type { Rng } from '../core/rng.ts';
import type { Stage } from '../domain/moa-config.ts';
import { drawAgent, drawSmall } from './library.ts';
import { loopTimes, maxCritics, type ShapeStep } from './shape.ts';
import type { SearchSpace } from './space.ts';

/** Draws the agents of a step. */
export function drawStage(space: SearchSpace, step: ShapeStep, rng: Rng): Stage {
  switch (step.kind) {
    case 'critique': {
      const count = drawSmall(1, Math.min(maxCritics, space.agents.max), 0.25, rng);
      return {
        kind: 'critique',
        agents: Array.from({ length: count }, () => drawAgent(space, 'critic', rng)),
      };
    }
    case 'verify':
      return { kind: 'verify', agent: drawAgent(space, 'verifier', rng) };
    case 'rank':
      return { kind: 'rank', agent: drawAgent(space, 'ranker', rng), keep: step.keep };
    case 'vote':
      return { kind: 'vote' };
    case 'fuse':
      return { kind: 'fuse', agent: drawAgent(space, 'fuser', rng) };
    case 'refine':
      return {
        kind: 'loop',
        stages: [
          { kind: 'critique', agents: [drawAgent(space, 'critic', rng)] },
          { kind: 'fuse', agent: drawAgent(space, 'fuser', rng) },
        ],
        times: drawSmall(loopTimes(space).min, loopTimes(space).max, 0.3, rng),
      };
  }
}
