import { type Cell, cellOfKey } from '../domain/cell.ts';
import type { ConfigId } from '../domain/moa-config.ts';
import type { Task } from '../domain/task.ts';
import type { CallRecord } from '../moa/types.ts';
import { callGroups } from '../run/cells/measure.ts';
import { type CellPlayer, createCellPlayer } from './cell-player.ts';
import type { RunEvidence } from './reproduce/run-evidence.ts';

/** One call on a cell's way to its answer. */
export interface PathCall {
  readonly model: string;
  /** Generated tokens, reasoning included; 0 for a call that failed before it wrote any. */
  readonly outputTokens: number;
  /** Dispatch to last token, in ms. */
  readonly serviceMs: number;
}

/** The calls of one scored cell: groups one after the other, the calls of a group side by side. */
export interface CallPath {
  readonly split: Cell['split'];
  readonly groups: readonly (readonly PathCall[])[];
}

/** Paths of a config's scored cells; `null` where the recorded answers do not lead to what was measured. */
export type ConfigPaths = readonly CallPath[] | null;

export interface CallPathParts {
  readonly evidence: RunEvidence;
  /** The task as the run saw it. */
  readonly task: Task;
  readonly extractAnswer: (text: string) => string | null;
}

/**
 * The paths of the given configs' scored cells, found by playing them again from the answers in the run's
 * journal: which calls a cell made follows from its config and the answers, so it need not be recorded.
 * Calls no model and grades nothing.
 */
export async function callPaths(
  ids: readonly ConfigId[],
  parts: CallPathParts,
): Promise<Map<ConfigId, ConfigPaths>> {
  const { evidence, task, extractAnswer } = parts;
  const { journal, manifest, state } = evidence;
  const play = createCellPlayer({ journal, manifest, task, extractAnswer });
  const found = new Map<ConfigId, ConfigPaths>();
  for (const id of ids) {
    const trial = state.byId.get(id);
    found.set(id, trial === undefined ? null : await pathsOf(trial, play));
  }
  return found;
}

type Trial = NonNullable<ReturnType<RunEvidence['state']['byId']['get']>>;

async function pathsOf(trial: Trial, play: CellPlayer): Promise<ConfigPaths> {
  const paths: CallPath[] = [];
  for (const [key, result] of trial.results) {
    if (result.grade.kind !== 'scored') continue;
    const played = await play(trial.config, key, result);
    if (played.kind === 'unknown') return null;
    const groups = callGroups(played.trace).map((group) => group.map(pathCall));
    paths.push({ split: cellOfKey(key).split, groups });
  }
  return paths;
}

function pathCall({ model, usage, serviceMs }: CallRecord): PathCall {
  return { model, outputTokens: usage?.outputTokens ?? 0, serviceMs };
}
