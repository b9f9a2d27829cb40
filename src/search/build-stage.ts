import type { Rng } from '../core/rng.ts';
import type { Stage } from '../domain/moa-config.ts';
import { drawAgent, drawSmall } from './library.ts';
import type { SearchSpace } from './space.ts';
import { loopTimes, type ShapeStep, steps } from './steps.ts';

export function drawStage(space: SearchSpace, step: ShapeStep, rng: Rng): Stage {
  const { agents, loops, build } = steps[step.kind];
  const groups = agents.map(({ role, mostDrawn }) => {
    const count = drawSmall(1, Math.min(mostDrawn, space.agents.max), 0.25, rng);
    return Array.from({ length: count }, () => drawAgent(space, role, rng));
  });
  const { min, max } = loopTimes(space);
  return build(groups, step, loops ? drawSmall(min, max, 0.3, rng) : 1);
}
