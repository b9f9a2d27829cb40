import { Option } from 'commander';
import { parseCountFrom } from '../option-values.ts';
import { type CommandParts, examples } from './parts.ts';
import {
  callCeilings,
  jsonOption,
  modelOptions,
  runsOption,
  trustOption,
  whichHelp,
} from './shared-options.ts';

export function defineReproduce({ program, context, handlers, finish }: CommandParts): void {
  const command = program
    .command('reproduce')
    .summary('measure a claim again with fresh samples, and say whether it held')
    .description(
      'Checks what a run or lock claims of a config: hashes first, then every figure against fresh answers, by a stated test. Exit 0 when all claims that could be checked held, 1 when one did not or none could be checked.',
    )
    .argument('<run|lock>', "a run's id or folder, or a lock file (best.json)")
    .argument('[which]', `${whichHelp} (default: best)`)
    .option(
      '--repeats <n>',
      'fresh answers per question (default: 24 for each that the claim rests on)',
      parseCountFrom(1),
    )
    .addOption(
      new Option('--split <split>', 'whose claim (default: holdout, where it was measured)').choices([
        'holdout',
        'tuning',
      ]),
    )
    .option('--draw <n>', 'which set of fresh samples; default 1', parseCountFrom(1))
    .option('--from-cache', "play the run's own answers again instead: all must match to the last bit")
    .option(
      '--task <task>',
      'where the task is now (default: where your run had it, else by name among yours)',
    )
    .option('--concurrency <n>', 'model calls in flight at once', parseCountFrom(1), 8);
  callCeilings(runsOption(jsonOption(trustOption(modelOptions(command)))))
    .addHelpText(
      'after',
      examples(
        'mixtune reproduce my-run',
        'mixtune reproduce runs/my-run/best.json --repeats 50 --max-usd 2',
        'mixtune reproduce my-run knee --from-cache',
      ),
    )
    .action(async (source, which, options) =>
      finish(await handlers.reproduce(source, which, options, context)),
    );
}
