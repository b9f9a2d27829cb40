import { outcomesOf } from '../../domain/candidate-count.ts';
import type { MoaConfig } from '../../domain/moa-config.ts';
import { type SimpleStage, seatsOf, simpleRecordOf, withAgents } from '../../domain/stages/simple-stages.ts';
import { mapSimpleStages, placedStages, type Stage, withInner } from '../../domain/stages/stages.ts';

/**
 * The config with some of its agents only; `null` where none of them writes an answer.
 *
 * - Of several agents in a stage the others go on; a stage that has none left is left out, and so is a critique,
 *   ranking or vote that nothing reaches.
 * - Without a router the first of its agents answer, as where it names none.
 * - A fuser that nothing reaches answers the question by itself.
 * - Where several answers are left at the end, a vote takes one of them: it asks nobody.
 *
 * @param kept positions in the order of `agentsOf`
 */
export function withAgentsOnly(config: MoaConfig, kept: ReadonlySet<number>): MoaConfig | null {
  let next = 0;
  const isKept = (): boolean => kept.has(next++);
  const staffed = config.stages.flatMap((stage) => withInner(stage, (inner) => staffedOnly(inner, isKept)));
  const reached = onlyReached(staffed);
  const stages = clamped(reached);
  const { left } = outcomesOf(stages);
  if (left === 0) return null;
  return { ...config, stages: left === 1 ? stages : [...stages, { kind: 'vote' }] };
}

function staffedOnly(stage: SimpleStage, isKept: () => boolean): SimpleStage[] {
  const seats = seatsOf(stage).map((seat) => ({ ...seat, kept: isKept() }));
  if (seats.every(({ kept }) => kept)) return [stage];
  const inLists = seats.filter(({ at, kept }) => kept && at.length > 1).length;
  if (inLists === 0) return [];
  let next = 0;
  const staffed = withAgents(stage, (agents) => agents.filter(() => seats[next++]?.kept));
  const record = simpleRecordOf(stage);
  const { chosen = 0 } = record.counts(stage);
  const fitting = chosen > inLists ? (record.resized?.(staffed, inLists - chosen) ?? staffed) : staffed;
  if (seats.every(({ at, kept }) => kept || at.length > 1)) return [fitting];
  const answering = record.unled?.(fitting);
  return answering === undefined ? [] : [{ kind: 'propose', agents: [...answering] }];
}

/** Without the stages that no candidate reaches; whoever of them writes opens instead. */
function onlyReached(stages: readonly Stage[]): Stage[] {
  let isOpen = false;
  return stages.flatMap((stage) =>
    withInner(stage, (inner): SimpleStage[] => {
      const { opens, writes } = simpleRecordOf(inner);
      if (isOpen || opens) {
        isOpen = true;
        return [inner];
      }
      if (!writes) return [];
      isOpen = true;
      return [{ kind: 'propose', agents: seatsOf(inner).map(({ agent }) => agent) }];
    }),
  );
}

/** A ranker keeps no more than reach it. */
function clamped(stages: readonly Stage[]): Stage[] {
  const most = new Map(outcomesOf(stages).overKept.map(({ at, candidates }) => [at.join('/'), candidates]));
  const places = placedStages(stages).map(({ at }) => at.join('/'));
  return mapSimpleStages(stages, (stage) => {
    const keep = most.get(places.shift() ?? '');
    const { resized, counts } = simpleRecordOf(stage);
    const { kept } = counts(stage);
    return keep === undefined || kept === undefined ? stage : (resized?.(stage, keep - kept) ?? stage);
  });
}
