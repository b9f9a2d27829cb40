import { readFileSync } from 'node:fs';
import type { Recorder } from './recorder.ts';

/**
 * After the machine went down, what was journaled in the last moments may be missing from the disk, and
 * with it calls that were sent. No more than `concurrency` can have been in flight, so that many count as
 * made, each at the largest worst case seen in this run.
 * @returns a notice that says so.
 */
export function assumeLostCalls(recorder: Recorder, concurrency: number): string {
  const worst = recorder.state.largestReservation;
  const times = (value: number | undefined): number => concurrency * (value ?? 0);
  const usage = {
    inputTokens: times(worst?.tokensIn),
    outputTokens: times(worst?.tokensOut),
    estimated: true,
  };
  const usd = worst === null ? 0 : worst.usd === null ? null : concurrency * worst.usd;
  recorder.record({ kind: 'calls-assumed', calls: concurrency, usage, usd });
  const tokens = usage.inputTokens + usage.outputTokens;
  return (
    'the machine went down while this run was working, and the last moments of its journal may be lost: ' +
    `${concurrency} calls are counted as possibly spent (at most ${tokens} tokens` +
    `${usd === null ? '' : `, $${usd.toFixed(4)}`})`
  );
}

/** Names the machine's present uptime: it changes with every start. `null` where the system does not tell (not Linux). */
export function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}
