import { defined } from '../../core/defined.ts';
import type { PythonSandbox } from '../grader.ts';
import { describeException } from '../python-calls.ts';
import type { ProgramVerdict } from './judge-program.ts';
import { decided, type RunLimits, type TestSuite, type UnitOutcome } from './suite.ts';

/**
 * Runs the tests beside the program, in its namespace: for tests that hand over functions or objects. A
 * hostile program can make them pass, by patching what they compare with or by returning objects that
 * equal everything.
 */
export async function runInside(
  suite: TestSuite,
  program: string,
  python: PythonSandbox,
  { timeLimitMs, signal }: RunLimits,
): Promise<ProgramVerdict> {
  const expressions = suite.units.map((unit) => unit.source);
  const outcome = await python.run(
    { source: program, calls: [], expressions, timeLimitMs },
    defined({ signal }),
  );
  if (outcome.kind === 'unavailable') return { kind: 'unscored', reason: `sandbox: ${outcome.reason}` };
  if (outcome.kind === 'not-loaded') {
    const reason = `the program does not load: ${describeException(outcome)}`;
    return { kind: 'fails', reason };
  }
  const stop = outcome.kind === 'stopped' ? `stopped (${outcome.cause})` : 'not run';
  return {
    kind: 'judged',
    ...(outcome.kind === 'stopped' && outcome.cause === 'time' ? { timedOut: true } : {}),
    units: expressions.map((_, index): UnitOutcome => {
      const result = outcome.calls[index];
      if (result === undefined) return decided('failed', stop);
      if (result.kind === 'returned') return decided('passed');
      return decided('failed', result.exception === 'AssertionError' ? '' : `raised ${result.exception}`);
    }),
  };
}
