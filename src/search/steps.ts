import { elementAt } from '../core/element-at.ts';
import type { Agent, AgentRole } from '../domain/agent.ts';
import type { SimpleStage, Stage } from '../domain/moa-config.ts';
import type { OpeningKind, SimpleStageKind } from '../domain/stages/simple-stages.ts';
import { recordOf } from '../domain/stages/stages.ts';
import type { SearchSpace } from './space.ts';

/** What of a config so far decides which stages may follow. */
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
/** Answers that a vote says something of: of two it takes the first, which its agent would say alone, for less. */
export const fewestVotes = 3;
/** Critics side by side in one critique stage. */
export const maxCritics = 2;

/** Every stage kind that does not open a config, and the loop of critique and fuse. */
export type StepKind = Exclude<SimpleStageKind, OpeningKind> | 'refine';

/** A stage after the opening without its agents: what the grammar needs to know of it. */
export interface ShapeStep {
  readonly kind: StepKind;
  /** Candidates that a rank stage keeps; default 1. */
  readonly keep?: number;
}

interface StepAgents {
  readonly role: AgentRole;
  /** So many at most, all different. */
  readonly most: number;
  /** So many at most where they are drawn at random. */
  readonly mostDrawn: number;
}

/** A kind of step: where it may stand, and which stages it can be. */
export interface StepRecord {
  /** Stage kinds that the space must have for it. */
  readonly needs: readonly string[];
  /** The step in all its forms. */
  readonly forms: readonly ShapeStep[];
  /** Stages that it takes off `stages.max`. */
  readonly cost: number;
  /** The step that a stage is; `undefined` for another. */
  read(stage: Stage): ShapeStep | undefined;
  /** The state after it; `undefined` where it would change nothing or waste a critique. */
  after(state: ShapeState, step: ShapeStep): ShapeState | undefined;
  readonly agents: readonly StepAgents[];
  /** It is a loop, which runs a number of times. */
  readonly loops: boolean;
  /** @param agents one list for each entry of {@link StepRecord.agents} @param times passes of a loop */
  build(agents: readonly (readonly Agent[])[], step: ShapeStep, times: number): Stage;
}

const several = (state: ShapeState): boolean => state.candidates > 1;
/** One candidate, of which nothing was said. */
export const single: ShapeState = { candidates: 1, critiqued: false, verified: false, ranked: false };

/** A step that is one stage of the kind of that name. */
function stageStep(
  kind: Exclude<StepKind, 'refine'>,
  agents: readonly StepAgents[],
  build: StepRecord['build'],
  after: StepRecord['after'],
): StepRecord {
  const read = (stage: Stage): ShapeStep | undefined => {
    if (stage.kind !== kind) return undefined;
    const { kept } = recordOf(stage).counts(stage);
    return kept === undefined ? { kind } : { kind, keep: kept };
  };
  return { needs: [kind], forms: [{ kind }], cost: 1, loops: false, agents, build, after, read };
}

const one = (role: AgentRole): StepAgents => ({ role, most: 1, mostDrawn: 1 });
const critics: StepAgents = { role: 'critic', most: maxCritics, mostDrawn: maxCritics };

/** The one agent of a list that has just one. */
const only = (agents: readonly Agent[] = []): Agent => elementAt(agents, 0);

const critiqueBy = (agents: readonly Agent[] = []): SimpleStage => ({
  kind: 'critique',
  agents: [...agents],
});

/** In the order in which a space lists what may follow. */
export const steps: Readonly<Record<StepKind, StepRecord>> = {
  critique: stageStep(
    'critique',
    [critics],
    ([agents]) => critiqueBy(agents),
    (state) => (state.critiqued ? undefined : { ...state, critiqued: true }),
  ),
  verify: stageStep(
    'verify',
    [one('verifier')],
    ([agents]) => ({ kind: 'verify', agent: only(agents) }),
    (state) => (several(state) && !state.verified ? { ...state, verified: true } : undefined),
  ),
  vote: stageStep(
    'vote',
    [],
    () => ({ kind: 'vote' }),
    (state) => (several(state) && !state.critiqued ? single : undefined),
  ),
  fuse: stageStep(
    'fuse',
    [one('fuser')],
    ([agents]) => ({ kind: 'fuse', agent: only(agents) }),
    (state) => (several(state) || state.critiqued ? single : undefined),
  ),
  rank: {
    ...stageStep(
      'rank',
      [one('ranker')],
      ([agents], { keep = 1 }) => ({ kind: 'rank', agent: only(agents), keep }),
      (state, { keep = 1 }) =>
        several(state) && !state.ranked && keep < state.candidates && keep <= maxKept
          ? { ...state, candidates: keep, critiqued: false, ranked: true }
          : undefined,
    ),
    forms: Array.from({ length: maxKept }, (_, index) => ({ kind: 'rank', keep: index + 1 })),
  },
  /** A loop of critique and fuse. */
  refine: {
    needs: ['loop', 'critique', 'fuse'],
    forms: [{ kind: 'refine' }],
    cost: 2,
    loops: true,
    agents: [{ ...critics, mostDrawn: 1 }, one('fuser')],
    build: ([commenting, fusing], _, times) => ({
      kind: 'loop',
      stages: [critiqueBy(commenting), { kind: 'fuse', agent: only(fusing) }],
      times,
    }),
    after: (state) => (state.critiqued ? undefined : single),
    read(stage) {
      if (stage.kind !== 'loop' || stage.until !== undefined) return undefined;
      const kinds = stage.stages.map(({ kind }) => kind).join(' ');
      return kinds === 'critique fuse' ? { kind: 'refine' } : undefined;
    },
  },
};

export const stepRecords: readonly StepRecord[] = Object.values(steps);

/** The single stages that make one answer of several, in the form that does. */
export const endingSteps: readonly ShapeStep[] = stepRecords.flatMap(({ loops, forms, after }) =>
  forms.filter((form) => !loops && after({ ...single, candidates: 2 }, form)?.candidates === 1),
);

/** How often a loop may run its stages: twice, up to the space's rounds. */
export function loopTimes(space: Pick<SearchSpace, 'rounds'>): { min: number; max: number } {
  return { min: 2, max: Math.max(2, space.rounds.max) };
}
