import type { Budget } from '../../../domain/budget.ts';
import { createAnswerExtractor } from '../../../grading/extract.ts';
import { createMemoryJournal } from '../../../run/journal/journal.ts';

import { applyEvent, createRunState, spentOf } from '../../../run/run-state.ts';
import { Workbench } from '../../../ui/workbench.ts';
import { budgetOf, callCeilingFlags } from '../../ceiling-flags.ts';
import { type OptionsOf, text, value } from '../../command-line.ts';
import type { CliContext } from '../../context.ts';
import { modelFlags, modelsFlags, type RunsOption } from '../../flags.ts';
import { parseSeed } from '../../option-values.ts';
import { openCallers } from '../models/callers.ts';
import { refuseUnpriced } from '../models/dollars.ts';
import { chooseModels } from '../models/model-names.ts';
import { openTask, withJudge } from '../tasks/tasks.ts';
import { createPageJobs } from './page-jobs.ts';

/** What the workbench may ask; all of it comes from the command line, and nothing from the page or from runs. */
export const workbenchFlags = {
  task: text(
    '<name>',
    "task (a name or folder) of the workbench (default: code-challenge) and leaderboard (default: the newest run's)",
  ),
  ...modelFlags,
  ...modelsFlags('models that the workbench may ask'),
  ...callCeilingFlags,
  seed: value('<n>', 'seed of simulated models (default: 1)', parseSeed),
};
export type WorkbenchFlags = OptionsOf<typeof workbenchFlags>;

export interface OpenWorkbench {
  readonly workbench: Workbench;
  close(): Promise<void>;
}

/** Model calls that the workbench may make where no ceiling is given. */
const usualCalls = 300;

/** @throws MixtuneError for a task or model that cannot be used */
export async function openWorkbench(
  context: CliContext,
  options: WorkbenchFlags & RunsOption,
): Promise<OpenWorkbench> {
  const named = options.task ?? 'code-challenge';
  const opened = await openTask(context, named);
  const { task, folder } = opened;
  const { models } = chooseModels(context, options, undefined);
  const [first, ...others] = models;
  if (first === undefined) throw new Error('chooseModels found no models');
  const called = withJudge(models, task);
  const callers = await openCallers(context, options, {
    ...{ models: called, seed: options.seed ?? 1, taskFolder: folder },
    // Simulated models take their time too, so that one sees what happens.
    clock: context.clock,
  });
  try {
    refuseUnpriced(options.maxUsd, called, callers.card);
    const given = budgetOf(options);
    const ceiling: Budget = Object.keys(given).length === 0 ? { maxCalls: usualCalls } : given;
    const ended = new AbortController();
    const journal = createMemoryJournal();
    const state = createRunState();
    let counted = 0;
    const desk = callers.desk('workbench', ended.signal, { budget: ceiling, journal });
    const jobs = createPageJobs(context, { ...options, task: named, models: [first, ...others] }, callers);
    const workbench = new Workbench({
      jobs,
      ...{ models: [first, ...others], task, desk, ceiling, simulated: callers.simulated },
      grader: await callers.grader(opened),
      today: context.today,
      version: context.version,
      spent: () => {
        for (const event of journal.written.slice(counted)) applyEvent(state, event);
        counted = journal.written.length;
        return spentOf(state);
      },
      extractAnswer: createAnswerExtractor(task),
    });
    return {
      workbench,
      close: async () => {
        ended.abort(new Error('interrupted'));
        await jobs.close();
        await callers.close();
      },
    };
  } catch (error) {
    await callers.close();
    throw error;
  }
}
