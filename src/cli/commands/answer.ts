import { parseCountFrom, parseFactor, parseUsd } from '../option-values.ts';
import { type CommandParts, examples } from './parts.ts';
import { jsonOption, runsOption } from './shared-options.ts';

export function defineAnswer({ program, context, handlers, finish }: CommandParts): void {
  runsOption(jsonOption(program.command('answer')))
    .summary('say what a run was worth, and whether more would pay')
    .description(
      "Says from a run's journal what the tuning was worth, when the front stopped moving, what a further budget would probably bring, and where the gain came from. Calls no model.",
    )
    .argument('<run>', "the run's id, or its folder")
    .option('--hours <n>', 'also forecast the gain of so many further hours', parseFactor)
    .option('--usd <x>', 'also forecast the gain of so many further US dollars', parseUsd)
    .option('--tokens <n>', 'also forecast the gain of so many further tokens, e.g. 2M', parseCountFrom(1))
    .option(
      '--minutes-per-try <m>',
      'minutes that a person takes to try one config by hand (default: 20)',
      parseFactor,
    )
    .addHelpText('after', examples('mixtune answer my-run', 'mixtune answer my-run --hours 8 --usd 20'))
    .action(async (run, options) => finish(await handlers.answer(run, options, context)));
}
