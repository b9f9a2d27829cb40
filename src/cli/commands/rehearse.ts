import { parseCountFrom } from '../option-values.ts';
import { type CommandParts, examples } from './parts.ts';
import { jobOptions, jsonOption, runsOption } from './shared-options.ts';

export function defineRehearse({ program, context, handlers, finish }: CommandParts): void {
  const command = program
    .command('rehearse')
    .summary('forecast what a tuning job will take, without calling a model')
    .description(
      "Plays a tuning job on a virtual clock with stand-in models and says what calls, tokens, dollars and hours to expect. Takes tune's options.",
    );
  jobOptions(command).option(
    '--rehearsals <n>',
    'times the job is played (default: 19, or 9 where it is long)',
    parseCountFrom(1),
  );
  runsOption(jsonOption(command))
    .addHelpText('after', examples('mixtune rehearse code-challenge --models openai/gpt-4o-mini --max-usd 5'))
    .action(async (task, options) => finish(await handlers.rehearse(task, options, context)));
}
