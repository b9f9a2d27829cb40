import type { PythonSandbox, PythonValue } from '../grader.ts';
import { type CallResult, describeException, runCalls, timedOut } from '../python-calls.ts';
import { toPython } from '../python-values.ts';
import { literalOf } from './literals.ts';
import {
  type RecordedCall,
  type RunLimits,
  runRound,
  type TestSuite,
  type UnitOutcome,
  type WantedCall,
} from './suite.ts';

/** Rounds of "run the tests, make the calls they ask for" after which tests count as never ending. */
const mostRounds = 40;
/** UTF-16 units of results that one program may make the tests read. */
const mostRecorded = 8_000_000;

export type ProgramVerdict =
  | { readonly kind: 'judged'; readonly units: readonly UnitOutcome[]; readonly timedOut?: true }
  /** The program earns nothing, for one reason. */
  | { readonly kind: 'fails'; readonly reason: string }
  | { readonly kind: 'unscored'; readonly reason: string }
  /** A test hands over what is no plain data. */
  | { readonly kind: 'not-plain'; readonly call: string };

/**
 * Judges a program by tests that never meet it: program and tests run in turn, each in a sandbox of its
 * own, until every call that the tests make has been made. The program loads anew in each turn, so what
 * it keeps between calls is kept within a turn only; most tests need one.
 */
export async function judgeProgram(
  suite: TestSuite,
  program: string,
  firstRound: readonly UnitOutcome[],
  python: PythonSandbox,
  limits: RunLimits,
): Promise<ProgramVerdict> {
  const recorded: RecordedCall[] = [];
  let units = firstRound;
  let speculative = true;
  const hasLenient = suite.units.some(({ source, lenient }) => lenient !== source);
  for (let round = 0; round < mostRounds; round++) {
    const wanted = units.flatMap((unit) => unit.wanted);
    const foreign = wanted.find((call) => call.args === null);
    if (foreign !== undefined) return { kind: 'not-plain', call: foreign.key.slice(0, 200) };
    if (wanted.length > 0) {
      const made = await makeCalls(program, wanted, python, limits);
      if ('verdict' in made) return made.verdict;
      recorded.push(...made.calls);
      if (sizeOf(recorded) > mostRecorded) return { kind: 'fails', reason: 'the results are too large' };
    } else if (!speculative || !(hasLenient || units.some(isStopped))) {
      return { kind: 'judged', units, ...timedOut(recorded.map(({ result }) => result)) };
    }
    // A test that does not end while it goes on behind missing values is led call by call, and assertions
    // that could not fail decide nothing.
    if (wanted.length === 0 || units.some(isStopped)) speculative = false;
    const next = await runRound(suite, recorded, speculative, python, limits);
    if ('unavailable' in next) return { kind: 'unscored', reason: `sandbox: ${next.unavailable}` };
    if ('problem' in next) return { kind: 'fails', reason: next.problem };
    units = next.value;
  }
  return { kind: 'fails', reason: 'the tests do not come to an end with what the program returns' };
}

function isStopped(unit: UnitOutcome): boolean {
  return unit.status === 'stopped';
}

const callerName = 'mixtune_call';
/**
 * Calls with what a job's own calls cannot carry, written as a literal. It stands in the program's
 * interpreter: what a program does to it changes that program's results only.
 */
const caller = `
def ${callerName}(name, text):
    args, keywords = eval(text)
    return [globals()[name](*args, **keywords), args]
`;

async function makeCalls(
  program: string,
  wanted: readonly WantedCall[],
  python: PythonSandbox,
  { timeLimitMs, signal }: RunLimits,
): Promise<{ readonly calls: readonly RecordedCall[] } | { readonly verdict: ProgramVerdict }> {
  const literals = wanted.map((call) => (isSimple(call) ? null : literalOfCall(call)));
  const calls = wanted.map(({ name, args }, index) => {
    const literal = literals[index] ?? null;
    return literal === null
      ? { function: name, args: args ?? [] }
      : { function: callerName, args: [toPython(name), toPython(literal)] };
  });
  const source = literals.every((literal) => literal === null) ? program : `${program}\n${caller}`;
  const outcome = await runCalls(python, { source, calls, timeLimitMs }, signal);
  if (outcome.kind === 'unavailable')
    return { verdict: { kind: 'unscored', reason: `sandbox: ${outcome.reason}` } };
  if (outcome.kind === 'not-loaded') {
    const reason = `the program does not load: ${describeException(outcome)}`;
    return { verdict: { kind: 'fails', reason } };
  }
  return {
    calls: wanted.map(({ key }, index) => {
      const result = outcome.results[index] ?? missing;
      if (result.kind !== 'returned') return { key, result, after: [] };
      if (literals[index] === null) return { key, result, after: result.argsAfter };
      const [value, after] = result.value.type === 'list' ? result.value.items : [];
      return {
        key,
        result: value === undefined ? missing : { ...result, value },
        after: after?.type === 'list' ? after.items : [],
      };
    }),
  };
}

/** What the sandbox passes on as it is: positional arguments made of what JSON and its tags can say. */
function isSimple({ args, keywords }: WantedCall): boolean {
  return keywords.entries.length === 0 && (args ?? []).every(isTagged);
}

function isTagged(value: PythonValue): boolean {
  if (value.type === 'object' || value.type === 'cut') return false;
  if ('items' in value) return value.className === value.type && value.items.every(isTagged);
  return !('entries' in value) || value.entries.flat().every(isTagged);
}

function literalOfCall({ args, keywords }: WantedCall): string {
  return `([${(args ?? []).map(literalOf).join(',')}],${literalOf(keywords)})`;
}

const missing: CallResult = { kind: 'stopped', cause: 'crash', message: 'not run' };

function sizeOf(recorded: readonly RecordedCall[]): number {
  let size = 0;
  const add = (value: PythonValue): void => {
    size += 8;
    if ('items' in value) value.items.forEach(add);
    else if ('entries' in value) value.entries.flat().forEach(add);
    else if ('value' in value && typeof value.value === 'string') size += value.value.length;
  };
  for (const { result, after } of recorded) {
    if (result.kind === 'returned') add(result.value);
    after.forEach(add);
  }
  return size;
}
