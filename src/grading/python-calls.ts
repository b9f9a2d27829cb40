import { defined } from '../core/defined.ts';
import type { PythonCallOutcome, PythonJob, PythonOutcome, PythonSandbox } from './grader.ts';

/** A call's outcome, or that the sandbox stopped the program before the call had ended. */
export type CallResult =
  | PythonCallOutcome
  | { readonly kind: 'stopped'; readonly cause: StopCause; readonly message: string };
type StopCause = Extract<PythonOutcome, { kind: 'stopped' }>['cause'];

export type CallsOutcome =
  | { readonly kind: 'ran'; readonly results: readonly CallResult[] }
  | Extract<PythonOutcome, { kind: 'not-loaded' | 'unavailable' }>;

/** For {@link ScoredGrade}: whether a call was stopped by the time limit. */
export function timedOut(results: readonly CallResult[]): { readonly timedOut?: true } {
  return results.some((result) => result.kind === 'stopped' && result.cause === 'time')
    ? { timedOut: true }
    : {};
}

/** What a program raised, said to those who wrote it. */
export function describeException({ exception, message }: { exception: string; message: string }): string {
  const module = exception === 'ModuleNotFoundError' ? /'([\w.]{1,80})'/.exec(message)?.[1] : undefined;
  return module === undefined
    ? `${exception}: ${message.slice(0, 200)}`
    : `${exception}: imports ${module.split('.')[0]}, which the sandbox does not have`;
}

/**
 * Shares of the time limit for the first job and for those that replace a stopped one.
 */
const jobShares = [0.4, 0.15, 0.15, 0.15] as const;

/**
 * Runs all calls of a program within one time limit. A call that never ends costs its own result, not
 * the others': the program is loaded again and goes on with the call after it, for as long as shares of
 * the limit are left. Two stops in a row without a finished call between them end the matter, as does a
 * violation: a program that hangs everywhere is not asked thirteen times.
 */
export async function runCalls(
  python: PythonSandbox,
  job: Required<PythonJob>,
  signal: AbortSignal | undefined,
): Promise<CallsOutcome> {
  const results: CallResult[] = [];
  let last: { readonly cause: StopCause; readonly message: string } = { cause: 'time', message: '' };
  let stalled = false;
  for (const share of jobShares) {
    const calls = job.calls.slice(results.length);
    const timeLimitMs = Math.max(1, Math.floor(job.timeLimitMs * share));
    const options = defined({ signal });
    const outcome = await python.run({ source: job.source, calls, timeLimitMs }, options);
    if (outcome.kind === 'unavailable') return outcome;
    if (outcome.kind === 'not-loaded') {
      if (results.length === 0) return outcome;
      // A program that loaded once and then does not is judged by what it showed.
      last = { cause: 'crash', message: outcome.message };
      break;
    }
    results.push(...outcome.calls.slice(0, calls.length));
    if (results.length === job.calls.length) break;
    if (outcome.kind === 'ran') {
      return { kind: 'unavailable', reason: 'the sandbox reported fewer calls than were asked for' };
    }
    last = outcome;
    results.push({ kind: 'stopped', cause: outcome.cause, message: outcome.message });
    const noProgress = outcome.calls.length === 0;
    if (results.length === job.calls.length || outcome.cause === 'violation' || (noProgress && stalled))
      break;
    stalled = noProgress;
  }
  return { kind: 'ran', results: padded(results, job.calls.length, last) };
}

function padded(
  results: readonly CallResult[],
  length: number,
  { cause, message }: { readonly cause: StopCause; readonly message: string },
): CallResult[] {
  const missing = Array.from(
    { length: length - results.length },
    () => ({ kind: 'stopped', cause, message }) as const,
  );
  return [...results, ...missing];
}
