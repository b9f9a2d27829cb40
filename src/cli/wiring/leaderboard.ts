import { resolve } from 'node:path';
import { defined } from '../../core/defined.ts';
import { InputError, MixtuneError } from '../../core/errors.ts';
import { leaderboardView } from '../../report/view-model/leaderboard-view.ts';
import { bestOfRuns } from '../../run/leaderboard/run-entries.ts';
import { LeaderboardStore } from '../../run/leaderboard/store.ts';
import type { Leaderboards } from '../../ui/app.ts';
import type { CliContext } from '../context.ts';
import { scaleOf } from './scale.ts';
import { type OpenTask, openGrader, openTask } from './tasks/tasks.ts';

/**
 * The leaderboards of a runs folder.
 *
 * @param opened the task, where the command knows more of it than its name
 */
export function openLeaderboards(context: CliContext, runsDir: string, opened?: OpenTask): Leaderboards {
  const runsFolder = resolve(context.cwd, runsDir);
  let notices: string[] = [];
  const store = new LeaderboardStore(runsFolder, (notice) => {
    notices.push(notice);
    context.notice(notice);
  });
  const known = new Map<string, Promise<TaskNow | undefined>>();
  return {
    tasks: () => store.tasks(),
    view: async (task) => {
      const found = known.get(task) ?? taskNow(context, opened?.task.name === task ? opened : task);
      known.set(task, found);
      const now = await found;
      const ofRuns = await bestOfRuns(runsFolder, task, now?.hasStrict === true);
      const stored = store.entries(task);
      const told = notices;
      notices = [];
      return leaderboardView({ task, stored, ofRuns, notices: told, ...defined({ now }) });
    },
    add: (entry) => store.add(entry),
    remove: (task, id) => {
      if (store.remove(task, id)) return;
      // Narrow tables show the beginning of an id.
      const found = store.entries(task).filter((entry) => id !== '' && entry.id.startsWith(id));
      if (found.length === 1 && found.every((entry) => store.remove(task, entry.id))) return;
      const expected = id.startsWith('run:')
        ? "a saved entry: this one is the run's own, and goes with the run's folder"
        : `the id of a saved entry of ${task}, or the start of one alone`;
      throw new InputError('entry', { expected, found: JSON.stringify(id) });
    },
  };
}

interface TaskNow {
  readonly hash: string;
  readonly revision?: string;
  readonly max?: number;
  readonly hasStrict: boolean;
}

/** What entries are compared by; `undefined` where the task is not to be had. */
async function taskNow(context: CliContext, task: string | OpenTask): Promise<TaskNow | undefined> {
  try {
    const opened = typeof task === 'string' ? await openTask(context, task) : task;
    const { hash, holdoutGrader, grader } = opened.task;
    const revision = await revisionOf(opened);
    const max = scaleOf(grader)?.max;
    return { hash, hasStrict: holdoutGrader !== undefined, ...defined({ revision, max }) };
  } catch (error) {
    if (error instanceof MixtuneError) return undefined;
    throw error;
  }
}

/** Not of a judge, whose model is not reached here. */
async function revisionOf(opened: OpenTask): Promise<string | undefined> {
  try {
    const { grader, close } = await openGrader(opened);
    await close();
    return grader.revision;
  } catch (error) {
    if (error instanceof MixtuneError) return undefined;
    throw error;
  }
}
