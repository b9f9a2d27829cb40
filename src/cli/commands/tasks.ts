import { exitCodes, messageOf } from '../../core/errors.ts';
import { createColors } from '../../report/colors.ts';
import { renderTable } from '../../report/table.ts';
import { defineCommand } from '../command.ts';
import { type CliContext, wantsColor, widthOf, writeJson, writeLine } from '../context.ts';
import type { JsonOption } from '../flags.ts';
import { jsonFlags } from '../flags.ts';
import { libraryFolders, listNames } from '../wiring/library.ts';
import { openTask } from '../wiring/tasks.ts';

export default defineCommand({
  description: 'Lists the tasks in ./tasks and those that come with mixtune.',
  flags: jsonFlags,
  examples: ['mixtune tasks'],
  run: (_values, options, context) => tasks(options, context),
});

async function tasks(options: JsonOption, context: CliContext): Promise<number> {
  const names = await listNames(libraryFolders(context, 'tasks'), 'directory');
  const list = await Promise.all(
    names.map(async ({ name, path }) => {
      try {
        const { task } = await openTask(context, path);
        const instances = new Set([...task.tuning, ...task.holdout].map(({ id }) => id)).size;
        const sizes = { instances, tuning: task.tuning.length, holdout: task.holdout.length };
        return { name, path, ...sizes, grader: task.grader.name, description: task.description };
      } catch (error) {
        const sizes = { instances: null, tuning: null, holdout: null };
        return { name, path, ...sizes, grader: null, description: `unusable: ${messageOf(error)}` };
      }
    }),
  );
  if (options.json === true) writeJson(context.stdout, list);
  else if (list.length === 0) writeLine(context.stdout, 'No tasks.');
  else {
    const colors = createColors(wantsColor(context.stdout, context.env));
    const rows = list.map((task) => ({
      name: task.name,
      tuning: task.tuning === null ? '?' : String(task.tuning),
      holdout: task.holdout === null ? '?' : String(task.holdout),
      grader: task.grader ?? '?',
      description: task.description.replace(/\s+/g, ' ').trim(),
    }));
    const look = { width: widthOf(context.stdout), styleHead: colors.dim };
    writeLine(context.stdout, renderTable(columns, rows, look));
  }
  return exitCodes.done;
}

const columns = [
  { key: 'name', head: 'task' },
  { key: 'tuning', head: 'tuning', align: 'right' },
  { key: 'holdout', head: 'holdout', align: 'right' },
  { key: 'grader', head: 'grader' },
  { key: 'description', head: 'description', cut: true, expendable: 1 },
] as const;
