import { InputError } from '../../core/errors.ts';
import { configId, type MoaConfig } from '../../domain/moa-config.ts';
import { contains } from '../../search/membership.ts';
import type { SearchSpace } from '../../search/space.ts';
import type { CliContext } from '../context.ts';
import { openNamedRun, resolveConfig } from './configs.ts';
import { exists } from './library.ts';

/** Front members of one earlier run that a search starts from, at most: the best by score. */
const membersPerRun = 24;

/**
 * The configs that `--from` names: a run's whole front, one point of it (`my-run:knee`), or a config's file.
 * Those outside the search's space are left out; it is an error where a reference leaves none.
 */
export async function readSeeds(
  context: CliContext,
  references: readonly string[],
  runsDir: string,
  space: SearchSpace,
): Promise<MoaConfig[]> {
  const seeds = new Map<string, MoaConfig>();
  for (const reference of references) {
    const configs = await configsOf(context, reference, runsDir);
    const fitting = configs.filter((config) => contains(space, config));
    if (fitting.length === 0) {
      throw new InputError(`--from ${reference}`, {
        path: '',
        expected: `a config of the search space ${space.name} with the models ${space.models.join(', ')}`,
        found: configs.length === 1 ? 'one outside it' : `${configs.length} configs, all outside it`,
      });
    }
    for (const config of fitting) seeds.set(configId(config), config);
  }
  return [...seeds.values()];
}

async function configsOf(context: CliContext, reference: string, runsDir: string): Promise<MoaConfig[]> {
  const isRun = !/\.(ya?ml|json)$/.test(reference) && (!reference.includes(':') || (await exists(reference)));
  if (!isRun) return [(await resolveConfig(context, reference, runsDir)).config];
  const run = await openNamedRun(context, reference, runsDir);
  const members = run.front?.front ?? [];
  if (members.length === 0) {
    throw new InputError(`--from ${reference}`, {
      path: '',
      expected: 'a run with a front',
      found: 'one without (resume it)',
    });
  }
  return members.slice(0, membersPerRun).map((member) => member.config);
}
