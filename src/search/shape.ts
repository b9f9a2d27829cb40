import type { SimpleStage, Stage, StageOf } from '../domain/moa-config.ts';
import type { SearchSpace, SearchSpaceFile } from './space.ts';

/**
 * The grammar of configs that the search builds. A config opens with a propose or route stage, or with a
 * loop of propose and critique (`times`) or of propose and verify (`until: verified`). Then come critique,
 * verify, rank, vote, fuse and the loop critique–fuse, each only where it can change the result, until one
 * candidate is left and no critique is unread.
 */
export interface ShapeState {
  /** The most candidates that can be on the table. */
  readonly candidates: number;
  /** A critique was written that no later stage has read. */
  readonly critiqued: boolean;
  /** Candidates were verified, or ranked, and have not changed since. */
  readonly verified: boolean;
  readonly ranked: boolean;
}

/** Rank stages that are not the last keep at most so many candidates. */
export const maxKept = 3;
/** Critics side by side in one critique stage. */
export const maxCritics = 2;

/** A stage without its agents: what the grammar needs to know of it. */
export type ShapeStep =
  | { readonly kind: 'critique' | 'verify' | 'vote' | 'fuse' | 'refine' }
  | { readonly kind: 'rank'; readonly keep: number };

/** The most candidates that an opening stage hands on; `undefined` when a config may not open so. */
export function openingState(stage: Stage): ShapeState | undefined {
  const plain = { critiqued: false, verified: false, ranked: false };
  if (stage.kind === 'propose') return { ...plain, candidates: sumSamples(stage) };
  if (stage.kind === 'route') {
    const samples = stage.agents.map((agent) => agent.samples ?? 1).sort((a, b) => b - a);
    const most = samples.slice(0, stage.choose).reduce((sum, count) => sum + count, 0);
    return { ...plain, candidates: most };
  }
  if (stage.kind !== 'loop') return undefined;
  const [first, second] = stage.stages;
  if (first?.kind !== 'propose' || stage.stages.length !== 2) return undefined;
  const candidates = sumSamples(first);
  if (second?.kind === 'critique' && stage.until === undefined)
    return { ...plain, candidates, critiqued: true };
  if (second?.kind === 'verify' && stage.until === 'verified')
    return { ...plain, candidates, verified: true };
  return undefined;
}

function sumSamples(stage: StageOf<'propose'>): number {
  return stage.agents.reduce((sum, agent) => sum + (agent.samples ?? 1), 0);
}

/** The step that a later stage is; `undefined` when it may not stand there. */
export function stepOf(stage: Stage): ShapeStep | undefined {
  switch (stage.kind) {
    case 'critique':
    case 'verify':
    case 'vote':
    case 'fuse':
      return { kind: stage.kind };
    case 'rank':
      return { kind: 'rank', keep: stage.keep };
    case 'loop': {
      const [first, second] = stage.stages;
      const refines = first?.kind === 'critique' && second?.kind === 'fuse' && stage.stages.length === 2;
      return refines && stage.until === undefined ? { kind: 'refine' } : undefined;
    }
    case 'propose':
    case 'route':
      return undefined;
  }
}

/** The state after a step; `undefined` where the step would change nothing or waste a critique. */
export function advance(state: ShapeState, step: ShapeStep): ShapeState | undefined {
  const single = { candidates: 1, critiqued: false, verified: false, ranked: false };
  const several = state.candidates > 1;
  switch (step.kind) {
    case 'critique':
      return state.critiqued ? undefined : { ...state, critiqued: true };
    case 'verify':
      return several && !state.verified ? { ...state, verified: true } : undefined;
    case 'rank': {
      const fits = several && !state.ranked && step.keep < state.candidates && step.keep <= maxKept;
      return fits ? { ...state, candidates: step.keep, critiqued: false, ranked: true } : undefined;
    }
    case 'vote':
      return several && !state.critiqued ? single : undefined;
    case 'fuse':
      return several || state.critiqued ? single : undefined;
    case 'refine':
      return state.critiqued ? undefined : single;
  }
}

/** True when a config may end here. */
export const isEnd = (state: ShapeState): boolean => state.candidates === 1 && !state.critiqued;

/** Stages of a config with loops opened up; all but the first count against `stages.max`. */
export function simpleStages(stages: readonly Stage[]): SimpleStage[] {
  return stages.flatMap((stage) => (stage.kind === 'loop' ? stage.stages : [stage]));
}

/** How many stages after the first a config has, loops opened up. */
export const stagesAfterFirst = (stages: readonly Stage[]): number => simpleStages(stages).length - 1;

/** How often a loop may run its stages: twice, up to the space's rounds. */
export function loopTimes(space: SearchSpaceFile): { min: number; max: number } {
  return { min: 2, max: Math.max(2, space.rounds.max) };
}

/** The steps that a space allows in a state, those aside that would change nothing there. */
export function allowedSteps(space: SearchSpace, state: ShapeState): ShapeStep[] {
  const kinds = new Set<string>(space.stages.kinds);
  const steps: ShapeStep[] = [];
  for (const kind of ['critique', 'verify', 'vote', 'fuse'] as const) {
    if (kinds.has(kind)) steps.push({ kind });
  }
  if (kinds.has('rank')) {
    for (let keep = 1; keep <= maxKept; keep++) steps.push({ kind: 'rank', keep });
  }
  if (kinds.has('loop') && kinds.has('critique') && kinds.has('fuse')) steps.push({ kind: 'refine' });
  return steps.filter((step) => advance(state, step) !== undefined);
}

/** Stages that a step takes off `stages.max`. */
export const stepCost = (step: ShapeStep): number => (step.kind === 'refine' ? 2 : 1);
