import { z } from 'zod';
import { keysOf, recordOf } from '../../core/records.ts';
import type { Agent, AgentRole } from '../agent.ts';
import type { ValuePath } from '../validation.ts';
import { critique } from './critique.ts';
import { fuse } from './fuse.ts';
import { propose } from './propose.ts';
import { rank } from './rank.ts';
import { route } from './route.ts';
import type { CallStep, SimpleStageRecord } from './stage-record.ts';
import { verify } from './verify.ts';
import { vote } from './vote.ts';

/** Every kind but `loop`, which may hold these and never another loop. */
const simpleStageRecords = { propose, route, critique, verify, rank, vote, fuse };

export const simpleStageSchema = z.discriminatedUnion('kind', [
  propose.schema,
  route.schema,
  critique.schema,
  verify.schema,
  rank.schema,
  vote.schema,
  fuse.schema,
]);
export type SimpleStage = z.infer<typeof simpleStageSchema>;
export type SimpleStageKind = SimpleStage['kind'];

type Records = typeof simpleStageRecords;
/** Kinds that need no candidates before them: a config begins with one. */
export type OpeningKind = {
  [Kind in SimpleStageKind]: Records[Kind] extends { readonly opens: true } ? Kind : never;
}[SimpleStageKind];

export const simpleStageKinds = keysOf(simpleStageRecords);

/** The record of a stage's kind. Its methods take the stage that they were asked for, and no other kind's. */
export function simpleRecordOf({ kind }: { readonly kind: SimpleStageKind }): SimpleStageRecord<SimpleStage> {
  return simpleStageRecords[kind];
}

/** Fields of a kind of stage that hold agents, with what these do. */
const agentFields = recordOf(simpleStageKinds, (kind) => Object.entries(simpleRecordOf({ kind }).agents));

/** What the agents of a kind of stage do. */
export function rolesOfKind(kind: SimpleStageKind): AgentRole[] {
  return agentFields[kind].map(([, role]) => role);
}

/** Whether an agent writes an answer from others' candidates, as a fuser does: its stage writes, and needs candidates. */
export function closes(role: AgentRole): boolean {
  return closingRoles.has(role);
}

const closingRoles: ReadonlySet<AgentRole> = new Set(
  simpleStageKinds.flatMap((kind) => {
    const { writes, opens } = simpleRecordOf({ kind });
    return writes === true && opens !== true ? rolesOfKind(kind) : [];
  }),
);

/** An agent's place in a stage. */
export interface Seat {
  readonly agent: Agent;
  readonly role: AgentRole;
  /** From the stage: `['router']`, `['agents', 2]`. */
  readonly at: ValuePath;
}

/** The agents of a stage in the order they are asked. */
export function seatsOf(stage: SimpleStage): Seat[] {
  const seats: Seat[] = [];
  for (const [field, role] of agentFields[stage.kind]) {
    const held = heldIn(stage, field);
    if (!Array.isArray(held)) seats.push({ agent: held, role, at: [field] });
    else for (const [index, agent] of held.entries()) seats.push({ agent, role, at: [field, index] });
  }
  return seats;
}

/** The stage with its agents replaced, those of one field at a time; a lone agent comes as a list of one. */
export function withAgents<Kind extends SimpleStage>(
  stage: Kind,
  change: (agents: readonly Agent[], role: AgentRole) => readonly Agent[],
): Kind {
  const changed: Record<string, unknown> = {};
  for (const [field, role] of agentFields[stage.kind]) {
    const held = heldIn(stage, field);
    changed[field] = Array.isArray(held) ? change(held, role) : (change([held], role)[0] ?? held);
  }
  return { ...stage, ...changed };
}

/** A record names only fields of its own stage that hold agents, which its type sees to. */
function heldIn(stage: SimpleStage, field: string): Agent | Agent[] {
  const fields: Readonly<Record<string, unknown>> = stage;
  return fields[field] as Agent | Agent[];
}

export function roundsOf(stage: SimpleStage): number {
  return simpleRecordOf(stage).rounds?.(stage) ?? 1;
}

/** The calls of one round; see {@link SimpleStageRecord.calls}. */
export function callsOf(stage: SimpleStage, candidates: number): readonly CallStep[] {
  return simpleRecordOf(stage).calls(stage, candidates);
}
