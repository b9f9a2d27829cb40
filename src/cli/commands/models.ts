import { parseCountFrom, parseProfileName } from '../option-values.ts';
import { defineLocalModels } from './models-local.ts';
import { type CommandParts, examples } from './parts.ts';
import { jsonOption, listOption, modelOptions, offlineOption, runsOption } from './shared-options.ts';

/** `mixtune models` and what can be done about them. */
export function defineModels(parts: CommandParts): void {
  const { program, context, handlers, finish } = parts;
  const models = program
    .command('models')
    .summary('list providers and known models')
    .description(
      'Lists providers with the state of their keys, the models that endpoints with a key (and those on this machine) serve, and what is known of models: price and speed. Asks endpoints for their lists only; no tokens are used.',
    )
    .exitOverride()
    // What stands behind a subcommand is the subcommand's.
    .enablePositionalOptions();
  offlineOption(runsOption(jsonOption(modelOptions(models))))
    .addHelpText(
      'after',
      examples(
        'mixtune models --json',
        'mixtune models --base-url http://127.0.0.1:8080/v1',
        'mixtune models probe --models groq/llama-3.1-8b-instant',
        'mixtune models pull smollm2-135m-instruct',
      ),
    )
    .action(async (options) => finish(await handlers.models(options, context)));
  defineProbe(parts, models);
  defineLocalModels(parts, models);
}

function defineProbe({ context, handlers, finish }: CommandParts, models: CommandParts['program']): void {
  const command = models
    .command('probe')
    .summary('measure how fast models answer')
    .description(
      'Measures time to first token and tokens per second with a few calls, one after the other, and keeps them as a speed profile that `mixtune front --project` can use. Refuses to begin when the calls might take more tokens than allowed.',
    );
  modelOptions(command)
    .addOption(
      listOption(
        '--models <a,b,…>',
        'models to measure, as provider/model (default: those that tune would use; with a base URL all served there)',
      ),
    )
    .option('--calls <n>', 'calls a model', parseCountFrom(1), 3)
    .option('--answer-tokens <n>', 'most tokens of one answer', parseCountFrom(16), 128)
    .option('--max-tokens <n>', 'most input and output tokens in all', parseCountFrom(1), 20_000)
    .option(
      '--profile <name>',
      'name to keep it under (default: the provider, or the host of the base URL)',
      parseProfileName,
    );
  runsOption(jsonOption(command))
    .addHelpText(
      'after',
      examples(
        'mixtune models probe --models groq/llama-3.1-8b-instant,groq/llama-3.3-70b-versatile',
        'mixtune models probe --base-url http://127.0.0.1:8080/v1 --calls 5 --profile my-server',
      ),
    )
    .action(async (options) => finish(await handlers.modelsProbe(options, context)));
}
