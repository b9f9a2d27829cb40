import { parseFactor, parseList, parsePort, parseSeed } from '../option-values.ts';
import { type CommandParts, examples } from './parts.ts';
import { jsonOption } from './shared-options.ts';

export function defineSim({ program, context, handlers, finish }: CommandParts): void {
  jsonOption(program.command('sim'))
    .summary('serve the simulated models over HTTP')
    .description('Serves the simulated models as an OpenAI-compatible endpoint with streaming, until Ctrl-C.')
    .requiredOption('--port <n>', 'port to listen on; 0 for any free one', parsePort)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--seed <n>', "seed of the models' answers", parseSeed, 1)
    .option('--speed <factor>', 'simulated seconds per real second', parseFactor, 1)
    .option('--task <names>', 'tasks of your own that the models are to know, parted by commas', parseList)
    .addHelpText('after', examples('mixtune sim --port 8080 --speed 20'))
    .action(async (options) => finish(await handlers.sim(options, context)));
}
