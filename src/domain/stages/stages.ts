import { z } from 'zod';
import type { Agent, AgentRole } from '../agent.ts';
import type { ValuePath } from '../validation.ts';
import { loop, timesOf } from './loop.ts';
import {
  type Seat,
  type SimpleStage,
  seatsOf,
  simpleRecordOf,
  simpleStageKinds,
  simpleStageSchema,
  withAgents,
} from './simple-stages.ts';
import type { StageRecord } from './stage-record.ts';

export const stageSchema = z.discriminatedUnion('kind', [...simpleStageSchema.options, loop.schema]);
/** One step of a config, told by its `kind`: one of {@link stageKinds}. */
export type Stage = z.infer<typeof stageSchema>;
export type StageKind = Stage['kind'];
export type StageOf<Kind extends StageKind> = Extract<Stage, { kind: Kind }>;

export const stageKinds: readonly StageKind[] = [...simpleStageKinds, 'loop'];

/** The record of a stage's kind. Its methods take the stage that they were asked for, and no other kind's. */
export function recordOf(stage: Stage): StageRecord<Stage> {
  return isSimple(stage) ? simpleRecordOf(stage) : loop;
}

/** Whether a stage holds no others. */
export function isSimple(stage: Stage): stage is SimpleStage {
  return stage.kind !== 'loop';
}

/** The stage itself, or the stages in a loop. */
export function innerStages(stage: Stage): readonly SimpleStage[] {
  return isSimple(stage) ? [stage] : stage.stages;
}

/** How often the stages in a stage are run: once, but for loops. */
export function passesOf(stage: Stage): { readonly times: number; readonly mayEndEarly: boolean } {
  if (isSimple(stage)) return { times: 1, mayEndEarly: false };
  return { times: timesOf(stage), mayEndEarly: stage.until !== undefined };
}

/** A simple stage with its path. */
export interface PlacedStage {
  readonly stage: SimpleStage;
  readonly at: ValuePath;
}

/** Each simple stage with its path; `base` leads to the list. */
export function placedStages(stages: readonly Stage[], base: ValuePath = ['stages']): PlacedStage[] {
  return stages.flatMap((stage, index) => placedInner(stage, [...base, index]));
}

/** The stage itself, or the stages in a loop, with paths. @param at the stage's own */
export function placedInner(stage: Stage, at: ValuePath): PlacedStage[] {
  if (isSimple(stage)) return [{ stage, at }];
  return stage.stages.map((inner, index) => ({ stage: inner, at: [...at, 'stages', index] }));
}

/** Every agent of the stages with its path, in the order in which they are asked. */
export function placedSeats(stages: readonly Stage[]): Seat[] {
  return placedStages(stages).flatMap(({ stage, at }) =>
    seatsOf(stage).map((seat) => ({ ...seat, at: [...at, ...seat.at] })),
  );
}

/** Stages with loops opened up. */
export function simpleStages(stages: readonly Stage[]): SimpleStage[] {
  const simple: SimpleStage[] = [];
  for (const stage of stages) {
    if (isSimple(stage)) simple.push(stage);
    else simple.push(...stage.stages);
  }
  return simple;
}

/** Copies stages with each simple one replaced, in loops too. */
export function mapSimpleStages(
  stages: readonly Stage[],
  change: (stage: SimpleStage) => SimpleStage,
): Stage[] {
  return stages.map((stage) =>
    isSimple(stage) ? change(stage) : { ...stage, stages: stage.stages.map(change) },
  );
}

/**
 * A stage with what becomes of its inner stages; nothing where none is left. A loop in which none verifies any more
 * runs as often as it may.
 */
export function withInner(stage: Stage, change: (stage: SimpleStage) => readonly SimpleStage[]): Stage[] {
  const stages = innerStages(stage).flatMap(change);
  if (isSimple(stage) || stages.length === 0) return stages;
  if (stage.until !== undefined && !stages.some((inner) => simpleRecordOf(inner).accepts))
    return [{ kind: 'loop', stages, times: timesOf(stage) }];
  return [{ ...stage, stages }];
}

/** Every agent of the stages with its role, in the order in which they are asked. */
export function seatsOfStages(stages: readonly Stage[]): Seat[] {
  const seats: Seat[] = [];
  for (const stage of simpleStages(stages)) seats.push(...seatsOf(stage));
  return seats;
}

/** Copies stages with each agent replaced, in the order of {@link seatsOfStages}. */
export function mapAgents(
  stages: readonly Stage[],
  change: (agent: Agent, role: AgentRole, index: number) => Agent,
): Stage[] {
  let next = 0;
  return mapSimpleStages(stages, (stage) =>
    withAgents(stage, (agents, role) => agents.map((agent) => change(agent, role, next++))),
  );
}
