import type { Rng } from '../core/rng.ts';
import { type Agent, type AgentRole, samplesOf } from '../domain/agent.ts';
import type { MoaConfig, SimpleStage, Stage } from '../domain/moa-config.ts';
import { roundsOf, seatsOf, simpleRecordOf, withAgents } from '../domain/stages/simple-stages.ts';
import { innerStages, mapAgents, mapSimpleStages, recordOf, seatsOfStages } from '../domain/stages/stages.ts';
import { drawStage } from './build-stage.ts';
import { buildAgent, promptsFor } from './library.ts';
import { contains } from './membership.ts';
import { compareSettings, sameSettings } from './settings.ts';
import { advance, allowedSteps, isEnd, openingState, stagesAfterFirst, stepCost, stepOf } from './shape.ts';
import type { SearchSpace } from './space.ts';
import { maxKept, type ShapeState } from './steps.ts';

/**
 * Brings a rough config into the one form in which the search writes it, so that equal systems get equal
 * ids: settings that say nothing left out, equal agents merged into samples, agents of a stage in the
 * space's order, stages that cannot matter removed, one answer at the end, readable names. `undefined`
 * when what comes out is not in the space. Idempotent; draws from `rng` only to close an open end.
 */
export function finishConfig(rough: MoaConfig, space: SearchSpace, rng: Rng): MoaConfig | undefined {
  const tidied = mapSimpleStages(rough.stages, (stage) => tidyStage(stage, space));
  const stages = closeEnd(dropIdle(openLoops(tidied)), space, rng);
  const config = named(stages);
  return contains(space, config) && isNormal(stages) ? config : undefined;
}

/**
 * Names agents by role and place (with a number where a stage may have several) and the config by its stages
 * (`3 proposers, critique, fuse`); names are no part of its id.
 */
export function named(stages: readonly Stage[]): MoaConfig {
  const counts = new Map<AgentRole, number>();
  const totals = new Map<AgentRole, number>();
  const listed = new Set<AgentRole>();
  for (const { role, at } of seatsOfStages(stages)) {
    totals.set(role, (totals.get(role) ?? 0) + 1);
    if (typeof at.at(-1) === 'number') listed.add(role);
  }
  const withNames = mapAgents(stages, (agent, role) => {
    const number = (counts.get(role) ?? 0) + 1;
    counts.set(role, number);
    const numbered = listed.has(role) || (totals.get(role) ?? 0) > 1;
    return { ...agent, name: numbered ? `${role}-${number}` : role };
  });
  const name = stages.map((stage) => recordOf(stage).title(stage)).join(', ');
  return { version: 1, name, stages: withNames };
}

function tidyStage(stage: SimpleStage, space: SearchSpace): SimpleStage {
  const merged = withAgents(stage, (agents, role) =>
    mergeEqual(agents, space, role === 'proposer' ? space.samples.max : 1),
  );
  const { counts, repeated, resized, unled, choosesBlindly } = simpleRecordOf(merged);
  const { chosen } = counts(merged);
  if (chosen === undefined) return repeated?.(merged, roundsOf(merged)) ?? merged;
  const choices = seatsOf(merged).filter(({ at }) => at.length > 1).length;
  // A choice of all, of the only one, or among agents that look the same to whoever chooses, is none.
  if (choosesBlindly?.(merged) === true) return { kind: 'propose', agents: [...(unled?.(merged) ?? [])] };
  return chosen < choices ? merged : (resized?.(merged, choices - 1 - chosen) ?? merged);
}

/** Equal agents become one with their samples added up (at most `most`), in the space's order. */
function mergeEqual(agents: readonly Agent[], space: SearchSpace, most: number): Agent[] {
  const merged: Agent[] = [];
  for (const agent of agents) {
    const twin = merged.findIndex((other) => sameButSamples(agent, other));
    const other = merged[twin];
    if (other === undefined) merged.push(buildAgent(space, agent));
    else {
      const samples = Math.min(most, samplesOf(other) + samplesOf(agent));
      merged[twin] = buildAgent(space, { ...other, samples });
    }
  }
  return merged.sort((a, b) => compareAgents(a, b, space));
}

