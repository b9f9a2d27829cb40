import { Option } from 'commander';
import { parseCount, parseDuration, parseShare } from '../option-values.ts';
import { type CommandParts, examples } from './parts.ts';
import { jsonOption, projectOptions, runsOption } from './shared-options.ts';

export function defineFront({ program, context, handlers, finish }: CommandParts): void {
  projectOptions(runsOption(jsonOption(program.command('front'))))
    .summary("show a run's Pareto front")
    .description("Shows a run's Pareto front, or the part of it that keeps the given limits.")
    .argument('<run>', "the run's id, or its folder")
    .option('--max-latency <time>', 'leave out slower points', parseDuration)
    .option('--max-tokens <n>', 'leave out points that use more tokens per question', parseCount)
    .option('--min-score <s>', 'leave out points that score less (0..1)', parseShare)
    .addOption(new Option('--format <form>', 'form of the output').choices(['table', 'json', 'csv']))
    .addHelpText(
      'after',
      examples(
        'mixtune front my-run --max-latency 3s --format csv',
        'mixtune front my-run --project wafer-scale --as groq/llama-3.1-8b-instant=llama-3.1-8b',
      ),
    )
    .action(async (run, options) => finish(await handlers.front(run, options, context)));
}
