import { parseSeed } from '../option-values.ts';
import { type CommandParts, examples } from './parts.ts';
import { answerOptions, jsonOption, modelOptions, runsOption, trustOption } from './shared-options.ts';

export function defineAsk({ program, context, handlers, finish }: CommandParts): void {
  const command = program
    .command('ask')
    .summary('have a config answer one question')
    .description('Has a config answer one question; the answer streams to stdout.')
    .argument('<config|run>', 'a config file, or a run with a point of it (my-run, my-run:knee)')
    .argument('[question]', "the question (default: stdin; in a terminal, the run's own task)")
    .option('--trace', 'show the stages and calls on stderr')
    .option('--seed <n>', "seed of simulated models (default: the run's, else 1)", parseSeed);
  runsOption(jsonOption(answerOptions(trustOption(modelOptions(command)))))
    .addHelpText(
      'after',
      examples(
        'mixtune ask my-run "Write a haiku about queues" --trace',
        'mixtune ask best.yaml < question.txt',
      ),
    )
    .action(async (source, question, options) =>
      finish(await handlers.ask(source, question, options, context)),
    );
}
