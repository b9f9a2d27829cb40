import type { Command } from 'commander';
import { parseAge } from '../option-values.ts';
import { type CommandParts, examples } from './parts.ts';
import { jsonOption, runsOption } from './shared-options.ts';

const modelHelp = "only this model's calls (provider/model, or provider/*)";

/** `mixtune cache stats`, `prune` and `export`. */
export function defineCache({ program, context, handlers, finish }: CommandParts): void {
  const cache = program
    .command('cache')
    .summary('look after the call cache, or export recordings')
    .description(
      'Looks after the answers that runs share (calls.sqlite in the runs folder), and exports them as recordings.',
    )
    .exitOverride()
    .addHelpText(
      'after',
      examples('mixtune cache stats', 'mixtune cache export --run my-run --out my-run.jsonl'),
    );
  shared(cache.command('stats'))
    .summary('say what the cache holds and has saved')
    .description('Says how many calls the cache holds, of which models, and what using them again has saved.')
    .addHelpText('after', examples('mixtune cache stats'))
    .action(async (options) => finish(await handlers.cacheStats(options, context)));
  shared(cache.command('prune'))
    .summary('remove calls from the cache')
    .description(
      'Removes calls from the cache and gives their room back to the disk. Runs keep their own answers.',
    )
    .option('--older-than <age>', 'calls taken longer ago, e.g. 30d', parseAge)
    .option('--unused-for <age>', 'calls neither taken nor used again for so long', parseAge)
    .option('--model <name>', modelHelp)
    .option('--all', 'every call')
    .option('--dry-run', 'only say what would be removed')
    .addHelpText('after', examples('mixtune cache prune --unused-for 30d --dry-run'))
    .action(async (options) => finish(await handlers.cachePrune(options, context)));
  shared(cache.command('export'))
    .summary('write calls as a recording')
    .description(
      'Writes the calls of the cache, or a whole run, as a recording: JSON Lines that `--recorded` and `mixtune repeat` play back without any endpoint.',
    )
    .option('--run <id>', 'this run: all its answers (simulated ones too) and its history; its id or folder')
    .option('--model <name>', modelHelp)
    .option('--out <file>', 'file to write; gzipped where it ends in .gz (default: stdout)')
    .addHelpText(
      'after',
      examples(
        'mixtune cache export --run my-run --out my-run.jsonl.gz',
        "mixtune cache export --model 'openai/*' > openai.jsonl",
      ),
    )
    .action(async (options) => finish(await handlers.cacheExport(options, context)));
}

function shared(command: Command): Command {
  return runsOption(jsonOption(command));
}
