import { join } from 'node:path';
import type { AgentsWorth } from '../../analysis/worth/schema.ts';
import { readWorth } from '../../analysis/worth/worth-file.ts';
import { exitCodes, InputError } from '../../core/errors.ts';
import type { ConfigId } from '../../domain/moa-config.ts';
import { simulatedSuffix } from '../../report/format.ts';
import { prunedText } from '../../report/worth-text.ts';
import type { OpenRun } from '../../run/run-folder.ts';
import { type CliContext, writeJson, writeLine } from '../context.ts';
import type { JsonOption } from '../flags.ts';
import { printConfig, simulatedComment } from '../text.ts';

interface PrunedPoint extends Pick<OpenRun, 'folder' | 'manifest'> {
  readonly id: ConfigId;
  /** As the command line names it. */
  readonly run: string;
}

/** Shows a config without the agents that add nothing. @throws InputError where that was not measured */
export function showPruned(point: PrunedPoint, options: JsonOption, context: CliContext): number {
  const { manifest, id } = point;
  const worth = worthOf(point);
  const { pruned, agents } = worth;
  const { simulated } = manifest;
  if (options.json === true) {
    writeJson(context.stdout, { run: manifest.run, simulated, id, whole: worth.whole, pruned });
    return exitCodes.done;
  }
  if (pruned === null) {
    writeLine(
      context.stdout,
      `Nothing is pruned from ${id}: no agent can go with a measured loss of at most one standard error (a loss that is not told apart from luck may be larger).`,
    );
    return exitCodes.done;
  }
  const names = agents.flatMap(({ at, name }) => (pruned.without.includes(at) ? [`${name} (${at})`] : []));
  writeLine(context.stdout, `${pruned.id}: ${id} without ${names.join(', ')}${simulatedSuffix(simulated)}`);
  writeLine(context.stdout, `${prunedText(pruned)}.`);
  writeLine(context.stdout);
  context.stdout.write(printConfig(pruned.config, 'yaml', simulated ? { comment: simulatedComment } : {}));
  return exitCodes.done;
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
