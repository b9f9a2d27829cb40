import type { Agent } from '../domain/agent.ts';
import { answersAlone, type FailedStage, nearlyAlways, type StageFailure } from '../domain/failed-stages.ts';
import type { MoaConfig } from '../domain/moa-config.ts';
import type { FrontMember } from '../domain/run-result.ts';
import { type SimpleStage, seatsOf, simpleRecordOf } from '../domain/stages/simple-stages.ts';
import { placedStages } from '../domain/stages/stages.ts';
import { formatPath } from '../domain/validation.ts';
import { formatCount, shortModel } from './format.ts';

/** What to know of a config's stages that mostly failed, a sentence each; none where they did their part. */
export function failedStagesText({ id, config, failedStages = [] }: FailingMember): string[] {
  const told = failedStages.map((failed) => `${id}: ${failedText(config, failed)}.`);
  if (!isOneAnswer({ config, failedStages })) return told;
  return [
    ...told,
    `So ${id} is one answer and no mixture: it scores as ${firstName(config)} does alone, which costs less. mixtune answer --worth measures that, and mixtune show --pruned leaves out what adds nothing.`,
  ];
}

type FailingMember = Pick<FrontMember, 'id' | 'config' | 'failedStages'>;

/** Whether a config is a single answer in fact. */
export function isOneAnswer({ config, failedStages = [] }: Omit<FailingMember, 'id'>): boolean {
  const failed = failedStages.filter(({ answers, of }) => answers >= nearlyAlways * of);
  return failed.length > 0 && answersAlone(config, failed);
}

function failedText(config: MoaConfig, { stage: path, code, answers, of }: FailedStage): string {
  const stage = placedStages(config.stages).find(({ at }) => formatPath(at) === path)?.stage;
  const { failed, so } = words[code];
  const lead = stage === undefined ? [] : seatsOf(stage).filter(({ at }) => at.length === 1);
  const by = lead.map(({ agent }) => ` (${shortModel(agent.model)})`).join('');
  return `${failed(by)} in ${formatCount(answers)} of ${formatCount(of)} answers: ${so(stage)}`;
}

const words: Readonly<
  Record<StageFailure, { failed(by: string): string; so(stage: SimpleStage | undefined): string }>
> = {
  'router-fallback': {
    failed: (by) => `its router${by} named no agent`,
    so: (stage) => `${unledOf(stage).map(named).join(' and ') || 'the first'} answered instead`,
  },
  'critique-lost': { failed: () => 'none of its critics answered', so: () => 'there was no critique' },
  'unparseable-verdict': {
    failed: (by) => `its verifier${by} gave a verdict that cannot be read`,
    so: () => 'what it was on did not count as accepted',
  },
  'unparseable-ranking': {
    failed: (by) => `its ranker${by} gave a ranking that cannot be read`,
    so: () => 'the order stayed as it was',
  },
  'no-extracted-answer': {
    failed: () => 'its vote found no answers that can be compared',
    so: () => 'the first candidate won',
  },
  'fuse-failed': {
    failed: (by) => `its fuser${by} wrote nothing`,
    so: () => 'the candidates stayed as they were',
  },
};

function unledOf(stage: SimpleStage | undefined): readonly Agent[] {
  return stage === undefined ? [] : (simpleRecordOf(stage).unled?.(stage) ?? []);
}

const named = ({ name, model }: Agent): string => `${name} (${shortModel(model)})`;

/** The agent whose answer stands where the others do nothing. */
function firstName(config: MoaConfig): string {
  const [opening] = placedStages(config.stages);
  const agents = opening === undefined ? [] : unledOf(opening.stage);
  const [first] =
    agents.length > 0
      ? agents
      : (opening === undefined ? [] : seatsOf(opening.stage)).map(({ agent }) => agent);
  return first === undefined ? 'one agent' : named(first);
}
