import type { SimpleStage, Stage } from '../../domain/moa-config.ts';
import { roundsOf, simpleRecordOf } from '../../domain/stages/simple-stages.ts';
import { isSimple, mapSimpleStages, passesOf, recordOf } from '../../domain/stages/stages.ts';
import { loopTimes } from '../steps.ts';
import { stepWithin } from './change-agent.ts';
import { mutation } from './operator.ts';

/** Changes how often a config repeats something: rounds of its propose stage, or times of a loop. */
export const changeRounds = mutation('change-rounds', 1, (config, space, rng) => {
  const loops = config.stages.flatMap((stage, index) => (isSimple(stage) ? [] : [index]));
  if (loops.length > 0 && rng.next() < 0.5) {
    const at = rng.pick(loops);
    const stages = config.stages.map((stage, index) => {
      if (index !== at) return stage;
      const times = stepWithin(passesOf(stage).times, loopTimes(space), rng);
      return times === undefined ? stage : (recordOf(stage).repeated?.(stage, times) ?? stage);
    });
    return { ...config, stages };
  }
  const change = (stage: SimpleStage): SimpleStage => {
    const { repeated } = simpleRecordOf(stage);
    if (repeated === undefined) return stage;
    const rounds = stepWithin(roundsOf(stage), space.rounds, rng);
    return rounds === undefined ? stage : repeated(stage, rounds);
  };
  return { ...config, stages: mapSimpleStages(config.stages, change) };
});

/** Changes how many a route stage chooses or a middle rank stage keeps. */
export const changeKept = mutation('change-kept', 0.3, (config, _space, rng) => {
  const open = config.stages.flatMap((stage, index) =>
    isResizable(stage, index === config.stages.length - 1) ? [index] : [],
  );
  if (open.length === 0) return undefined;
  const at = rng.pick(open);
  const by = rng.next() < 0.5 ? -1 : 1;
  const stages = config.stages.map((stage, index) =>
    index === at ? (recordOf(stage).resized?.(stage, by) ?? stage) : stage,
  );
  return { ...config, stages };
});

/** What keeps candidates at the end keeps one. */
function isResizable(stage: Stage, isLast: boolean): boolean {
  const { resized, counts } = recordOf(stage);
  return resized !== undefined && !(isLast && counts(stage).kept !== undefined);
}
