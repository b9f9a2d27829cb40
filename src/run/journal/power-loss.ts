import { readFileSync } from 'node:fs';
import type { Reservation } from './events.ts';
import type { JournalDamage } from './journal.ts';
import type { Recorder } from './recorder.ts';

/**
 * After the machine went down, what was journaled in the last moments may be missing from the disk, and
 * with it calls that were sent. No more than `concurrency` can have been in flight, so that many count as
 * made, each at the largest worst case seen in this run.
 * @returns a notice that says so.
 */
export function assumeLostCalls(recorder: Recorder, concurrency: number): string {
  return (
    'the machine went down while this run was working, and the last moments of its journal may be lost: ' +
    assume(recorder, concurrency)
  );
}

/**
 * Counts what a damaged journal has lost: calls that it had dispatched, at their worst case. Where nothing tells
 * how many these were, as many as can have been in flight.
 * @param simulated calls cost nothing, and lost ones are made again.
 * @returns a notice that says what was lost.
 */
export function countDamage(
  recorder: Recorder,
  { lost, setAside }: JournalDamage,
  { concurrency, simulated }: { readonly concurrency: number; readonly simulated: boolean },
): string {
  const kept = setAside === undefined ? '' : `; the damaged file is kept as ${setAside}`;
  if (lost === undefined) {
    const told = "the journal's mark is missing or damaged, so nothing tells whether its end is whole";
    const isOver = simulated || recorder.state.phase === 'done';
    return `${told}${isOver ? '' : `: ${assume(recorder, concurrency)}`}${kept}`;
  }
  const { events, calls, tokensIn, tokensOut, usd } = lost;
  if (events === 0) return `the journal was damaged; no event of it is lost${kept}`;
  const what = `the journal was damaged: its last ${events} events are lost, and with them ${calls} calls`;
  if (simulated || calls === 0) return `${what}${calls === 0 ? '' : ', which are made again'}${kept}`;
  const usage = { inputTokens: tokensIn, outputTokens: tokensOut, estimated: true };
  recorder.record({ kind: 'calls-assumed', calls, usage, usd });
  return `${what}, which are counted as spent at their worst case (${amount(tokensIn + tokensOut, usd)})${kept}`;
}

/** What is said of calls that were in flight when a process ended: their worst case counts as spent. */
export function lostCallsText(reserved: readonly Reservation[]): string {
  const tokens = reserved.reduce((sum, { tokensIn, tokensOut }) => sum + tokensIn + tokensOut, 0);
  const usd = reserved.reduce<number | null>(
    (sum, each) => (sum === null || each.usd === null ? null : sum + each.usd),
    0,
  );
  const calls = reserved.length === 1 ? '1 call was' : `${reserved.length} calls were`;
  return `${calls} in flight when the run broke off, and count as spent at their worst case, since the server may bill them (${amount(tokens, usd)})`;
}

function assume(recorder: Recorder, calls: number): string {
  const worst = recorder.state.largestReservation;
  const times = (value: number | undefined): number => calls * (value ?? 0);
  const usage = {
    inputTokens: times(worst?.tokensIn),
    outputTokens: times(worst?.tokensOut),
    estimated: true,
  };
  const usd = worst === null ? 0 : worst.usd === null ? null : calls * worst.usd;
  recorder.record({ kind: 'calls-assumed', calls, usage, usd });
  const tokens = usage.inputTokens + usage.outputTokens;
  return `${calls} calls are counted as possibly spent (${amount(tokens, usd)})`;
}

function amount(tokens: number, usd: number | null): string {
  return `at most ${tokens} tokens${usd === null ? '' : `, $${usd.toFixed(4)}`}`;
}

/** Names the machine's present uptime: it changes with every start. `null` where the system does not tell (not Linux). */
export function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}
