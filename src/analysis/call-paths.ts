import { type Cell, cellOfKey } from '../domain/cell.ts';
import type { ConfigId } from '../domain/moa-config.ts';
import { questionOf, type Task } from '../domain/task.ts';
import { runMoa } from '../moa/engine.ts';
import type { CallRecord, Trace } from '../moa/types.ts';
import { sampleRepeat } from '../run/cell-runner.ts';
import { createReplayModel, lastFailures } from '../run/replay.ts';
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
  const { journal, state } = parts.evidence;
  const failures = lastFailures(journal.events());
  const found = new Map<ConfigId, ConfigPaths>();
  for (const id of ids) {
    const trial = state.byId.get(id);
    found.set(id, trial === undefined ? null : await pathsOf(trial, failures, parts));
  }
  return found;
}

type Trial = NonNullable<ReturnType<RunEvidence['state']['byId']['get']>>;

async function pathsOf(
  trial: Trial,
  failures: ReturnType<typeof lastFailures>,
  { evidence, task, extractAnswer }: CallPathParts,
): Promise<ConfigPaths> {
  const { journal, manifest } = evidence;
  const revision = (name: string): string => manifest.models?.[name]?.revision ?? '';
  const model = createReplayModel({ journal, revision, failures });
  const signal = new AbortController().signal;
  const paths: CallPath[] = [];
  for (const [key, result] of trial.results) {
    if (result.grade.kind !== 'scored') continue;
    const cell = cellOfKey(key);
    const instance = task[cell.split].find(({ id }) => id === cell.instance);
    if (instance === undefined) return null;
    const question = { text: questionOf(task, instance), task: task.description };
    const { trace } = await runMoa(trial.config, question, {
      model,
      extractAnswer,
      repeat: sampleRepeat(cell),
      signal,
      priority: 0,
    });
    // Another task, engine or journal: the way found is not the one that was measured.
    if (model.missing() > 0 || trace.latencyMs / 1000 !== result.measurement.latency) return null;
    paths.push({ split: cell.split, groups: groupsOf(trace) });
  }
  return paths;
}

/** Calls of one stage, round and iteration stand next to each other in a trace. */
function groupsOf(trace: Trace): PathCall[][] {
  const groups: PathCall[][] = [];
  let before: CallRecord | undefined;
  for (const call of trace.calls) {
    const joins = before?.stage === call.stage && before.round === call.round;
    const { model, usage, serviceMs } = call;
    const path = { model, outputTokens: usage?.outputTokens ?? 0, serviceMs };
    if (joins) groups.at(-1)?.push(path);
    else groups.push([path]);
    before = call;
  }
  return groups;
}
