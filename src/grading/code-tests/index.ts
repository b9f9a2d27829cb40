import { z } from 'zod';
import { canonicalJson } from '../../core/canonical-json.ts';
import { defined } from '../../core/defined.ts';
import { isRecord } from '../../core/records.ts';
import { ok } from '../../core/result.ts';
import { splitThinking } from '../../core/thinking.ts';
import {
  type Check,
  type Grade,
  graderFailed,
  type ScoredGrade,
  scored,
  unscored,
} from '../../domain/grade.ts';
import type { Instance } from '../../domain/task.ts';
import { cleanText } from '../extraction/clean.ts';
import { extractPythonCode, extractPythonFunction } from '../extraction/python-function.ts';
import type { ImportedRow } from '../gold-form.ts';
import type { GradeRequest, Grader, PythonSandbox } from '../grader.ts';
import { type GraderKind, parseOptions } from '../grader-kind.ts';
import { goldAs, oneOrMore, quoted, type ValueOrProblem, withOverrides } from '../text-graders/define.ts';
import { runInside } from './inside.ts';
import { judgeProgram, type ProgramVerdict } from './judge-program.ts';
import {
  type Attempt,
  decided,
  prepareSuite,
  type RunLimits,
  runRound,
  type TestSuite,
  type TestsGold,
  type UnitOutcome,
} from './suite.ts';

const codeTestsOptions = z.strictObject({
  name: z.literal('code-tests'),
  /** `all`: 1 when every test passes, else 0 (pass@1). `share`: the share of tests that pass. */
  scoring: z.enum(['all', 'share']).default('all'),
  /** Time of the program's own for its calls, and again of the tests. See docs/python-sandbox.md. */
  timeLimitMs: z.int().min(100).max(600_000).default(10_000),
  /**
   * What becomes of tests that hand over what is no plain data (a function, an object): `unscored`, or
   * `inside`: they run beside the program, where a hostile one can make them pass.
   */
  otherwise: z.enum(['unscored', 'inside']).default('unscored'),
});
type CodeTestsOptions = z.infer<typeof codeTestsOptions>;

const tests = oneOrMore(z.string().regex(/\S/));
const suiteShape = z.looseObject({
  tests,
  entryPoint: z.string().optional(),
  entry_point: z.string().optional(),
  setup: z.string().optional(),
});
const goldShape = z.union([tests.transform((tests) => ({ tests })), suiteShape]);
const identifier = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/** Programs longer than this are not run; the longest sound answers have some thousand characters. */
const longestProgram = 1_000_000;
const mostSuites = 2_000;
/** Least time for taking tests apart, which no program has a part in. */
const preparationMs = 60_000;

/** A suite, and its first run, which is the same for every program. */
interface Prepared {
  readonly suite: TestSuite;
  readonly firstRound: readonly UnitOutcome[];
}

/**
 * Grades Python programs by unit tests. The program and the tests never share an interpreter: see
 * {@link judgeProgram}.
 */
function createCodeTestsGrader(options: CodeTestsOptions, python: PythonSandbox): Grader {
  const suites = new Map<string, Prepared>();
  const preparedFor = async (gold: TestsGold, limits: RunLimits): Promise<Attempt<Prepared>> => {
    const key = canonicalJson({ ...gold, entryPoint: gold.entryPoint ?? null });
    const known = suites.get(key);
    if (known !== undefined) return { value: known };
    const fresh = await prepare(gold, python, limits);
    if ('value' in fresh) {
      if (suites.size >= mostSuites) suites.clear();
      suites.set(key, fresh.value);
    }
    return fresh;
  };
  return {
    name: options.name,
    revision: `code-tests/2 ${JSON.stringify(options)}`,
    sandbox: python.tier,
    grade: async (request) => {
      const own = withOverrides(codeTestsOptions, options, request.overrides);
      if ('problem' in own) return unscored(own.problem);
      const gold = testsOf(request.instance);
      if ('problem' in gold) return unscored(gold.problem);
      const limits = { timeLimitMs: own.value.timeLimitMs, signal: request.signal };
      const prepared = await preparedFor(gold.value, limits);
      if ('unavailable' in prepared) return graderFailed(`sandbox: ${prepared.unavailable}`);
      if ('problem' in prepared) return unscored(`instance ${request.instance.id}: ${prepared.problem}`);
      return gradeAnswer(request, prepared.value, own.value, python);
    },
  };
}

