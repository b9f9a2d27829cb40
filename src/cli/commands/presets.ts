import { presetNames, presets } from '../../domain/presets.ts';
import { describeConfig } from '../../report/describe.ts';
import { plannedCalls } from '../../run/calls/planned-calls.ts';
import { defineCommand } from '../command.ts';
import { jsonFlags } from '../flags.ts';
import { tellList } from '../list.ts';

export default defineCommand({
  description:
    'Lists well-known systems that results are compared with. Each takes your models: the first is the main one, all take turns as proposers. `preset:NAME` with --models stands for one of them in `score`.',
  flags: jsonFlags,
  examples: [
    'mixtune presets',
    'mixtune presets show self-moa --models groq/llama-3.1-8b-instant --out self-moa.yaml',
    'mixtune score preset:self-moa preset:router --models sim/heron-8b,sim/sage-70b --task contest-math',
  ],
  subcommands: [
    {
      name: 'show',
      summary: 'write one of them with your models as a config',
      load: () => import('./presets-show.ts'),
    },
  ],
  run: async (_values, options, context) => {
    // Stand-ins that say which model a role gets.
    const list = presetNames.map((name) => {
      const config = presets[name](['your/first', 'your/second', 'your/third']);
      return { name, calls: plannedCalls(config), system: describeConfig(config) };
    });
    tellList(context, options, list, {
      none: 'No presets.',
      columns: [
        { head: 'preset', text: ({ name }) => name },
        { head: 'calls', align: 'right', text: ({ calls }) => String(calls) },
        { head: 'system, with your models', cut: true, text: ({ system }) => system },
      ],
    });
  },
});
