import { limitOptions } from '../limit-options.ts';
import { parseCountFrom, parseSeed } from '../option-values.ts';
import { type CommandParts, examples } from './parts.ts';
import { answerOptions, jsonOption, modelOptions, runsOption, trustOption } from './shared-options.ts';

export function defineScore({ program, context, handlers, finish }: CommandParts): void {
  const command = program
    .command('score')
    .summary('measure given configs side by side')
    .description(
      'Measures configs on a task and prints a scoreboard with 95% intervals. A config is a file, or a run with a point of it (my-run:best). With runs only, task, seed, repeats and models are those of the first run.',
    )
    .argument('<config...>', 'config files, or run:which')
    .option('--task <task>', "a name from `mixtune tasks`, or a folder (default: the run's)")
    .option(
      '--repeats <n>',
      "answers per config and instance (default: the run's or task's)",
      parseCountFrom(1),
    )
    .option('--seed <n>', "seed of all randomness (default: the run's, else 1)", parseSeed)
    .option('--concurrency <n>', 'model calls in flight at once', parseCountFrom(1), 8);
  runsOption(jsonOption(answerOptions(trustOption(modelOptions(limitOptions(command))))))
    .addHelpText(
      'after',
      examples('mixtune score a.yaml b.yaml --task code-challenge --repeats 8', 'mixtune score my-run:best'),
    )
    .action(async (configs, options) => finish(await handlers.score(configs, options, context)));
}
