import { messageOf } from '../../core/errors.ts';
import { oneLine } from '../../core/one-line.ts';
import { instancesById } from '../../domain/task.ts';
import { defineCommand } from '../command.ts';
import { jsonFlags } from '../flags.ts';
import { tellList } from '../list.ts';
import { libraryFolders, listNames } from '../wiring/library.ts';
import { openTask } from '../wiring/tasks/tasks.ts';

export default defineCommand({
  description: 'Lists the tasks in ./tasks and those that come with mixtune.',
  flags: jsonFlags,
  examples: ['mixtune tasks'],
  run: async (_values, options, context) => {
    const names = await listNames(libraryFolders(context, 'tasks'), 'directory');
    const list = await Promise.all(
      names.map(async ({ name, path }) => {
        try {
          const { task } = await openTask(context, path);
          const instances = instancesById(task).size;
          const sizes = { instances, tuning: task.tuning.length, holdout: task.holdout.length };
          return { name, path, ...sizes, grader: task.grader.name, description: task.description };
        } catch (error) {
          const sizes = { instances: null, tuning: null, holdout: null };
          return { name, path, ...sizes, grader: null, description: `unusable: ${messageOf(error)}` };
        }
      }),
    );
    tellList(context, options, list, {
      none: 'No tasks.',
      columns: [
        { head: 'task', text: ({ name }) => name },
        { head: 'tuning', align: 'right', text: ({ tuning }) => String(tuning ?? '?') },
        { head: 'holdout', align: 'right', text: ({ holdout }) => String(holdout ?? '?') },
        { head: 'grader', text: ({ grader }) => grader ?? '?' },
        { head: 'description', cut: true, expendable: 1, text: ({ description }) => oneLine(description) },
      ],
    });
  },
});
