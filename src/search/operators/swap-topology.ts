import type { Rng } from '../../core/rng.ts';
import type { MoaConfig, Stage } from '../../domain/moa-config.ts';
import { drawStage } from '../build-stage.ts';
import { buildAgent, drawAgent } from '../library.ts';
import { openWith } from '../random-config.ts';
import type { SearchSpace } from '../space.ts';
import { endingSteps, type ShapeStep } from '../steps.ts';
import { mutation } from './operator.ts';
import { proposersOf } from './proposers.ts';

/** Rearranges a config as a whole while its agents stay: another ending, wrapping, or opening. */
export const swapTopology = mutation('swap-topology', 2, (config, space, rng) => {
  const several = proposersOf(config).length > 1;
  const moves: Move[] = several
    ? [otherEnd, collapse, wrapCritique, reopen]
    : [sampleAndEnd, widen, wrapCritique, reopen];
  return rng.pick(moves)(config, space, rng);
});

type Move = (config: MoaConfig, space: SearchSpace, rng: Rng) => MoaConfig | undefined;

const allows = (space: SearchSpace, kind: string): boolean => space.stages.kinds.some((own) => own === kind);

/** Vote, fuse or pick the best instead of the present ending. */
const otherEnd: Move = (config, space, rng) => {
  const last = config.stages.at(-1);
  const steps = ends(space).filter((step) => step.kind !== last?.kind);
  if (last === undefined || config.stages.length < 2 || steps.length === 0) return undefined;
  return { ...config, stages: [...config.stages.slice(0, -1), drawStage(space, rng.pick(steps), rng)] };
};

/** One proposer on its own. */
const collapse: Move = (config, space, rng) => {
  const agent = rng.pick(proposersOf(config));
  return { ...config, stages: [{ kind: 'propose', agents: [buildAgent(space, agent)] }] };
};

/** Critics before the last stage; on one candidate, a critique and a revision. */
const wrapCritique: Move = (config, space, rng) => {
  if (!allows(space, 'critique')) return undefined;
  const critique = drawStage(space, { kind: 'critique' }, rng);
  if (config.stages.length > 1) return { ...config, stages: config.stages.toSpliced(-1, 0, critique) };
  if (!allows(space, 'fuse')) return undefined;
  return { ...config, stages: [...config.stages, critique, drawStage(space, { kind: 'fuse' }, rng)] };
};

/** Several samples of the one proposer with an end that makes one answer of them. */
const sampleAndEnd: Move = (config, space, rng) => {
  const agent = proposersOf(config)[0];
  const steps = ends(space);
  if (agent === undefined || space.samples.max < 2 || steps.length === 0) return undefined;
  const samples = Math.min(space.samples.max, 2 + rng.integer(3));
  const propose: Stage = { kind: 'propose', agents: [buildAgent(space, { ...agent, samples })] };
  return { ...config, stages: [propose, drawStage(space, rng.pick(steps), rng)] };
};

/** One or two proposers beside the one, with an end. */
const widen: Move = (config, space, rng) => {
  const agents = proposersOf(config);
  const steps = ends(space);
  if (space.agents.max < 2 || steps.length === 0) return undefined;
  const more = Array.from({ length: 1 + rng.integer(2) }, () => drawAgent(space, 'proposer', rng));
  const propose: Stage = { kind: 'propose', agents: [...agents, ...more].slice(0, space.agents.max) };
  return { ...config, stages: [propose, drawStage(space, rng.pick(steps), rng)] };
};

/** The same proposers in another kind of opening stage: plain, routed or looped. */
const reopen: Move = (config, space, rng) => ({
  ...config,
  stages: [openWith(space, proposersOf(config), rng, true), ...config.stages.slice(1)],
});

function ends(space: SearchSpace): ShapeStep[] {
  return endingSteps.filter((step) => allows(space, step.kind));
}
