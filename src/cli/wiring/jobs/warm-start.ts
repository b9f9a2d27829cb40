import { resolve } from 'node:path';
import { defined } from '../../../core/defined.ts';
import { InputError } from '../../../core/errors.ts';
import { configId, configsById, type MoaConfig, modelsOf } from '../../../domain/moa-config.ts';
import { formatPath, inputError } from '../../../domain/validation.ts';
import { which } from '../../../report/which.ts';
import type { OpenRun } from '../../../run/folder/run-folder.ts';
import type { SearchSpace } from '../../../search/space.ts';
import { changedSettings, type LeftOut, roomFor, seedOf } from '../../../search/widen-space.ts';
import type { CliContext } from '../../context.ts';
import { isConfigFile, openNamedRun, resolveConfig } from '../configs/configs.ts';
import { exists } from '../library.ts';

/** Front members of one earlier run that a search starts from, at most: the best by score. */
const membersPerRun = 24;

/** What one `--from` names: a run's front, one point of it, or a config file. */
export interface Given {
  /** As it stands on the command line; empty for configs that a program gives. */
  readonly reference: string;
  /** A system of the user's: it is measured as it is, too. */
  readonly isOwn: boolean;
  /** Each once, a run's best first. */
  readonly configs: readonly MoaConfig[];
  /** What a search calls that starts from it, where nobody names models: a run's, or those of a system. */
  readonly models: readonly string[];
  /** The server that a run's models were on, where it was named. */
  readonly baseUrl?: string;
}

/** What a search starts from. */
export interface WarmStart {
  readonly seeds: readonly MoaConfig[];
  /** The search's space, with room for what is given. */
  readonly space: SearchSpace;
  /** What was left out, set otherwise or made room for, in sentences without their full stops. */
  readonly notes: readonly string[];
}

/** Reads what `--from` names. */
export async function readGiven(
  context: CliContext,
  references: readonly string[],
  runsDir: string,
): Promise<Given[]> {
  const given: Given[] = [];
  for (const reference of references) {
    const isOwn = isConfigFile(reference);
    const { configs, ...called } = isOwn
      ? await ownSystem(context, reference, runsDir)
      : await configsOf(context, reference, runsDir);
    given.push({ reference, isOwn, configs: [...configsById(configs).values()], ...called });
  }
  return given;
}

/**
 * What is given as the space writes it: with its settings, and with room for stages and numbers. What calls other models,
 * or has a form that the search never writes, is left out; it is an error where that leaves nothing of a reference.
 */
export function startFrom(given: readonly Omit<Given, 'models'>[], narrow: SearchSpace): WarmStart {
  let space = narrow;
  const notes: string[] = [];
  const starts = given.map(({ reference, isOwn, configs }) => {
    const source = `--from ${reference}`.trim();
    const { taken, leftOut, space: wider } = roomFor(configs, space);
    const [first] = leftOut;
    // A system of the user's that the search cannot write is measured all the same.
    const isMeasured = isOwn && first?.because === 'form';
    if (taken.length === 0 && first !== undefined && !isMeasured)
      throw inputError(source, [{ ...first.fault, found: `${first.fault.found}${ofHowMany(leftOut)}` }]);
    if (first !== undefined) {
      const { at, expected, found } = first.fault;
      const what = isMeasured
        ? 'measured as it is, and nothing that the search goes on from'
        : `${leftOut.length} of ${configs.length} configs left out, the first`;
      notes.push(`${source}: ${what}: at ${formatPath(at)} expected ${expected}, found ${found}`);
    }
    notes.push(...settingsNote(source, taken, space), ...widenedNote(source, space, wider));
    space = wider;
    return { isOwn, taken };
  });
  const own = starts.filter(({ isOwn }) => isOwn).map(({ taken }) => taken);
  const ofRuns = starts.filter(({ isOwn }) => !isOwn).map(({ taken }) => taken);
  // The best of each comes first: those are measured again whatever becomes of the others.
  const inOrder = [...own.flat(), ...ofRuns.flatMap(([best]) => best ?? []), ...ofRuns.flat()];
  const seeds = new Map(
    inOrder.flatMap((config) => {
      const seed = seedOf(config, space);
      return seed === undefined ? [] : [[configId(seed), seed] as const];
    }),
  );
  return { seeds: [...seeds.values()], space, notes };
}

function ofHowMany(leftOut: readonly LeftOut[]): string {
  return leftOut.length === 1 ? '' : ` in the first of ${leftOut.length} configs, none of which fits`;
}

/** That configs begin with other settings than they had: the search keeps to its own. */
function settingsNote(source: string, taken: readonly MoaConfig[], space: SearchSpace): string[] {
  const changes = taken.map((config) => changedSettings(config, space)).filter(({ size }) => size > 0);
  if (changes.length === 0) return [];
  const first = new Map(changes.toReversed().flatMap((each) => [...each]));
  return [
    `${source}: ${changes.length} of ${taken.length} configs begin with settings of the space ${space.name}, such as ${[...first.values()].join(', ')}`,
  ];
}

function widenedNote(source: string, narrow: SearchSpace, wide: SearchSpace): string[] {
  const ranges = (['agents', 'samples', 'rounds'] as const).flatMap((name) => {
    const [was, is] = [narrow[name], wide[name]].map(({ min, max }) => `${min} to ${max}`);
    return was === is ? [] : [`${name} ${is} in place of ${was}`];
  });
  const kinds = wide.stages.kinds.filter((kind) => !narrow.stages.kinds.includes(kind));
  const { max } = narrow.stages;
  const parts = [
    ...ranges,
    ...(kinds.length === 0 ? [] : [`stages.kinds with ${kinds.join(', ')}`]),
    ...(wide.stages.max === max ? [] : [`stages.max ${wide.stages.max} in place of ${max}`]),
  ];
  return parts.length === 0 ? [] : [`${source} widens the space ${narrow.name}: ${parts.join(', ')}`];
}

type OfReference = Omit<Given, 'reference' | 'isOwn'>;

async function ownSystem(context: CliContext, reference: string, runsDir: string): Promise<OfReference> {
  const { config } = await resolveConfig(context, reference, runsDir);
  return { configs: [config], models: modelsOf(config) };
}

/** A run's best and its front, or the one point that is named. */
async function configsOf(context: CliContext, reference: string, runsDir: string): Promise<OfReference> {
  const isRun = !reference.includes(':') || (await exists(resolve(context.cwd, reference)));
  if (!isRun) {
    const { config, run } = await resolveConfig(context, reference, runsDir);
    return { configs: [config], ...(run === null ? { models: modelsOf(config) } : calledBy(run)) };
  }
  const run = await openNamedRun(context, reference, runsDir);
  const { front } = run;
  const best = front === null ? undefined : which(front, 'best');
  if (front === null || best === undefined) {
    throw new InputError(`--from ${reference}`, {
      expected: 'a run with a front',
      found: 'one without (resume it)',
    });
  }
  const configs = [best, ...front.front.slice(0, membersPerRun)].map(({ config }) => config);
  return { configs, ...calledBy(run) };
}

function calledBy({ manifest }: OpenRun): Pick<Given, 'models' | 'baseUrl'> {
  return { models: manifest.settings.models, ...defined({ baseUrl: manifest.endpoint.baseUrl }) };
}
