import { defined } from '../../core/defined.ts';
import { shortModel } from '../../report/format.ts';
import { simulatedModels } from '../../sim/index.ts';
import { startSimServer } from '../../sim/server.ts';
import { defineCommand } from '../command.ts';
import { type OptionsOf, requiredValue, textOr, value, valueOr } from '../command-line.ts';
import { type CliContext, tell } from '../context.ts';
import { jsonFlags } from '../flags.ts';
import { listenForInterrupt, untilAborted } from '../interrupt.ts';
import { serverFlags, serverLoadOf } from '../load-flags.ts';
import { parseFactor, parseList, parsePort, parseSeed } from '../option-values.ts';
import { openTextbook } from '../wiring/models/textbook.ts';
import { portTaken } from '../wiring/serve/port-taken.ts';
import { openTask } from '../wiring/tasks/tasks.ts';

const flags = {
  port: requiredValue('<n>', 'port to listen on; 0 for any free one', parsePort),
  host: textOr('<address>', 'address to listen on', '127.0.0.1'),
  seed: valueOr('<n>', "seed of the models' answers", parseSeed, 1),
  speed: valueOr('<factor>', 'simulated seconds per real second', parseFactor, 1),
  task: value('<names>', 'tasks of your own that the models know, parted by commas', parseList),
  ...serverFlags,
  ...jsonFlags,
};
type SimOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description: 'Serves the simulated models as an OpenAI-compatible endpoint with streaming, until Ctrl-C.',
  flags,
  examples: ['mixtune sim --port 8080 --speed 20', 'mixtune sim --port 8080 --slots 32 --load 0.02 --tpm 2M'],
  run: async (_values, options, context) => {
    const { port, host, seed, speed } = options;
    using interrupt = listenForInterrupt(context);
    const tasks = await Promise.all((options.task ?? []).map((name) => openTask(context, name)));
    const textbook = await openTextbook(
      context,
      tasks.map(({ folder }) => folder),
    );
    const load = serverLoadOf(options);
    const server = await startSimServer({
      ...{ port, host, seed, textbook, speedup: speed, clock: context.clock },
      ...defined({ load }),
    }).catch(portTaken);
    announce(server.url, options, context);
    await untilAborted(interrupt.signal);
    await server.close();
  },
});

function announce(url: string, options: SimOptions, context: CliContext): void {
  const models = simulatedModels.map((card) => shortModel(card.name));
  const task = options.task?.[0] ?? 'code-challenge';
  tell(context, options, { url, simulated: true, models }, () =>
    [
      `Simulated models at ${url}`,
      `Models: ${models.join(', ')}`,
      `Tune with them:  mixtune tune ${task} --base-url ${url} --models ${models.slice(0, 3).join(',')}`,
      'Stop with Ctrl-C.',
    ].join('\n'),
  );
}
