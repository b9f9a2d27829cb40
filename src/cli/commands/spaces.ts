import { type CommandParts, examples } from './parts.ts';
import { jsonOption } from './shared-options.ts';

export function defineSpaces({ program, context, handlers, finish }: CommandParts): void {
  jsonOption(program.command('spaces'))
    .summary('list search spaces')
    .description('Lists the search spaces in ./search-spaces and those that come with mixtune.')
    .addHelpText('after', examples('mixtune spaces'))
    .action(async (options) => finish(await handlers.spaces(options, context)));
}
