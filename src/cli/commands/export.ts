import { Option } from 'commander';
import { type CommandParts, examples } from './parts.ts';
import { jsonOption, runsOption, whichHelp } from './shared-options.ts';

export function defineExport({ program, context, handlers, finish }: CommandParts): void {
  runsOption(jsonOption(program.command('export')))
    .summary('write a config to a file')
    .description("Writes a config of a run, or a config file, in mixtune's own format.")
    .argument('<run|config>', "a run's id or folder, or a config file")
    .argument('[which]', whichHelp, 'best')
    .addOption(
      new Option('--format <format>', 'mixtune: the config; lock: it with its claims, hashes and seeds')
        .choices(['mixtune', 'lock'])
        .default('mixtune'),
    )
    .addOption(
      new Option('--syntax <syntax>', "yaml or json (default: by --out's ending, else yaml)").choices([
        'yaml',
        'json',
      ]),
    )
    .option('--out <file>', 'file to write (default: stdout)')
    .addHelpText('after', examples('mixtune export my-run best --out best.yaml'))
    .action(async (source, which, options) => finish(await handlers.export(source, which, options, context)));
}
