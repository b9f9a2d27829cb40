import { exitCodes, InputError, messageOf } from '../../core/errors.ts';
import { shortModel } from '../../report/describe.ts';
import { simulatedModels } from '../../sim/index.ts';
import { startSimServer } from '../../sim/server.ts';
import { type CliContext, writeJson, writeLine } from '../context.ts';
import type { SimOptions } from '../options.ts';
import { openTask } from '../wiring/tasks.ts';
import { openTextbook } from '../wiring/textbook.ts';

/** Serves the simulated models until Ctrl-C, which is how this command normally ends: exit 0. */
export async function sim(options: SimOptions, context: CliContext): Promise<number> {
  const { port, host, seed, speed } = options;
  let release = (): void => undefined;
  const interrupted = new Promise<void>((resolve) => {
    release = context.onInterrupt(resolve);
  });
  try {
    const tasks = await Promise.all((options.task ?? []).map((name) => openTask(context, name)));
    const textbook = await openTextbook(
      context,
      tasks.map(({ folder }) => folder),
    );
    const server = await startSimServer({
      port,
      host,
      seed,
      textbook,
      speedup: speed,
      clock: context.clock,
    }).catch((error: unknown) => {
      throw new InputError('--port', { path: '', expected: 'a free port', found: messageOf(error) });
    });
    announce(server.url, options, context);
    await interrupted;
    await server.close();
    return exitCodes.done;
  } finally {
    release();
  }
}

function announce(url: string, { json }: SimOptions, { stdout }: CliContext): void {
  const models = simulatedModels.map((card) => shortModel(card.name));
  if (json === true) {
    writeJson(stdout, { url, simulated: true, models });
    return;
  }
  writeLine(stdout, `Simulated models at ${url}`);
  writeLine(stdout, `Models: ${models.join(', ')}`);
  const some = models.slice(0, 3).join(',');
  writeLine(stdout, `Tune with them:  mixtune tune code-challenge --base-url ${url} --models ${some}`);
  writeLine(stdout, 'Stop with Ctrl-C.');
}
