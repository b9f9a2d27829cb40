import { exitCodes, InputError, messageOf } from '../../core/errors.ts';
import { simulatedModels } from '../../models/sim/index.ts';
import { startSimServer } from '../../models/sim/server.ts';
import { shortModel } from '../../report/describe.ts';
import { type CliContext, writeLine } from '../context.ts';
import type { SimOptions } from '../options.ts';
import { openTextbook } from '../wiring/textbook.ts';

/** Serves the simulated models until Ctrl-C, which is how this command normally ends: exit 0. */
export async function sim(options: SimOptions, context: CliContext): Promise<number> {
  const { port, host, seed, speed } = options;
  let release = (): void => undefined;
  const interrupted = new Promise<void>((resolve) => {
    release = context.onInterrupt(resolve);
  });
  try {
    const textbook = await openTextbook(context);
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
    const names = simulatedModels.slice(0, 3).map((card) => shortModel(card.name));
    writeLine(context.stdout, `Simulated models at ${server.url}`);
    writeLine(context.stdout, `Models: ${simulatedModels.map((card) => shortModel(card.name)).join(', ')}`);
    writeLine(
      context.stdout,
      `Tune with them:  mixtune tune code-challenge --base-url ${server.url} --models ${names.join(',')}`,
    );
    writeLine(context.stdout, 'Stop with Ctrl-C.');
    await interrupted;
    await server.close();
    return exitCodes.done;
  } finally {
    release();
  }
}
