import type { Measurement } from '../domain/objective.ts';
import type { Trace } from '../moa/types.ts';

/** A cell's measurement: costs from its trace; `score` is `null` when the cell is unscored. */
export function measurementOf(trace: Trace, score: number | null): Measurement {
  return {
    score,
    latency: trace.latencyMs / 1000,
    tokens: trace.inputTokens + trace.outputTokens,
    usd: trace.usd,
  };
}