function testsOf(instance: Instance): ValueOrProblem<TestsGold> {
  const gold = goldAs(instance, goldShape);
  if ('problem' in gold) return gold;
  const { tests, entryPoint, entry_point, setup = '' }: z.infer<typeof suiteShape> = gold.value;
  const name = entryPoint ?? entry_point;
  if (name !== undefined && !identifier.test(name)) {
    return { problem: `instance ${instance.id}: entryPoint ${quoted(name)} is no Python name` };
  }
  return { value: { tests, entryPoint: name, setup } };
}

async function prepare(
  gold: TestsGold,
  python: PythonSandbox,
  limits: RunLimits,
): Promise<Attempt<Prepared>> {
  const patient = { ...limits, timeLimitMs: Math.max(limits.timeLimitMs, preparationMs) };
  const suite = await prepareSuite(gold, python, patient);
  if (!('value' in suite)) return suite;
  const firstRound = await runRound(suite.value, [], true, python, patient);
  if (!('value' in firstRound)) return firstRound;
  const broken = suite.value.units.findIndex(
    ({ source }, index) => /^(?:import|from) /.test(source) && firstRound.value[index]?.status === 'failed',
  );
  if (broken >= 0) return { problem: `the tests cannot run: ${firstRound.value[broken]?.note}` };
  return { value: { suite: suite.value, firstRound: firstRound.value } };
}

async function gradeAnswer(
  { answer, instance, signal }: GradeRequest,
  { suite, firstRound }: Prepared,
  options: CodeTestsOptions,
  python: PythonSandbox,
): Promise<Grade> {
  const program = programIn(answer, suite);
  if (program === null) {
    return scored(0, `The answer holds no Python code that defines ${suite.entryPoint}.`);
  }
  if (program.length > longestProgram) {
    return scored(0, `The program is longer than ${longestProgram} characters.`);
  }
  const limits = { timeLimitMs: options.timeLimitMs, signal };
  let verdict = await judgeProgram(suite, program, firstRound, python, limits);
  if (verdict.kind === 'not-plain' && options.otherwise === 'inside') {
    verdict = await runInside(suite, program, python, limits);
  }
  return gradeOf(verdict, suite, options, instance);
}

/**
 * The setup and the answer's code. An answer that is nothing but an indented function body goes on where
 * the setup (a prompt with a signature) ends, as completions do.
 */
function programIn(answer: string, suite: TestSuite): string | null {
  const code = extractPythonFunction(answer, suite.entryPoint);
  if (code !== null) return `${suite.setup}\n${code}`;
  if (answer.length > longestProgram) return null;
  const text = splitThinking(cleanText(answer)).answer;
  const isBody =
    /[ \t]/.test(text.charAt(text.search(/\S/) - 1)) &&
    !text.includes('```') &&
    suite.setup.includes(`def ${suite.entryPoint}`);
  if (isBody) return `${suite.setup.trimEnd()}\n${text}\n`;
  // Something that defines no such function: it fails by name, and says so.
  const other = extractPythonCode(answer);
  return other === null ? null : `${suite.setup}\n${other}`;
}

function gradeOf(
  verdict: ProgramVerdict,
  suite: TestSuite,
  options: CodeTestsOptions,
  instance: Instance,
): Grade {
  switch (verdict.kind) {
    case 'unscored':
      return graderFailed(verdict.reason);
    case 'not-plain':
      return unscored(
        `instance ${instance.id}: a test hands over what is no plain data: ${verdict.call}; the option "otherwise: inside" runs such tests beside the program`,
      );
    case 'fails':
      return gradeChecks(
        suite.units.map(() => decided('failed', verdict.reason)),
        suite,
        options,
      );
    case 'judged':
      return {
        ...gradeChecks(verdict.units, suite, options),
        ...(verdict.timedOut === true ? { timedOut: true } : {}),
      };
  }
}

