import type { Measurement } from '../domain/objective.ts';
import type { PathStep } from '../domain/provider-load.ts';
import type { CallRecord, Trace } from '../moa/types.ts';
import type { CallKey } from '../models/call-key.ts';
import { providerOf } from '../models/router.ts';

/** A cell's measurement: costs from its trace; `score` is `null` when the cell is unscored. */
export function measurementOf(trace: Trace, score: number | null): Measurement {
  return {
    score,
    latency: trace.latencyMs / 1000,
    tokens: trace.inputTokens + trace.outputTokens,
    usd: trace.usd,
  };
}

/** The slowest call of each group of calls side by side; `undefined` where the load of any is unknown. */
export function pathOf(
  { calls }: Trace,
  loadOf: ((key: CallKey) => number | undefined) | undefined,
): PathStep[] | undefined {
  if (loadOf === undefined) return undefined;
  const groups: CallRecord[][] = [];
  for (const call of calls) {
    const before = groups.at(-1)?.[0];
    if (before?.stage === call.stage && before.round === call.round) groups.at(-1)?.push(call);
    else groups.push([call]);
  }
  const path: PathStep[] = [];
  for (const group of groups) {
    const slowest = group.reduce((most, call) => (call.serviceMs > most.serviceMs ? call : most));
    // A call that failed tells of no load; it is as if it had been alone.
    const inFlight = slowest.outcome === 'failed' ? 1 : loadOf(slowest.key);
    if (inFlight === undefined) return undefined;
    const provider = providerOf(slowest.model);
    const own = group.filter(({ model }) => providerOf(model) === provider).length;
    path.push({ provider, seconds: slowest.serviceMs / 1000, inFlight, own });
  }
  return path;
}
