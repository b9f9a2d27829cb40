import { expect, it } from 'vitest';
import { cellsOf } from '../../../src/analysis/rehearse/job-cells.ts';
import type { Job } from '../../../src/analysis/rehearse/play.ts';
import { advisedSchedule } from '../../../src/search/scheduling/advised-scheduler.ts';
import { levelledSchedule } from '../../../src/search/scheduling/levelled-scheduler.ts';
import { drawJob } from '../../experiments/rehearse-world.ts';

const all = 24;
function jobOf(maxEvaluations: number, schedule: Job['settings']['schedule']): Job {
  const { task, settings, ...job } = drawJob('cells');
  const [instance] = task.tuning;
  if (instance === undefined) throw new Error('the job has no instance');
  const tuning = Array.from({ length: all }, (_, at) => ({ ...instance, id: `i${at}` }));
  const few = { repeats: 1, finishRepeats: 1, holdoutRepeats: 1, budget: { maxEvaluations } };
  return {
    ...job,
    task: { ...task, tuning },
    settings: { ...settings, ...few, ...(schedule === undefined ? {} : { schedule }) },
  };
}

it.each([
  // The first eighty begin on 8 cells, and the finish takes finalists to twice the last level, or to all.
  { evaluations: 40, schedule: advisedSchedule, finish: 8 },
  { evaluations: 80, schedule: advisedSchedule, finish: 8 },
  { evaluations: 160, schedule: advisedSchedule, finish: all - 16 },
  // Where the front goes on with each level, it has those cells already.
  { evaluations: 160, schedule: levelledSchedule, finish: 0 },
  { evaluations: 40, schedule: undefined, finish: 0 },
])('finalists get the cells that they lack after $evaluations evaluations: $finish', (given) => {
  expect(cellsOf(jobOf(given.evaluations, given.schedule)).finish).toBeCloseTo(given.finish);
});
