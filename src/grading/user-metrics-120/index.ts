import { z } from 'zod';
import { remembered } from '../../core/remembered.ts';
import { ok } from '../../core/result.ts';
import { type Check, type Grade, graderFailed, type ScoredGrade, unscored } from '../../domain/grade.ts';
import { extractPythonFunction } from '../extraction/python-function.ts';
import type { GradeRequest, Grader, PythonSandbox } from '../grader.ts';
import { type GraderKind, parseOptions } from '../grader-kind.ts';
import {
  type CallResult,
  type CallsOutcome,
  describeException,
  runCalls,
  timedOut,
} from '../python-calls.ts';
import { withOverrides } from '../text-graders/define.ts';
import { functionName } from './inputs.ts';
import { type CheckName, checkNames, maxPoints, type RubricCheck, rubric } from './rubric.ts';
import { createTwins, type Twin } from './strict.ts';

export const userMetricsOptions = z.strictObject({
  name: z.literal('user-metrics-120'),
  /** `workshop`: the rubric's own inputs; `strict`: seeded random twins of them. */
  scoring: z.enum(['workshop', 'strict']).default('workshop'),
  /** Seed of the twins. */
  seed: z.int().default(1),
  /** Time of the program's own, for all inputs. See docs/python-sandbox.md. */
  timeLimitMs: z.int().min(100).max(600_000).default(5_000),
});
export type UserMetricsOptions = z.infer<typeof userMetricsOptions>;

/** Programs longer than this are not run; the longest sound answers have some thousand characters. */
const longestProgram = 1_000_000;

/** Least points for each letter, of 120. */
const letters = [
  ['A', 108],
  ['B', 96],
  ['C', 84],
  ['D', 72],
] as const;

function letterOf(points: number): string {
  return letters.find(([, least]) => points >= least)?.[0] ?? 'F';
}

/**
 * Grades an answer to the 120-point code challenge: a Python function, run in the sandbox on the rubric's
 * inputs (or their twins) and judged here.
 *
 * A call that the sandbox stops (an endless loop, too much memory) neither returned nor raised: its check
 * earns nothing, also where raising would earn something. See `runCalls` for what becomes of the rest.
 */
export function createUserMetricsGrader(options: UserMetricsOptions, python: PythonSandbox): Grader {
  const twinSets = new Map<number, ReturnType<typeof createTwins>>();
  const twinsOf = (seed: number) => remembered(twinSets, seed, () => createTwins(seed));
  return {
    name: options.name,
    revision: `user-metrics-120/2 ${options.scoring} seed=${options.seed} limit=${options.timeLimitMs}`,
    sandbox: python.tier,
    grade: async (request) => {
      const own = withOverrides(userMetricsOptions, options, request.overrides);
      if ('problem' in own) return unscored(own.problem);
      const { scoring, seed } = own.value;
      const plans = plansOf(scoring === 'workshop' ? undefined : twinsOf(seed));
      return gradeProgram(request, plans, own.value, python);
    },
  };
}

/** A check as calls to make and a way to turn their results into a verdict. */
interface CheckPlan {
  readonly name: CheckName;
  readonly check: RubricCheck;
  readonly calls: RubricCheck['calls'];
  judge(results: readonly CallResult[]): { readonly points: number; readonly note: string };
}

/** @param twins in place of the rubric's own inputs */
function plansOf(twins: ReturnType<typeof createTwins> | undefined): CheckPlan[] {
  return checkNames.map((name) => {
    const check: RubricCheck = rubric[name];
    const own = twins?.get(name);
    const calls = own === undefined ? check.calls : own.flatMap((twin) => twin.calls);
    return {
      name,
      check,
      // Telling what became of a hundred users costs more than the call.
      calls: calls.map((call) => ({ ...call, argsAfter: name === 'doesnt_mutate_input' })),
      judge: (results) =>
        own === undefined ? check.judge(results, check.calls) : judgeTwins(check, own, results),
    };
  });
}

function judgeTwins(check: RubricCheck, twins: readonly Twin[], results: readonly CallResult[]) {
  let start = 0;
  const problems: string[] = [];
  for (const twin of twins) {
    const problem = twin.problem(results.slice(start, start + twin.calls.length));
    if (problem !== undefined) problems.push(problem);
    start += twin.calls.length;
  }
  const [first] = problems;
  if (first === undefined) return { points: check.max, note: `holds on all ${twins.length} variations` };
  return { points: 0, note: `fails on ${problems.length} of ${twins.length} variations: ${first}` };
}

async function gradeProgram(
  request: GradeRequest,
  plans: readonly CheckPlan[],
  options: UserMetricsOptions,
  python: PythonSandbox,
): Promise<Grade> {
  const source = extractPythonFunction(request.answer, functionName);
  if (source === null) return zeroGrade(plans, `the answer holds no Python function ${functionName}`);
  if (source.length > longestProgram) {
    return zeroGrade(plans, `the program is longer than ${longestProgram} characters`);
  }
  const calls = plans.flatMap((plan) => plan.calls);
  const outcome = await runCalls(python, { source, calls, timeLimitMs: options.timeLimitMs }, request.signal);
  return gradeOutcome(plans, outcome);
}

function gradeOutcome(plans: readonly CheckPlan[], outcome: CallsOutcome): Grade {
  if (outcome.kind === 'unavailable') return graderFailed(`sandbox: ${outcome.reason}`);
  if (outcome.kind === 'not-loaded') {
    return zeroGrade(plans, `the program does not load: ${describeException(outcome)}`);
  }
  let start = 0;
  const checks = plans.map((plan) => {
    const results = outcome.results.slice(start, start + plan.calls.length);
    start += plan.calls.length;
    return checkOf(plan, plan.judge(results));
  });
  return { ...scored(checks, feedbackOf(checks)), ...timedOut(outcome.results) };
}

function checkOf(
  { name, check }: CheckPlan,
  verdict: { readonly points: number; readonly note: string },
): Check {
  const passed = verdict.points >= (check.passesFrom ?? check.max);
  return { name, points: verdict.points, max: check.max, passed, note: verdict.note };
}

function zeroGrade(plans: readonly CheckPlan[], reason: string): Grade {
  return scored(
    plans.map((plan) => checkOf(plan, { points: 0, note: reason })),
    `0 of ${maxPoints} points: ${reason}.`,
  );
}

function scored(checks: Check[], feedback: string): ScoredGrade {
  const points = checks.reduce((sum, check) => sum + check.points, 0);
  return {
    kind: 'scored',
    value: points / maxPoints,
    points,
    max: maxPoints,
    letter: letterOf(points),
    checks,
    feedback,
  };
}

function feedbackOf(checks: readonly Check[]): string {
  const points = checks.reduce((sum, check) => sum + check.points, 0);
  const lost = checks.filter((check) => check.points < check.max);
  const lines = lost.map((check) => `- ${check.name} ${check.points}/${check.max}: ${check.note}`);
  return [`${points} of ${maxPoints} points.`, ...lines].join('\n');
}

export const userMetricsGrader: GraderKind = {
  name: 'user-metrics-120',
  needsGold: () => false,
  gold: { answer: 'code', expected: 'a gold answer', fits: () => true, asAnswer: 'none' },
  scores: () => 'shares',
  learned: 'challenge',
  points: maxPoints,
  create: (spec, { python }, source) => {
    const parsed = parseOptions(userMetricsOptions, spec, source);
    return parsed.ok ? ok(createUserMetricsGrader(parsed.value, python)) : parsed;
  },
};
