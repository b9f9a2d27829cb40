import { readFileSync } from 'node:fs';
import { ownFile } from '../../core/package-files.ts';
import type { PythonSandbox, PythonValue } from '../grader.ts';
import { type CallResult, runCalls } from '../python-calls.ts';
import { listOf, toPython } from '../python-values.ts';
import { literalOf } from './literals.ts';

const takeApart = readFileSync(ownFile('grading/code-tests/take-apart.py'), 'utf8');
const runner = readFileSync(ownFile('grading/code-tests/runner.py'), 'utf8');

/** An instance's tests, as its gold answer gives them. */
export interface TestsGold {
  /** Test code: statements, a HumanEval `check(candidate)`, `test_…` functions, `unittest` cases. */
  readonly tests: readonly string[];
  /** Name of the function asked for. Default: the first function of the program that the tests call. */
  readonly entryPoint: string | undefined;
  /** Code that stands before the program and before the tests: imports, or HumanEval's prompt. */
  readonly setup: string;
}

/** One statement of the tests. */
interface TestUnit {
  readonly source: string;
  /** The same, going on where an assertion fails: finds the calls of a whole loop at once. */
  readonly lenient: string;
  /** False for imports, definitions and assignments, which count only when they fail. */
  readonly isTest: boolean;
}

/** Tests taken apart into statements. */
export interface TestSuite {
  readonly units: readonly TestUnit[];
  readonly entryPoint: string;
  /** Names that the tests use and only the program can define. */
  readonly names: readonly string[];
  readonly setup: string;
}

/** A call that the tests make of the program. */
export interface WantedCall {
  readonly name: string;
  /** Equal for equal calls. */
  readonly key: string;
  /** `null` when an argument is no plain data, which cannot travel to the program. */
  readonly args: readonly PythonValue[] | null;
  readonly keywords: PythonValue & { readonly type: 'dict' };
}

export interface UnitOutcome {
  readonly status: 'passed' | 'failed' | 'waiting' | 'stopped';
  /** What went wrong, without what was expected. */
  readonly note: string;
  /** The first call that the statement made, as Python shows it; may be empty. */
  readonly firstCall: string;
  readonly wanted: readonly WantedCall[];
}

/** Of a unit that asks for no calls. */
export function decided(status: Exclude<UnitOutcome['status'], 'waiting'>, note = ''): UnitOutcome {
  return { status, note, firstCall: '', wanted: [] };
}

export type Attempt<Value> =
  | { readonly value: Value }
  | { readonly unavailable: string }
  /** The tests themselves are at fault. */
  | { readonly problem: string };