function gradeChecks(
  units: readonly UnitOutcome[],
  suite: TestSuite,
  options: CodeTestsOptions,
): ScoredGrade {
  const checks: Check[] = [];
  for (const [index, unit] of suite.units.entries()) {
    const outcome = units[index];
    const passed = outcome?.status === 'passed';
    // What only prepares a test counts when it fails.
    if (!unit.isTest && passed) continue;
    const name = unit.isTest ? `test ${checks.length + 1}` : `before test ${checks.length + 1}`;
    checks.push({ name, points: passed ? 1 : 0, max: 1, passed, note: passed ? '' : noteOf(outcome) });
  }
  const points = checks.filter((check) => check.passed).length;
  const max = checks.length;
  const value = options.scoring === 'share' ? points / max : Number(points === max);
  const lost = checks.filter((check) => !check.passed);
  const lines = [...new Set(lost.map((check) => check.note))].slice(0, 5).map((note) => `- ${note}`);
  const feedback = [`${points} of ${max} tests pass.`, ...lines].join('\n');
  return { kind: 'scored', value, points, max, checks, feedback };
}

function noteOf(outcome: UnitOutcome | undefined): string {
  const call = outcome?.firstCall ? `a test that calls ${outcome.firstCall}` : 'a test';
  return `${call} fails${outcome?.note ? `: ${outcome.note}` : ''}`;
}

const testText = (value: unknown): boolean => typeof value === 'string' && /\bassert\w*\b/.test(value);
const isTests = (gold: unknown): boolean =>
  testText(gold) ||
  (Array.isArray(gold) &&
    gold.length > 0 &&
    gold.every((test) => typeof test === 'string') &&
    gold.some(testText)) ||
  (isRecord(gold) && 'tests' in gold && isTests(gold.tests));

/** The tests with what data sets of programming problems keep beside them. */
function toGold(gold: unknown, { values, input }: ImportedRow): unknown {
  if (isRecord(gold)) return gold;
  const { entry_point: entryPoint, setup = values.test_setup_code } = values;
  // HumanEval asks to complete a function whose head and imports stand in the question.
  const isCompletion =
    typeof input === 'string' && typeof entryPoint === 'string' && input.includes(`def ${entryPoint}(`);
  const before = typeof setup === 'string' && setup.trim() !== '' ? setup : isCompletion ? input : undefined;
  return {
    tests: typeof gold === 'string' ? [gold] : gold,
    ...(typeof entryPoint === 'string' ? { entry_point: entryPoint } : {}),
    ...defined({ setup: before }),
  };
}

export const codeTestsGrader: GraderKind = {
  name: 'code-tests',
  needsGold: () => true,
  scores: ({ scoring }) => (scoring === 'share' ? 'shares' : 'pass-or-fail'),
  learned: 'repair',
  gold: {
    answer: 'code',
    expected: 'Python tests: assert statements, or an object with "tests"',
    fits: isTests,
    prompt: () =>
      '{{input}}\n\nAnswer with Python code only, whole functions with their imports: no explanation, no Markdown.',
    asAnswer: 'none',
    toGold,
    // Without a name for the function asked for, only a test shows how it is called.
    hint: (gold, { values }) =>
      values.entry_point === undefined && Array.isArray(gold) && gold.length > 1
        ? `\n\nOne of the tests that it has to pass:\n${gold[0]}`
        : '',
  },
  create: (spec, { python }, source) => {
    const parsed = parseOptions(codeTestsOptions, spec, source);
    return parsed.ok ? ok(createCodeTestsGrader(parsed.value, python)) : parsed;
  },
};
