import { basename, join, resolve } from 'node:path';
import { defined } from '../../../core/defined.ts';
import type { Bounds } from '../../../domain/bounds.ts';
import { configId } from '../../../domain/moa-config.ts';
import type { ObjectiveName } from '../../../domain/objective.ts';
import { type FrontMember, memberOfFile } from '../../../domain/run-result.ts';
import { which } from '../../../report/which.ts';
import { pointNames } from '../../../serve/catalogue.ts';
import type { CliContext } from '../../context.ts';
import type { RunsOption } from '../../flags.ts';
import { folderOfRun, resolveConfig } from '../configs/configs.ts';
import { lockGiven } from '../configs/lock-files.ts';
import { type Provenance, provenanceOfRun } from '../configs/own-runs.ts';
import { findTaskOfRun, type OpenTask } from '../tasks/tasks.ts';
import { type FoundWording, findWording } from '../tasks/wording.ts';

/** One thing that the command line names, before its models can be called. */
export interface Named extends FoundWording {
  readonly name: string;
  /** Of a file with one config, where clients can ask for it by that: `cheap` of `configs/cheap.yaml`. */
  readonly alias?: string;
  readonly file: string;
  readonly members: readonly Pick<FrontMember, 'id' | 'config'>[];
  /** Those of them that were measured: what the points with names are taken from. */
  readonly measured: readonly FrontMember[];
  /** As `mixtune show` means it: it need not be of the run's front. */
  readonly best?: FrontMember | undefined;
  readonly objectives: readonly ObjectiveName[];
  /** Of the run, where its whole front is served. */
  readonly bounds?: Bounds | undefined;
  readonly task?: { readonly hash: string; readonly name: string };
  /** Where it is still to be had. */
  readonly opened?: OpenTask | undefined;
  readonly provenance?: Provenance;
  readonly seed?: number;
}

/** Reads a run, one point of it, a lock or a config file. */
export async function readNamed(context: CliContext, name: string, options: RunsOption): Promise<Named> {
  const file = resolve(context.cwd, name);
  const given = await lockGiven(context, name);
  if (given !== undefined) {
    const { lock, task, provenance, seed } = given;
    const { member } = lock;
    const opened = await findTaskOfRun(context, task, provenance);
    return {
      ...{
        name: lock.made.run,
        ...aliasOf(name),
        file,
        members: [member],
        measured: [member],
        best: member,
        objectives: ['score', 'latency', 'tokens'],
      },
      ...{ task: { name: task.name, hash: task.hash }, provenance, seed },
      ...{ opened, ...findWording(name, task, opened) },
    };
  }
  const { config, run, wording } = await resolveConfig(context, name, options.runsDir);
  if (run === null) {
    const member = { id: configId(config), config };
    const lone = {
      name: basename(name),
      ...aliasOf(name),
      file,
      members: [member],
      measured: [],
      objectives: [],
    };
    return { ...lone, ...defined({ wording }) };
  }
  const { manifest, front, folder } = run;
  const provenance = provenanceOfRun(name, manifest);
  const opened = await findTaskOfRun(context, manifest.task, provenance);
  const whole = folderOfRun(context, name, options.runsDir) === folder && (front?.front.length ?? 0) > 0;
  const id = configId(config);
  const point = front === null ? undefined : memberOfFile(front, id);
  const served =
    whole && front !== null
      ? { measured: front.front, best: which(front, 'best'), bounds: front.bounds }
      : { measured: point === undefined ? [] : [point], best: point };
  return {
    ...{ name: manifest.run, file: join(folder, 'front.json'), provenance, ...served },
    members: whole ? measuredOf(served) : [{ id, config }],
    ...{ objectives: front?.objectives ?? [], task: manifest.task, seed: manifest.settings.seed },
    ...{ opened, ...findWording(name, manifest.task, opened) },
  };
}

/** Names that a model can have beside the points'; a `;` would begin bounds. */
const aliasPattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

function aliasOf(file: string): { readonly alias?: string } {
  const alias = basename(file).replace(/\.(?:json|ya?ml)$/i, '');
  const isTaken = [...pointNames, 'front'].some((name) => name === alias);
  return isTaken || !aliasPattern.test(alias) ? {} : { alias };
}

/** The members with figures: the run's best stands after its front where it is not of it. */
export function measuredOf({ measured, best }: Pick<Named, 'measured' | 'best'>): readonly FrontMember[] {
  return best === undefined || measured.some(({ id }) => id === best.id) ? measured : [...measured, best];
}
