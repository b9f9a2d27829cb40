import { type Agent, samplesOf } from '../domain/agent.ts';
import { outcomesOf } from '../domain/candidate-count.ts';
import type { MoaConfig, SimpleStage, Stage } from '../domain/moa-config.ts';
import { timesOf } from '../domain/stages/loop.ts';
import { seatsOf, simpleRecordOf } from '../domain/stages/simple-stages.ts';
import { isSimple, seatsOfStages } from '../domain/stages/stages.ts';
import { promptsFor } from './library.ts';
import { settingsFit } from './settings.ts';
import { openingState, stagesAfterFirst, stepOf } from './shape.ts';
import { kindsOf, type SearchSpace } from './space.ts';
import { loopTimes, maxCritics } from './steps.ts';

export interface MembershipOptions {
  /** `any` (default): prompts that a model wrote later do not count; `library`: all must be the space's. */
  readonly prompts?: 'any' | 'library';
}

/**
 * Whether a config lies in the space: its models, settings, numbers of agents, kinds and number of stages.
 * Stages that cannot matter (a vote over one candidate) are allowed here; the search removes them.
 */
export function contains(space: SearchSpace, config: MoaConfig, options: MembershipOptions = {}): boolean {
  const [first, ...rest] = config.stages;
  if (first === undefined || openingState(first) === undefined) return false;
  if (rest.some((stage) => stepOf(stage) === undefined)) return false;
  if (stagesAfterFirst(config.stages) > space.stages.max) return false;
  if (!config.stages.every((stage) => stageFits(stage, space))) return false;
  if (outcomesOf(config.stages).left !== 1) return false;
  return seatsOfStages(config.stages).every(
    ({ agent, role }) =>
      agentFits(agent, space) &&
      samplesFit(agent, role === 'proposer' ? space.samples : { min: 1, max: 1 }) &&
      (options.prompts !== 'library' || promptsFor(space, role).includes(agent.prompt)),
  );
}

function agentFits(agent: Agent, space: SearchSpace): boolean {
  return (
    space.models.includes(agent.model) && settingsFit(agent, space) && agent.maxTokens === space.maxTokens
  );
}

const within = (value: number, range: { min: number; max: number }): boolean =>
  value >= range.min && value <= range.max;

const samplesFit = (agent: Agent, range: { min: number; max: number }): boolean =>
  within(samplesOf(agent), range);

function stageFits(stage: Stage, space: SearchSpace): boolean {
  if (isSimple(stage)) return simpleFits(stage, space);
  if (!kindsOf(space).includes(stage.kind)) return false;
  if (!within(timesOf(stage), loopTimes(space))) return false;
  return stage.stages.every((inner) => simpleFits(inner, space));
}

function simpleFits(stage: SimpleStage, space: SearchSpace): boolean {
  if (!kindsOf(space).includes(stage.kind)) return false;
  if (stage.kind === 'route' && space.unfitRouters?.includes(stage.router.model) === true) return false;
  const record = simpleRecordOf(stage);
  const { rounds } = record.counts(stage);
  if (rounds !== undefined && !within(rounds, space.rounds)) return false;
  const seats = seatsOf(stage);
  const proposers = seats.filter(({ role }) => role === 'proposer').length;
  if (proposers === 0) return seats.length <= maxCritics;
  return within(proposers, space.agents) && (record.faults?.(stage, []) ?? []).length === 0;
}
