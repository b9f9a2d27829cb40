import { resolve } from 'node:path';
import { InputError } from '../../core/errors.ts';
import { configId, type MoaConfig, modelsOf } from '../../domain/moa-config.ts';
import { which } from '../../report/which.ts';
import { contains } from '../../search/membership.ts';
import type { SearchSpace } from '../../search/space.ts';
import { seedOf, widenSpace } from '../../search/widen-space.ts';
import type { CliContext } from '../context.ts';
import { isConfigFile, openNamedRun, resolveConfig } from './configs.ts';
import { exists } from './library.ts';

/** Front members of one earlier run that a search starts from, at most: the best by score. */
const membersPerRun = 24;

/** What a search starts from. */
export interface WarmStart {
  readonly seeds: readonly MoaConfig[];
  /** The search's space, with room for the user's own systems. */
  readonly space: SearchSpace;
}

/** The user's own systems among what `--from` names: config files, mixtune's or another tool's. */
export async function readOwnSystems(
  context: CliContext,
  references: readonly string[],
  runsDir: string,
): Promise<MoaConfig[]> {
  const own: MoaConfig[] = [];
  for (const reference of references.filter(isConfigFile)) {
    own.push((await resolveConfig(context, reference, runsDir)).config);
  }
  return own;
}

/**
 * The configs that `--from` names: a run's whole front, one point of it (`my-run:knee`), or the user's own systems,
 * for which the space is widened. Others outside the space are left out; it is an error where a reference leaves none.
 */
export async function readSeeds(
  context: CliContext,
  references: readonly string[],
  runsDir: string,
  { space: narrow, own }: { readonly space: SearchSpace; readonly own: readonly MoaConfig[] },
): Promise<WarmStart> {
  const seeds = new Map<string, MoaConfig>();
  const ofRuns: MoaConfig[][] = [];
  for (const config of own) refuseOtherModels(config, narrow);
  const space = own.reduce(widenSpace, narrow);
  for (const config of own) {
    const seed = seedOf(config, space);
    if (seed !== undefined) seeds.set(configId(seed), seed);
  }
  for (const reference of references.filter((each) => !isConfigFile(each))) {
    const configs = await configsOf(context, reference, runsDir);
    const fitting = configs.filter((config) => contains(space, config));
    if (fitting.length === 0) {
      throw new InputError(`--from ${reference}`, {
        expected: `a config of the search space ${space.name} with the models ${space.models.join(', ')}`,
        found: configs.length === 1 ? 'one outside it' : `${configs.length} configs, all outside it`,
      });
    }
    ofRuns.push(fitting);
  }
  // The best of each comes first: those are measured again whatever becomes of the others.
  for (const config of [...ofRuns.map(([best]) => best), ...ofRuns.flat()]) {
    if (config !== undefined) seeds.set(configId(config), config);
  }
  return { seeds: [...seeds.values()], space };
}

function refuseOtherModels(config: MoaConfig, { models }: SearchSpace): void {
  const others = modelsOf(config).filter((model) => !models.includes(model));
  if (others.length === 0) return;
  throw new InputError(`--from (${config.name})`, {
    expected: `only models that the search may call: ${models.join(', ')} (--models adds some; mixtune import --models gives a system others)`,
    found: others.join(', '),
  });
}

async function configsOf(context: CliContext, reference: string, runsDir: string): Promise<MoaConfig[]> {
  const isRun = !reference.includes(':') || (await exists(resolve(context.cwd, reference)));
  if (!isRun) return [(await resolveConfig(context, reference, runsDir)).config];
  const run = await openNamedRun(context, reference, runsDir);
  const { front } = run;
  const best = front === null ? undefined : which(front, 'best');
  if (front === null || best === undefined) {
    throw new InputError(`--from ${reference}`, {
      expected: 'a run with a front',
      found: 'one without (resume it)',
    });
  }
  return [best, ...front.front.slice(0, membersPerRun)].map(({ config }) => config);
}
