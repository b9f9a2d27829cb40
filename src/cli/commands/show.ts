import { type CommandParts, examples } from './parts.ts';
import { jsonOption, projectOptions, runsOption, whichHelp } from './shared-options.ts';

export function defineShow({ program, context, handlers, finish }: CommandParts): void {
  projectOptions(runsOption(jsonOption(program.command('show'))))
    .summary('show one point of a run: its figures and its config')
    .description('Shows one point of a run: its figures, where it came from, and its whole config.')
    .argument('<run>', "the run's id, or its folder")
    .argument('[which]', whichHelp, 'best')
    .addHelpText('after', examples('mixtune show my-run', 'mixtune show my-run knee --json'))
    .action(async (run, which, options) => finish(await handlers.show(run, which, options, context)));
}
