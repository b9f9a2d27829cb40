import type { z } from 'zod';
import { type Agent, type AgentRole, samplesOf } from '../agent.ts';
import type { Fault, ValuePath } from '../validation.ts';

/**
 * All that the rest of mixtune knows of a kind of stage, but how it runs (moa/stages) and where the search
 * may put it (search/steps). Code that meets a stage asks its record and does not branch on its kind.
 */
export interface StageRecord<S extends { readonly kind: string }> {
  readonly schema: z.ZodType<S>;
  /** Numbers that make its shape beside its agents, without those it has by default. */
  counts(stage: S): StageCounts;
  /** A few words for a config's name: `3 proposers`, `pick best`. */
  title(stage: S): string;
  /** One line. @param agents its agents in words */
  line(stage: S, agents: string): string;
  /** Its kind where there is little room, beside its models; absent: the kind's name. Empty: the models say it. */
  brief?(stage: S): string;
  /** Chooses or keeps so many agents or candidates more, at least one; absent: it does neither. */
  resized?(stage: S, by: number): S;
  /** With so many rounds, or passes of a loop; absent: it always has one. */
  repeated?(stage: S, times: number): S;
  /** A loop that runs until verified may end right after it; absent: it may not. */
  readonly accepts?: true;
  /** Rules that a well-formed stage and the stages in it break, those aside that hold for every agent. */
  faults?(stage: S, at: ValuePath): Fault[];
}

/** The record of a stage that may stand in a loop: every kind but the loop. */
export interface SimpleStageRecord<S extends { readonly kind: string }> extends StageRecord<S> {
  /** The fields that hold an agent or a list of agents, in the order they are asked, with what these do. */
  readonly agents: AgentFields<S>;
  /** It needs no candidates before it; absent: it does. */
  readonly opens?: true;
  /** Its calls write new candidates; absent: those that reach it pass on, or some of them. */
  readonly writes?: true;
  /** Times its calls are made one after another, each on what the last left; absent: once. */
  rounds?(stage: S): number;
  /** Its agents that answer where the one in a field of its own does not speak; absent: none. */
  unled?(stage: S): readonly Agent[];
  /** Whether that one is told the same of all agents that it may choose; absent: it chooses none. */
  choosesBlindly?(stage: S): boolean;
  /** Most candidates that are left after it. @param candidates how many reach it */
  after(stage: S, candidates: number): number;
  /** The calls of one round for one question, in steps that follow one another. @param candidates as above */
  calls(stage: S, candidates: number): readonly CallStep[];
}

type AgentKeys<S> = { [Key in keyof S]: S[Key] extends Agent | Agent[] ? Key : never }[keyof S];
type AgentFields<S> = Readonly<Record<AgentKeys<S> & string, AgentRole>> &
  Readonly<Record<string, AgentRole>>;

interface StageCounts {
  /** Rounds of proposing. */
  readonly rounds?: number;
  readonly critics?: number;
  /** Agents that a router chooses. */
  readonly chosen?: number;
  /** Candidates that a ranker keeps. */
  readonly kept?: number;
  /** Passes of a loop. */
  readonly times?: number;
}

/** Calls made side by side. */
export type CallStep = readonly PlannedCall[];

export interface PlannedCall {
  readonly agent: Agent;
  readonly role: AgentRole;
  /** How many; a share of them where only some of several agents are chosen. */
  readonly samples: number;
  /** Candidates that each call is shown. */
  readonly reads: number;
}

/** @param share of the agents that are asked */
export function sideBySide(
  agents: readonly Agent[],
  role: AgentRole,
  reads: number,
  share = 1,
): PlannedCall[] {
  return agents.map((agent) => ({ agent, role, samples: samplesOf(agent) * share, reads }));
}
