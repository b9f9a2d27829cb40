import { cellOfKey } from '../domain/cell.ts';
import type { CellResult } from '../domain/cell-result.ts';
import type { MoaConfig } from '../domain/moa-config.ts';
import type { Task } from '../domain/task.ts';
import type { CallRecord, Trace } from '../moa/types.ts';
import { type CallKey, callKey } from '../models/call-key.ts';
import type { ChatModel, ChatRequest, ChatResponse } from '../models/chat-model.ts';
import { replayOfRun, revisionsOf } from '../run/calls/replay.ts';
import { askCell } from '../run/cells/cell-runner.ts';
import { callGroups } from '../run/cells/measure.ts';
import type { Journal } from '../run/journal/journal.ts';
import type { Manifest } from '../run/types.ts';

export interface CellPlayerParts {
  readonly journal: Pick<Journal, 'answer' | 'events'>;
  readonly manifest: Pick<Manifest, 'models'>;
  /** The task as the run saw it. */
  readonly task: Task;
  readonly extractAnswer: (text: string) => string | null;
}

/** One call of a cell that was played again. */
export interface PlayedCall {
  readonly record: CallRecord;
  readonly request: ChatRequest;
  /** Absent: it failed. */
  readonly response?: ChatResponse;
}

export type PlayedCell =
  | { readonly kind: 'played'; readonly trace: Trace; readonly calls: readonly PlayedCall[] }
  /** The recorded answers do not lead to what was measured. */
  | { readonly kind: 'unknown'; readonly because: string };

/** @param key the cell's key */
export type CellPlayer = (config: MoaConfig, key: string, result: CellResult) => Promise<PlayedCell>;

/**
 * Plays cells again from the answers in a run's journal: which calls a cell made follows from its config and
 * the answers, so it need not be recorded. Calls no model and grades nothing.
 */
export function createCellPlayer({ journal, manifest, task, extractAnswer }: CellPlayerParts): CellPlayer {
  const replay = replayOfRun(journal, revisionsOf(manifest));
  return async (config, key, result) => {
    const watch = watchCalls(replay);
    const missingBefore = replay.missing();
    const asked = await askCell(config, cellOfKey(key), { task, model: watch.model, extractAnswer });
    if (asked === undefined) return { kind: 'unknown', because: 'the task has no such question any more' };
    const { trace } = asked.outcome;
    if (replay.missing() > missingBefore) {
      return { kind: 'unknown', because: "the run's journal does not hold all of its calls" };
    }
    // Another task, engine or journal: the way found is not the one that was measured.
    if (result.grade.kind === 'scored' && trace.latencyMs / 1000 !== result.measurement.latency) {
      return { kind: 'unknown', because: 'played again, its calls do not add up to what was measured' };
    }
    return { kind: 'played', trace, calls: watch.callsOf(trace) };
  };
}

/** Notes each request to a model with its answer, by the key that a trace has. */
export function watchCalls(model: ChatModel): {
  /** In place of the model. */
  readonly model: ChatModel;
  /** The calls of a trace with what was asked and answered, in its order. */
  readonly callsOf: (trace: Pick<Trace, 'calls'>) => PlayedCall[];
} {
  const seen = new Map<CallKey, Omit<PlayedCall, 'record'>>();
  const revision = (name: string): string => model.revision(name);
  return {
    model: {
      revision,
      complete: async (request, options) => {
        const outcome = await model.complete(request, options);
        seen.set(callKey(request, model), {
          request,
          ...(outcome.kind === 'answered' ? { response: outcome.response } : {}),
        });
        return outcome;
      },
    },
    callsOf: ({ calls }) =>
      calls.flatMap((record): PlayedCall[] => {
        const call = seen.get(record.key);
        return call === undefined ? [] : [{ record, ...call }];
      }),
  };
}

/** Groups follow one another, each when the slowest call of the last has ended; milliseconds from the start. */
export function timedGroups({ trace, calls }: Omit<Extract<PlayedCell, { kind: 'played' }>, 'kind'>) {
  let end = 0;
  let next = 0;
  return callGroups(trace).map((group) => {
    const own = calls.slice(next, next + group.length);
    next += group.length;
    const start = end;
    end += Math.max(...group.map(({ serviceMs }) => serviceMs));
    return { start, end, calls: own };
  });
}
