import { join } from 'node:path';
import type { AgentsWorth } from '../../../analysis/worth/schema.ts';
import { readWorth } from '../../../analysis/worth/worth-file.ts';
import { InputError } from '../../../core/errors.ts';
import type { ConfigId } from '../../../domain/moa-config.ts';
import { simulatedSuffix } from '../../../report/format.ts';
import { prunedText } from '../../../report/worth-text.ts';
import type { OpenRun } from '../../../run/folder/run-folder.ts';
import { type CliContext, tell } from '../../context.ts';
import type { JsonOption } from '../../flags.ts';
import { printConfig, simulatedComment } from '../../text.ts';

interface PrunedPoint extends Pick<OpenRun, 'folder' | 'manifest'> {
  readonly id: ConfigId;
  /** As the command line names it. */
  readonly run: string;
}

/** Shows a config without the agents that add nothing. @throws InputError where that was not measured */
export function showPruned(point: PrunedPoint, options: JsonOption, context: CliContext): void {
  const { manifest, id } = point;
  const worth = worthOf(point);
  const { pruned, agents } = worth;
  const { simulated } = manifest;
  tell(context, options, { run: manifest.run, simulated, id, whole: worth.whole, pruned }, () => {
    if (pruned === null)
      return `Nothing is pruned from ${id}: no agent can go with a measured loss of at most one standard error (a loss that is not told apart from luck may be larger).`;
    const names = agents.flatMap(({ at, name }) => (pruned.without.includes(at) ? [`${name} (${at})`] : []));
    const config = printConfig(pruned.config, 'yaml', simulated ? { comment: simulatedComment } : {});
    return [
      `${pruned.id}: ${id} without ${names.join(', ')}${simulatedSuffix(simulated)}`,
      `${prunedText(pruned)}.`,
      '',
      config.trimEnd(),
    ].join('\n');
  });
}

function worthOf({ folder, id, run }: PrunedPoint): AgentsWorth {
  const worth = readWorth(folder);
  if (worth?.id === id) return worth;
  throw new InputError(join(folder, 'worth.json'), {
    path: worth === null ? '' : 'id',
    expected: `what the agents of ${id} add, which \`mixtune answer ${run} --worth\` measures`,
    found: worth === null ? 'none' : worth.id,
  });
}
