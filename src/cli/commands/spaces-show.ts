import { stringify } from 'yaml';
import { defined } from '../../core/defined.ts';
import { exitCodes } from '../../core/errors.ts';
import { formatCounted } from '../../report/format.ts';
import type { SearchSpace } from '../../search/space.ts';
import { settleSpace } from '../../search/space-file.ts';
import { spaceSize } from '../../search/space-size.ts';
import { presetConfigs, startConfigs } from '../../search/start-configs.ts';
import { defineCommand } from '../command.ts';
import { argument } from '../command-line.ts';
import { jsonFlags, modelsFlags } from '../flags.ts';
import { openSpace } from '../wiring/library.ts';
import { chooseModels } from '../wiring/models/model-names.ts';

export default defineCommand({
  description:
    'Shows a search space with all that it takes from the space it extends, how many configurations it holds and what is searched. What is printed is a space file by itself.',
  arguments: [argument('space', 'a name from `mixtune spaces`, or a file')],
  flags: { ...modelsFlags('models to count with (default: as `tune` chooses them)'), ...jsonFlags },
  examples: ['mixtune spaces show default', 'mixtune spaces show ours.yaml --models sim/heron-8b'],
  run: async ([name], options, context) => {
    const { models: ofSpace, ...file } = await openSpace(context, name);
    const { models, note = 'Models: those of --models' } = chooseModels(context, options, ofSpace);
    const space = settleSpace(file, models);
    const configs = spaceSize(space);
    const first = [...startConfigs(space, space.models), ...presetConfigs(space, space.models)].length;
    if (options.json === true) {
      context.stdout.json({ name: space.name, configs: String(configs), models: space.models, space });
      return exitCodes.done;
    }
    const facts = [
      `${sizeText(configs)} configurations with ${formatCounted(space.models.length, 'model')}`,
      ...searchedLines(space),
      `Measured first: each model alone, then ${first} small systems and presets.`,
      `${note}.`,
    ];
    const shown = { ...file, ...defined({ models: ofSpace }) };
    context.stdout.write(
      `${facts.map((line) => `# ${line}\n`).join('')}${stringify(shown, { lineWidth: 100 })}`,
    );
    return exitCodes.done;
  },
});

/** `1,234` or `about 3.2e+15` */
function sizeText(configs: bigint): string {
  return configs < 1_000_000n ? configs.toLocaleString('en') : `about ${Number(configs).toExponential(1)}`;
}

/** What a strategy may choose, and out of how much. */
function searchedLines(space: SearchSpace): string[] {
  const { agents, samples, rounds, stages, prompts } = space;
  const range = ({ min, max }: typeof agents) => (min === max ? String(min) : `${min} to ${max}`);
  const lists = (['temperatures', 'topP', 'reasoningEfforts', 'responseFormats', 'stops'] as const).flatMap(
    (name) => (space[name] === undefined ? [] : [`${space[name].length} of ${name}`]),
  );
  const roles = Object.entries(prompts).map(([role, texts]) => `${texts?.length ?? 0} for ${role}`);
  return [
    `Searched: agents ${range(agents)}, samples ${range(samples)}, rounds ${range(rounds)}, ${lists.join(', ')}`,
    `Stages: up to ${stages.max} of ${stages.kinds.join(', ') || 'none'}`,
    `Prompts: ${roles.join(', ')}`,
  ];
}
