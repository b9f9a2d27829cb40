import { parseDuration } from '../option-values.ts';
import type { CommandParts } from './parts.ts';

/** Commands that look after a run from another terminal. */
export function defineRunControl({ program, context, handlers, finish }: CommandParts): void {
  program
    .command('status')
    .summary('say how a run is doing')
    .description('Says who works on a run, its phase, what it has spent and found. Reads only.')
    .argument('<run>', "the run's id, or its folder")
    .option('--json', 'print JSON on stdout, everything else on stderr')
    .option('--runs-dir <folder>', "folder that holds the runs' folders", 'runs')
    .addHelpText('after', '\nExample:\n  $ mixtune status my-run')
    .action(async (run, options) => finish(await handlers.status(run, options, context)));
  program
    .command('stop')
    .summary('stop a run politely')
    .description('Has the process that works on a run save its state and end, and waits until it has.')
    .argument('<run>', "the run's id, or its folder")
    .option('--timeout <time>', 'how long to wait for it', parseDuration, 60)
    .option('--runs-dir <folder>', "folder that holds the runs' folders", 'runs')
    .addHelpText('after', '\nExample:\n  $ mixtune stop my-run')
    .action(async (run, options) => finish(await handlers.stop(run, options, context)));
}
