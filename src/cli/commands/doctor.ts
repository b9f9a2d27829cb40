import { type CommandParts, examples } from './parts.ts';
import { jsonOption, listOption, modelOptions, offlineOption, runsOption } from './shared-options.ts';

export function defineDoctor({ program, context, handlers, finish }: CommandParts): void {
  const command = program
    .command('doctor')
    .summary('say what this machine offers, and what to do about what it lacks')
    .description(
      'Shows Node, the tiers of the Python sandbox, keys (names only), which endpoints answer and their dialects, local models and speed profiles, and what to do about each problem. Asks only endpoints whose key is set, those on this machine, and the base URL given, for their lists of models; no tokens are used without --probe.',
    );
  offlineOption(runsOption(jsonOption(modelOptions(command))))
    .addOption(listOption('--models <a,b,…>', 'models for --probe, as provider/model'))
    .option('--probe', 'find out the dialects of --models with a call or a few to each')
    .addHelpText(
      'after',
      examples(
        'mixtune doctor',
        'mixtune doctor --base-url http://127.0.0.1:8080/v1 --models my-model --probe',
      ),
    )
    .action(async (options) => finish(await handlers.doctor(options, context)));
}
