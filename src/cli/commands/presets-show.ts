import { exitCodes } from '../../core/errors.ts';
import { defineCommand } from '../command.ts';
import { argument, text } from '../command-line.ts';
import { jsonFlags, modelsFlags } from '../flags.ts';
import { printConfig } from '../text.ts';
import { presetOf } from '../wiring/jobs/presets.ts';
import { writeOutput } from '../wiring/out-file.ts';

export default defineCommand({
  description: 'Writes a preset with your models as a config, to change, score, ask or serve.',
  arguments: [argument('preset', 'a name from `mixtune presets`')],
  flags: {
    ...modelsFlags('models of the system, the main one first, as provider/model'),
    out: text('<file>', 'file to write to (default: stdout)'),
    ...jsonFlags,
  },
  examples: ['mixtune presets show router --models sim/heron-8b,sim/sage-70b'],
  run: async ([name], { models, out, json }, context) => {
    const syntax = json === true || out?.endsWith('.json') === true ? 'json' : 'yaml';
    await writeOutput(context, printConfig(presetOf(name, models), syntax, { schema: true }), out);
    return exitCodes.done;
  },
});
