import { type CommandParts, examples } from './parts.ts';
import { jsonOption } from './shared-options.ts';

export function defineTasks({ program, context, handlers, finish }: CommandParts): void {
  jsonOption(program.command('tasks'))
    .summary('list tasks')
    .description('Lists the tasks in ./tasks and those that come with mixtune.')
    .addHelpText('after', examples('mixtune tasks'))
    .action(async (options) => finish(await handlers.tasks(options, context)));
}
