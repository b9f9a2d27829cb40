import type { Agent, AgentRole } from '../domain/agent.ts';
import type { SimpleStage, Stage } from '../domain/moa-config.ts';
import type { SearchSpace } from './space.ts';
import type { ShapeState } from './steps.ts';

/** A loop that may open a config: agents propose, and one agent looks at what they wrote. */
interface OpeningLoop {
  /** The stage behind the propose stage; spaces must have its kind. */
  readonly kind: 'critique' | 'verify';
  readonly role: AgentRole;
  /** What ends it before its last pass. */
  readonly until?: 'verified';
  /** What it leaves behind beside its candidates. */
  readonly leaves: Partial<ShapeState>;
  readonly stage: (agent: Agent) => SimpleStage;
}

/** In the order in which they are drawn and listed. */
const openingLoops: readonly OpeningLoop[] = [
  {
    kind: 'critique',
    role: 'critic',
    leaves: { critiqued: true },
    stage: (agent) => ({ kind: 'critique', agents: [agent] }),
  },
  {
    kind: 'verify',
    role: 'verifier',
    until: 'verified',
    leaves: { verified: true },
    stage: (agent) => ({ kind: 'verify', agent }),
  },
];

/** Those that a space allows. */
export function openingLoopsOf({ stages }: SearchSpace): readonly OpeningLoop[] {
  const kinds = new Set<string>(stages.kinds);
  return kinds.has('loop') ? openingLoops.filter(({ kind }) => kinds.has(kind)) : [];
}

export function buildOpeningLoop(
  { stage, until }: OpeningLoop,
  propose: SimpleStage,
  agent: Agent,
  times: number,
): Stage {
  return { kind: 'loop', stages: [propose, stage(agent)], times, ...(until === undefined ? {} : { until }) };
}

/** The one that a loop is; `undefined` where it may open no config. */
export function openingLoopOf(loop: Extract<Stage, { kind: 'loop' }>): OpeningLoop | undefined {
  const kinds = loop.stages.map(({ kind }) => kind).join(' ');
  return openingLoops.find(({ kind, until }) => kinds === `propose ${kind}` && until === loop.until);
}