function sameButSamples(a: Agent, b: Agent): boolean {
  const shown = ({ references }: Agent): string => JSON.stringify(references ?? null);
  return a.model === b.model && a.prompt === b.prompt && sameSettings(a, b) && shown(a) === shown(b);
}

/** By the space's order of models (ties of a vote go to the earlier), then settings, prompt. */
export function compareAgents(a: Agent, b: Agent, space: SearchSpace): number {
  const prompts = promptsFor(space, 'proposer');
  return (
    space.models.indexOf(a.model) - space.models.indexOf(b.model) ||
    compareSettings(a, b, space) ||
    prompts.indexOf(a.prompt) - prompts.indexOf(b.prompt) ||
    (a.prompt < b.prompt ? -1 : a.prompt > b.prompt ? 1 : 0)
  );
}

/** Loops of a form that the grammar does not know lose the loop and keep their stages. */
function openLoops(stages: readonly Stage[]): Stage[] {
  return stages.flatMap((stage, index): Stage[] => {
    const known = index === 0 ? openingState(stage) !== undefined : stepOf(stage) !== undefined;
    return known ? [stage] : [...innerStages(stage)];
  });
}

/** Where the grammar leads; `fault` is the first stage that may not stand where it stands. */
function walk(stages: readonly Stage[]): { state: ShapeState | undefined; fault: number | undefined } {
  const first = stages[0];
  const opening = first === undefined ? undefined : openingState(first);
  if (opening === undefined) return { state: undefined, fault: 0 };
  let state = opening;
  for (const [index, stage] of stages.entries()) {
    if (index === 0) continue;
    const step = stepOf(stage);
    const next: ShapeState | undefined = step === undefined ? undefined : advance(state, step);
    if (next === undefined) return { state, fault: index };
    state = next;
  }
  return { state, fault: undefined };
}

const isNormal = (stages: readonly Stage[]): boolean => {
  const { state, fault } = walk(stages);
  return fault === undefined && state !== undefined && isEnd(state);
};

/** Removes stages after the first that the grammar refuses; a rank that keeps too many keeps fewer. */
function dropIdle(stages: readonly Stage[]): Stage[] {
  let kept = [...stages];
  for (;;) {
    const { state, fault } = walk(kept);
    if (fault === undefined || fault === 0 || state === undefined) return kept;
    const stage = kept[fault];
    const most = Math.min(maxKept, state.candidates - 1);
    const fewer = stage === undefined || most < 1 ? undefined : keepingAtMost(stage, most);
    if (fewer !== undefined) kept[fault] = fewer;
    else
      kept = kept.toSpliced(stage?.kind === 'vote' && state.critiqued ? lastCritique(kept, fault) : fault, 1);
  }
}

/** A stage that keeps more than so many candidates, with so many. */
function keepingAtMost(stage: Stage, most: number): Stage | undefined {
  const { counts, resized } = recordOf(stage);
  const { kept = 0 } = counts(stage);
  return kept > most ? resized?.(stage, most - kept) : undefined;
}

/** The unread critique before a vote; the vote itself when the critique is part of the opening loop. */
function lastCritique(stages: readonly Stage[], before: number): number {
  const found = stages.slice(0, before).findLastIndex((stage) => stage.kind === 'critique');
  return found > 0 ? found : before;
}

/** Adds the stage that an open end lacks, making room for it where the space's limit is reached. */
function closeEnd(stages: readonly Stage[], space: SearchSpace, rng: Rng): Stage[] {
  let kept = [...stages];
  while (kept.length > 1 && stagesAfterFirst(kept) > space.stages.max) {
    kept = dropIdle(kept.toSpliced(1 + rng.integer(kept.length - 1), 1));
  }
  for (;;) {
    const { state, fault } = walk(kept);
    if (fault !== undefined || state === undefined || isEnd(state)) return kept;
    const room = space.stages.max - stagesAfterFirst(kept);
    const closing = allowedSteps(space, state).filter((step) => {
      const next = advance(state, step);
      return stepCost(step) <= room && next !== undefined && isEnd(next);
    });
    if (closing.length > 0) return [...kept, drawStage(space, rng.pick(closing), rng)];
    if (kept.length === 1) return kept;
    kept = kept.slice(0, -1);
  }
}
