import { outcomesOf } from '../../domain/candidate-count.ts';
import type { MoaConfig } from '../../domain/moa-config.ts';
import { mayEndLoop, timesOf } from '../../domain/stages/loop.ts';
import { type SimpleStage, seatsOf, simpleRecordOf, withAgents } from '../../domain/stages/simple-stages.ts';
import { innerStages, mapSimpleStages, placedStages, type Stage } from '../../domain/stages/stages.ts';

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

/** A stage with what becomes of its inner stages; nothing where none is left. */
function withInner(stage: Stage, change: (stage: SimpleStage) => readonly SimpleStage[]): Stage[] {
  const stages = innerStages(stage).flatMap(change);
  if (stage.kind !== 'loop') return stages;
  if (stages.length === 0) return [];
  // What nothing verifies runs as often as it may.
  if (stage.until !== undefined && !stages.some(mayEndLoop))
    return [{ kind: 'loop', stages, times: timesOf(stage) }];
  return [{ ...stage, stages }];
}

function staffedOnly(stage: SimpleStage, isKept: () => boolean): SimpleStage[] {
  const seats = seatsOf(stage).map((seat) => ({ ...seat, kept: isKept() }));
  if (seats.every(({ kept }) => kept)) return [stage];
  const agents = seats.flatMap(({ agent, at, kept }) => (kept && at.length > 1 ? [agent] : []));
  if (stage.kind === 'route') {
    const choose = Math.min(stage.choose, agents.length);
    if (choose === 0) return [];
    const hasRouter = seats.some(({ role, kept }) => role === 'router' && kept);
    return hasRouter
      ? [{ ...stage, agents, choose }]
      : [{ kind: 'propose', agents: agents.slice(0, choose) }];
  }
  return agents.length === 0 ? [] : [withAgents(stage, () => agents)];
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
    return stage.kind === 'rank' && keep !== undefined ? { ...stage, keep } : stage;
  });
}
