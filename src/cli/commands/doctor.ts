import { type CommandParts, examples } from './parts.ts';
import { jsonOption } from './shared-options.ts';

export function defineDoctor({ program, context, handlers, finish }: CommandParts): void {
  jsonOption(program.command('doctor'))
    .summary('say what this machine offers')
    .description(
      'Shows Node, the tiers of the Python sandbox and which is used, and which keys are set (names only).',
    )
    .addHelpText('after', examples('mixtune doctor'))
    .action(async (options) => finish(await handlers.doctor(options, context)));
}
