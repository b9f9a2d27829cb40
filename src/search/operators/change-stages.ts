import type { Stage } from '../../domain/moa-config.ts';
import { drawStage } from '../build-stage.ts';
import { advance, allowedSteps, openingState, stepOf } from '../shape.ts';
import type { ShapeState } from '../steps.ts';
import { mutation } from './operator.ts';

/** Inserts a stage at a place where it can change the result; the end is mended if it opens. */
export const addStage = mutation('add-stage', 1, (config, space, rng) => {
  const at = 1 + rng.integer(config.stages.length);
  const state = stateBefore(config.stages, at);
  const steps = state === undefined ? [] : allowedSteps(space, state);
  if (steps.length === 0) return undefined;
  return { ...config, stages: config.stages.toSpliced(at, 0, drawStage(space, rng.pick(steps), rng)) };
});

export const dropStage = mutation('drop-stage', 1, (config, _space, rng) => {
  if (config.stages.length < 2) return undefined;
  return { ...config, stages: config.stages.toSpliced(1 + rng.integer(config.stages.length - 1), 1) };
});

/** Puts a stage of another kind (or with other agents) in a stage's place. */
export const swapStage = mutation('swap-stage', 0.7, (config, space, rng) => {
  if (config.stages.length < 2) return undefined;
  const at = 1 + rng.integer(config.stages.length - 1);
  const state = stateBefore(config.stages, at);
  const steps = state === undefined ? [] : allowedSteps(space, state);
  const others = steps.filter((step) => step.kind !== config.stages[at]?.kind);
  if (others.length === 0) return undefined;
  return { ...config, stages: config.stages.toSpliced(at, 1, drawStage(space, rng.pick(others), rng)) };
});

function stateBefore(stages: readonly Stage[], at: number): ShapeState | undefined {
  const first = stages[0];
  let state = first === undefined ? undefined : openingState(first);
  for (const stage of stages.slice(1, at)) {
    const step = stepOf(stage);
    state = state === undefined || step === undefined ? undefined : advance(state, step);
  }
  return state;
}
