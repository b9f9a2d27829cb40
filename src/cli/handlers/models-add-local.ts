import { exitCodes } from '../../core/errors.ts';
import { findRuntime, installRuntime, runtimeVersion } from '../../local/index.ts';
import { type CliContext, writeJson, writeLine } from '../context.ts';
import type { JsonOption } from '../options.ts';
import { localHome } from '../wiring/local.ts';
import { noteStream } from '../wiring/tuning.ts';

export interface ModelsAddLocalOptions extends JsonOption {
  /** Install again, also where it is there. */
  readonly again?: boolean;
}

/** Installs what runs local models. */
export async function modelsAddLocal(options: ModelsAddLocalOptions, context: CliContext): Promise<number> {
  const paths = localHome(context);
  const stream = noteStream(context, options);
  const present = findRuntime(paths);
  const wanted = options.again === true || present?.version !== runtimeVersion;
  if (wanted) {
    writeLine(stream, `Installing node-llama-cpp ${runtimeVersion} into ${paths.runtime} (about 85 MB)`);
    await installRuntime(paths, (line) => writeLine(context.stderr, line));
  }
  const runtime = findRuntime(paths);
  if (options.json === true) writeJson(context.stdout, { runtime, installed: wanted });
  else {
    writeLine(stream, wanted ? 'Done.' : `node-llama-cpp ${runtimeVersion} is there already.`);
    writeLine(stream, 'Fetch a model with: mixtune models pull NAME (without a name: the list)');
  }
  return exitCodes.done;
}
