import { parseRunId } from '../option-values.ts';
import { type CommandParts, examples } from './parts.ts';
import { jsonOption, runsOption } from './shared-options.ts';

export function defineRepeat({ program, context, handlers, finish }: CommandParts): void {
  runsOption(jsonOption(program.command('repeat')))
    .summary('repeat a recorded run without any endpoint')
    .description(
      'Repeats a run from its recording (mixtune cache export --run): every answer is graded again and the front worked out anew, without a call. Exit 0 when the same front comes out, 1 when another does or an answer is lacking.',
    )
    .argument('<recording>', 'the recording, plain or gzipped')
    .option(
      '--task <task>',
      'a name from `mixtune tasks`, or a folder (default: where your run had it, else by name)',
    )
    .option(
      '--run <id>',
      "the repetition's id, which names its folder (default: the run's, with -repeat)",
      parseRunId,
    )
    .addHelpText('after', examples('mixtune repeat my-run.jsonl.gz'))
    .action(async (recording, options) => finish(await handlers.repeat(recording, options, context)));
}
