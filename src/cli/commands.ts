import { defineAnswer } from './commands/answer.ts';
import { defineAsk } from './commands/ask.ts';
import { defineCache } from './commands/cache.ts';
import { defineDoctor } from './commands/doctor.ts';
import { defineExport } from './commands/export.ts';
import { defineFront } from './commands/front.ts';
import { defineGrade } from './commands/grade.ts';
import { defineModels } from './commands/models.ts';
import type { CommandParts } from './commands/parts.ts';
import { defineRehearse } from './commands/rehearse.ts';
import { defineRepeat } from './commands/repeat.ts';
import { defineReproduce } from './commands/reproduce.ts';
import { defineResume } from './commands/resume.ts';
import { defineRunControl } from './commands/run-control.ts';
import { defineScore } from './commands/score.ts';
import { defineShow } from './commands/show.ts';
import { defineSim } from './commands/sim.ts';
import { defineSpaces } from './commands/spaces.ts';
import { defineTask } from './commands/task.ts';
import { defineTasks } from './commands/tasks.ts';
import { defineTune } from './commands/tune.ts';

/** Every command, in the order in which `--help` lists them. */
export const commandDefinitions: readonly ((parts: CommandParts) => void)[] = [
  defineTune,
  defineRehearse,
  defineResume,
  defineRunControl,
  defineFront,
  defineShow,
  defineExport,
  defineScore,
  defineReproduce,
  defineRepeat,
  defineAsk,
  defineGrade,
  defineAnswer,
  defineTask,
  defineModels,
  defineTasks,
  defineSpaces,
  defineCache,
  defineDoctor,
  defineSim,
];
