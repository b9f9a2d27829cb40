import { limitOptions } from '../limit-options.ts';
import { writingOptions } from '../writing-options.ts';
import { type CommandParts, examples } from './parts.ts';
import { endpointOptions, jsonOption, notifyHelp, runsOption, trustOption } from './shared-options.ts';

export function defineResume({ program, context, handlers, finish }: CommandParts): void {
  writingOptions(
    limitOptions(runsOption(jsonOption(trustOption(endpointOptions(program.command('resume')))))),
  )
    .summary('go on with an interrupted run')
    .description('Goes on with a run from its journal; answers already paid for are not asked again.')
    .argument('<run>', "the run's id, or its folder")
    .option('--task <task>', 'where the task is now (default: where your run had it, else by name)')
    .option('--notify <command|url>', notifyHelp)
    .addHelpText('after', examples('mixtune resume code-challenge-20260401-220000'))
    .action(async (run, options) => finish(await handlers.resume(run, options, context)));
}
