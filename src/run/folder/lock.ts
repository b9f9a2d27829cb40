import { sha256 } from '../../core/canonical-json.ts';
import { defined } from '../../core/defined.ts';
import { recordOf } from '../../core/records.ts';
import { variance } from '../../core/statistics.ts';
import { type Cell, cellOfKey } from '../../domain/cell.ts';
import { estimatesOf } from '../../domain/estimates.ts';
import { modelsOf } from '../../domain/moa-config.ts';
import { type Estimate, objectiveNames } from '../../domain/objective.ts';
import type { FrontMember } from '../../domain/run-result.ts';
import type { Instance, Task } from '../../domain/task.ts';
import { wordingOf } from '../../domain/task-wording.ts';
import type { Trial } from '../../search/trial.ts';
import { fingerprintsOf } from '../calls/replay.ts';
import { sampleRepeat } from '../cells/cell-runner.ts';
import type { Journal } from '../journal/journal.ts';
import type { Manifest } from '../types.ts';
import type { BestFile, Claim, LockedCell, LockedModel } from './lock-schema.ts';

export interface LockParts {
  /** With the objectives that the run's front claims. */
  readonly member: FrontMember;
  readonly trial: Trial;
  readonly manifest: Manifest;
  /** As it was when the run was started; `undefined` when it is gone or has changed since. */
  readonly task: Task | undefined;
  /** Another lock of the run, which tells of the task what is no longer to be seen. */
  readonly known?: BestFile | undefined;
  /** Holds the answers behind the claim, which name the weights that gave them. */
  readonly journal: Pick<Journal, 'answer'>;
  readonly extractAnswer: (text: string) => string | null;
}

/** One config of a run as a lock. */
export async function lockOf(parts: LockParts): Promise<BestFile> {
  const { trial, manifest, task, known } = parts;
  // What is claimed is what was measured; a label, or how sure the place on the front is, is not.
  const { id, config, objectives, holdout, cells, origin } = parts.member;
  const member = { id, config, objectives, holdout, cells, origin };
  const { settings } = manifest;
  const { tuningInstances, judge } = manifest.task;
  // Models that nothing is tuned with are judges'.
  const judges = Object.keys(manifest.models ?? {}).filter((name) => !settings.models.includes(name));
  const models = modelsOf(member.config);
  const embedded = models.some((name) => name.startsWith('sim/'));
  const fingerprints =
    task === undefined ? new Map<string, string[]>() : await fingerprintsOf({ ...parts, task });
  const lockedModel = (name: string): LockedModel => ({
    revision: manifest.models?.[name]?.revision ?? null,
    price: manifest.models?.[name]?.price ?? null,
    fingerprints: fingerprints.get(name) ?? known?.models[name]?.fingerprints ?? [],
  });
  return {
    version: 1,
    simulated: settings.simulated,
    task: manifest.task.name,
    taskHash: manifest.task.hash,
    ...(tuningInstances === undefined && judge === undefined
      ? {}
      : {
          taskChanges: defined({ tuningInstances, judge }),
        }),
    ...defined({ taskWording: manifest.task.wording ?? (task && wordingOf(task)) }),
    instances:
      task === undefined
        ? (known?.instances ?? { tuning: {}, holdout: {} })
        : { tuning: instanceHashes(task.tuning), holdout: instanceHashes(task.holdout) },
    grader: manifest.grader,
    member,
    claims: {
      tuning: claimOf(trial, 'tuning'),
      holdout: member.holdout === null ? null : claimOf(trial, 'holdout'),
    },
    models: Object.fromEntries([...models, ...judges].map((name) => [name, lockedModel(name)])),
    endpoint: manifest.endpoint,
    mixtune: manifest.mixtune,
    ...defined({ slowdown: trial.slowdown }),
    seed: settings.seed,
    worldSeed: embedded ? settings.seed : null,
    repeats: {
      search: settings.repeats,
      finish: Math.max(settings.repeats, settings.finishRepeats),
      holdout: settings.holdoutRepeats,
    },
    made: {
      run: manifest.run,
      node: manifest.node,
      gitCommit: manifest.gitCommit,
      ...defined({ taskFolder: manifest.task.folder, signature: manifest.signature }),
    },
  };
}

/** What a trial's scored cells of one split say. */
export function claimOf(trial: Pick<Trial, 'scored'>, split: Cell['split']): Claim {
  const evidence = trial.scored(split).map(({ key, measurement }): LockedCell => {
    const { instance, repeat } = cellOfKey(key);
    return { instance, repeat, ...measurement };
  });
  return {
    cells: evidence.length,
    instances: new Set(evidence.map((cell) => cell.instance)).size,
    sampleRepeats: [
      ...new Set(evidence.map(({ instance, repeat }) => sampleRepeat({ split, instance, repeat }))),
    ].sort((a, b) => a - b),
    objectives: claimedObjectives(evidence),
    evidence,
  };
}

/** Means, intervals and deviations that follow from cells. */
export function claimedObjectives(evidence: readonly LockedCell[]): Claim['objectives'] {
  const estimates = estimatesOf(evidence);
  const withDeviation = (name: (typeof objectiveNames)[number]): Claim['objectives']['score'] => {
    const values = evidence.map((cell) => cell[name]).filter((value) => value !== null);
    const spread = values.length < evidence.length ? null : variance(values);
    const estimate: Estimate = estimates[name];
    return { ...estimate, deviation: spread === null ? null : Math.sqrt(spread) };
  };
  return recordOf(objectiveNames, withDeviation);
}

/** SHA-256 of each instance, by id. */
export function instanceHashes(instances: readonly Instance[]): Record<string, string> {
  return Object.fromEntries(instances.map((instance) => [instance.id, sha256(instance)]));
}
