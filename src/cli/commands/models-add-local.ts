import { findRuntime, installRuntime, runtimeVersion } from '../../local/index.ts';
import { defineCommand } from '../command.ts';
import { on } from '../command-line.ts';
import { jsonFlags } from '../flags.ts';
import { noteStream } from '../wiring/jobs/tuning.ts';
import { localHome } from '../wiring/models/local.ts';

const flags = { again: on('install anew, also where it is there'), ...jsonFlags };

export default defineCommand({
  description:
    "Installs node-llama-cpp for this platform into mixtune's own folder, $MIXTUNE_HOME/local or ~/.mixtune/local, with npm: about 85 MB, nothing is compiled.",
  flags,
  examples: ['mixtune models add-local'],
  run: async (_values, options, context) => {
    const paths = localHome(context);
    const stream = noteStream(context, options);
    const present = findRuntime(paths);
    const wanted = options.again === true || present?.version !== runtimeVersion;
    if (wanted) {
      stream.line(`Installing node-llama-cpp ${runtimeVersion} into ${paths.runtime} (about 85 MB)`);
      await installRuntime(paths, (line) => context.stderr.line(line));
    }
    const runtime = findRuntime(paths);
    if (options.json === true) context.stdout.json({ runtime, installed: wanted });
    else {
      stream.line(wanted ? 'Done.' : `node-llama-cpp ${runtimeVersion} is there already.`);
      stream.line('Fetch a model with: mixtune models pull NAME (without a name: the list)');
    }
  },
});
