import { type CommandParts, examples } from './parts.ts';
import { jsonOption } from './shared-options.ts';

export function defineModels({ program, context, handlers, finish }: CommandParts): void {
  jsonOption(program.command('models'))
    .summary('list providers and known models')
    .description('Lists providers with the state of their keys, and models with price and speed.')
    .addHelpText('after', examples('mixtune models --json'))
    .action(async (options) => finish(await handlers.models(options, context)));
}