export interface RunLimits {
  readonly timeLimitMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Takes tests apart, in the sandbox for want of a Python parser outside of it. */
export async function prepareSuite(
  gold: TestsGold,
  python: PythonSandbox,
  { timeLimitMs, signal }: RunLimits,
): Promise<Attempt<TestSuite>> {
  const args = [
    listOf(gold.tests.map((text) => toPython(text))),
    toPython(gold.setup),
    toPython(gold.entryPoint ?? null),
  ];
  const calls = [{ function: 'take_apart', args }];
  const outcome = await runCalls(python, { source: takeApart, calls, timeLimitMs }, signal);
  if (outcome.kind === 'unavailable') return { unavailable: outcome.reason };
  const result = outcome.kind === 'ran' ? outcome.results[0] : undefined;
  if (result?.kind === 'raised')
    return { problem: `the tests do not compile: ${result.exception}: ${result.message}` };
  if (result?.kind !== 'returned') return { problem: 'the tests could not be read' };
  const [units, names] = itemsOf(result.value);
  const found = itemsOf(names).map(textOf);
  const entryPoint = gold.entryPoint ?? found[0];
  if (entryPoint === undefined) return { problem: 'the tests call no function that a program could define' };
  const suite = itemsOf(units).map((unit) => {
    const [source, lenient, isTest] = itemsOf(unit);
    return {
      source: textOf(source),
      lenient: textOf(lenient),
      isTest: isTest?.type === 'bool' && isTest.value,
    };
  });
  if (!suite.some((unit) => unit.isTest)) return { problem: 'there is no test among the tests' };
  return { value: { units: suite, entryPoint, names: found, setup: gold.setup } };
}

/** What the program did in a call, for {@link runRound}. */
export interface RecordedCall {
  readonly key: string;
  readonly result: CallResult;
  /** The arguments after the call, where it returned. */
  readonly after: readonly PythonValue[];
}

/**
 * Runs the tests against recorded calls. Where a call is missing the outcomes decide nothing, and the
 * calls `wanted` are to be made.
 * @param speculative whether to go on behind a missing call, so that many are asked for at once.
 */
export async function runRound(
  suite: TestSuite,
  recorded: readonly RecordedCall[],
  speculative: boolean,
  python: PythonSandbox,
  { timeLimitMs, signal }: RunLimits,
): Promise<Attempt<readonly UnitOutcome[]>> {
  const source = [
    runner,
    `SETUP = ${JSON.stringify(suite.setup)}`,
    `UNITS = [${suite.units.map(({ source, lenient }) => `(${JSON.stringify(source)},${JSON.stringify(lenient)})`).join(',')}]`,
    `ENTRY = ${JSON.stringify(suite.entryPoint)}`,
    `NAMES = [${suite.names.map((name) => JSON.stringify(name)).join(',')}]`,
    `SPECULATIVE = ${speculative ? 'True' : 'False'}`,
    ...recorded.map(
      (call) => `RECORDED.setdefault(${JSON.stringify(call.key)}, []).append(${entryOf(call)})`,
    ),
    'begin()',
    '',
  ].join('\n');
  const calls = [
    { function: 'problem', args: [] },
    ...suite.units.map((_, index) => ({ function: 'run', args: [toPython(index)] })),
  ];
  const outcome = await runCalls(python, { source, calls, timeLimitMs }, signal);
  if (outcome.kind === 'unavailable') return { unavailable: outcome.reason };
  if (outcome.kind === 'not-loaded')
    return { problem: `the tests do not load: ${outcome.exception}: ${outcome.message}` };
  const [setup, ...units] = outcome.results;
  if (setup?.kind === 'returned' && setup.value.type === 'str')
    return { problem: `the setup fails: ${setup.value.value}` };
  return { value: units.map(unitOutcome) };
}

function entryOf({ result, after }: RecordedCall): string {
  if (result.kind === 'stopped') return `("unusable", ${JSON.stringify(`stopped (${result.cause})`)})`;
  if (result.kind === 'raised')
    return `("raised", ${JSON.stringify(result.exception)}, ${JSON.stringify(result.message)})`;
  const value = literalOf(result.value);
  if (value === null) return `("unusable", ${JSON.stringify(`returned ${kindOf(result.value)}`)})`;
  // What an argument has become matters only where it is plain data.
  const changed = after.map((item) => literalOf(item) ?? 'None');
  // A function, so that each use gets objects of its own, and data that Python refuses harms one test only.
  return `("returned", lambda: (${value}, [${changed.join(',')}]))`;
}

function kindOf(value: PythonValue): string {
  if (value.type === 'cut') return `a value that is ${value.reason}`;
  return value.type === 'object'
    ? `an object of class ${value.className}`
    : 'a value with objects in it that are no plain data';
}

function unitOutcome(result: CallResult): UnitOutcome {
  if (result.kind === 'stopped') return decided('stopped', `stopped (${result.cause})`);
  if (result.kind === 'raised') return decided('failed', `raised ${result.exception}`);
  const [status, note, firstCall, wanted] = itemsOf(result.value);
  const known = (['passed', 'failed', 'waiting'] as const).find((each) => each === textOf(status));
  return {
    status: known ?? 'failed',
    note: textOf(note),
    firstCall: textOf(firstCall),
    wanted: itemsOf(wanted).map(wantedCall),
  };
}

function wantedCall(value: PythonValue): WantedCall {
  const [name, key, plain] = itemsOf(value);
  const [args, keywords] = itemsOf(plain);
  const isPortable = args !== undefined && keywords?.type === 'dict' && travels(args) && travels(keywords);
  return {
    name: textOf(name),
    key: textOf(key),
    args: isPortable ? itemsOf(args) : null,
    keywords: keywords?.type === 'dict' ? keywords : { type: 'dict', entries: [], className: 'dict' },
  };
}

/** Whether an argument reaches the program as exactly what it was: no subclass, nothing with code in it. */
function travels(value: PythonValue): boolean {
  switch (value.type) {
    case 'list':
    case 'tuple':
    case 'set':
      return [value.type, 'frozenset', 'deque'].includes(value.className) && value.items.every(travels);
    case 'dict':
      return value.className === 'dict' && value.entries.flat().every(travels);
    case 'int':
    case 'float':
    case 'str':
      return value.className === undefined;
    default:
      return literalOf(value) !== null;
  }
}

function itemsOf(value: PythonValue | undefined): readonly PythonValue[] {
  return value?.type === 'list' || value?.type === 'tuple' ? value.items : [];
}

function textOf(value: PythonValue | undefined): string {
  return value?.type === 'str' ? value.value : '';
}
