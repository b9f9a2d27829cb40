import { defined } from '../../core/defined.ts';
import type { PathStep } from '../../domain/cell-result.ts';
import type { Measurement } from '../../domain/objective.ts';
import type { CallRecord, Trace } from '../../moa/types.ts';
import type { CallKey } from '../../models/call-key.ts';
import { providerOf } from '../../models/router.ts';

/** A cell's measurement: costs from its trace; `score` is `null` when the cell is unscored. */
export function measurementOf(trace: Trace, score: number | null): Measurement {
  return {
    score,
    latency: trace.latencyMs / 1000,
    tokens: trace.inputTokens + trace.outputTokens,
    usd: trace.usd,
  };
}

/** What is known of the load that calls were served under. */
export interface CallLoads {
  /** Whether calls beside each other at the model's provider slow each other down. */
  slowsUnderLoad(model: string): boolean;
  /** When the answer to a call was complete, in ms of the run; `undefined` where another run paid for it. */
  servedAt(key: CallKey): number | undefined;
}

/** The slowest call of each group of calls side by side; `undefined` where no provider of theirs slows down. */
export function pathOf(trace: Trace, loads: CallLoads | undefined): PathStep[] | undefined {
  if (loads === undefined || !trace.calls.some(({ model }) => loads.slowsUnderLoad(model))) return undefined;
  return callGroups(trace).map((group) => {
    const slowest = group.reduce((most, call) => (call.serviceMs > most.serviceMs ? call : most));
    const provider = providerOf(slowest.model);
    return {
      seconds: slowest.serviceMs / 1000,
      provider,
      outputTokens: slowest.usage?.outputTokens ?? 0,
      own: group.filter(({ model }) => providerOf(model) === provider).length,
      ...(slowest.outcome === 'failed'
        ? {}
        : { model: slowest.model, ...defined({ until: loads.servedAt(slowest.key) }) }),
    };
  });
}

/** A trace's calls: groups one after the other, those of a group side by side. */
export function callGroups({ calls }: Pick<Trace, 'calls'>): CallRecord[][] {
  const groups: CallRecord[][] = [];
  let before: CallRecord | undefined;
  for (const call of calls) {
    // Calls of one stage, round and iteration stand next to each other in a trace.
    if (before?.stage === call.stage && before.round === call.round) groups.at(-1)?.push(call);
    else groups.push([call]);
    before = call;
  }
  return groups;
}
