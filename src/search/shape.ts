import { outcomesOf } from '../domain/candidate-count.ts';
import type { Stage } from '../domain/moa-config.ts';
import { simpleRecordOf } from '../domain/stages/simple-stages.ts';
import { isSimple, simpleStages } from '../domain/stages/stages.ts';
import { openingLoopOf } from './opening-loops.ts';
import type { SearchSpace } from './space.ts';
import { type ShapeState, type ShapeStep, single, stepRecords, steps } from './steps.ts';

/**
 * The grammar of configs that the search builds. A config opens with a propose or route stage, or with a
 * loop of `opening-loops.ts`. Then come steps of `steps.ts`, each only where it can change the result, until one
 * candidate is left and no critique is unread.
 *
 * The state that an opening stage leaves; `undefined` when a config may not open so.
 */
export function openingState(stage: Stage): ShapeState | undefined {
  const state = { ...single, candidates: outcomesOf([stage]).left };
  if (isSimple(stage)) return simpleRecordOf(stage).opens ? state : undefined;
  const loop = openingLoopOf(stage);
  return loop && { ...state, ...loop.leaves };
}

/** The step that a later stage is; `undefined` when it may not stand there. */
export function stepOf(stage: Stage): ShapeStep | undefined {
  for (const { read } of stepRecords) {
    const step = read(stage);
    if (step !== undefined) return step;
  }
  return undefined;
}

/** The state after a step; `undefined` where the step would change nothing or waste a critique. */
export const advance = (state: ShapeState, step: ShapeStep): ShapeState | undefined =>
  steps[step.kind].after(state, step);

/** True when a config may end here. */
export const isEnd = (state: ShapeState): boolean => state.candidates === 1 && !state.critiqued;

/** How many stages after the first a config has, loops opened up. */
export const stagesAfterFirst = (stages: readonly Stage[]): number => simpleStages(stages).length - 1;

/** The steps that a space allows in a state, those aside that would change nothing there. */
export function allowedSteps(space: SearchSpace, state: ShapeState): ShapeStep[] {
  const kinds = new Set<string>(space.stages.kinds);
  return stepRecords
    .filter(({ needs }) => needs.every((kind) => kinds.has(kind)))
    .flatMap(({ forms }) => forms)
    .filter((step) => advance(state, step) !== undefined);
}

/** Stages that a step takes off `stages.max`. */
export const stepCost = ({ kind }: ShapeStep): number => steps[kind].cost;
