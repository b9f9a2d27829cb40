import type { JudgingCost } from '../../analysis/reproduce/judging-cost.ts';
import { defined } from '../../core/defined.ts';
import type { Budget } from '../../domain/budget.ts';
import type { Cell } from '../../domain/cell.ts';
import type { CellResult } from '../../domain/cell-result.ts';
import {
  gradingCost,
  type MeasuringPlan,
  measuringPlanText,
  measuringProgressText,
} from '../../report/measuring-text.ts';
import { plannedCalls } from '../../run/calls/planned-calls.ts';
import type { BestFile } from '../../run/folder/lock-schema.ts';
import type { CliContext } from '../context.ts';
import type { WorstCost } from './jobs/start.ts';

/** Where nobody can see a line change, one is written so often while something is measured, in ms. */
const patience = 30_000;

/** To be called with each answer that is in. */
export type OnCell = (done: number, of: number, result: CellResult | undefined) => void;

/**
 * Says on stderr what is going to be measured, then while it is how far: in place on a terminal, now and then
 * elsewhere.
 */
export async function whileShown<Value>(
  context: CliContext,
  what: string,
  plan: MeasuringPlan,
  measure: (onCell: OnCell) => Promise<Value>,
): Promise<Value> {
  const { stderr, clock } = context;
  const remark = plan.remark === undefined ? '' : ` ${plan.remark}`;
  stderr.paragraph(`${what}: ${measuringPlanText(plan)}.${remark}`);
  const begun = clock.now();
  const isTerminal = stderr.isTTY === true;
  let told = begun;
  const spent: { tokens: number | null; usd: number | null } = { tokens: 0, usd: 0 };
  const add = (sum: number | null, value: number | null): number | null =>
    sum === null || value === null ? null : sum + value;
  const onCell: OnCell = (done, of, result) => {
    if (result !== undefined) {
      spent.tokens = add(spent.tokens, result.measurement.tokens);
      spent.usd = add(spent.usd, result.measurement.usd);
    }
    const now = clock.now();
    const isDue = now - told >= (isTerminal ? 100 : patience);
    if (!isDue || plan.simulated) return;
    told = now;
    const text = measuringProgressText({ done, of, seconds: (now - begun) / 1000, ...spent }, plan.budget);
    if (isTerminal) stderr.raw.write(`\r${text}\u001b[K`);
    else stderr.line(text);
  };
  try {
    return await measure(onCell);
  } finally {
    if (isTerminal && told > begun) stderr.raw.write('\r\u001b[K');
  }
}

/**
 * What measuring a claim again takes, by the claim's own figures.
 * @param gradingCalls of one answer
 * @param judging what each of them took in the run, where it is here
 */
export function planOfClaim(
  { member, claims }: BestFile,
  split: Cell['split'],
  {
    answers,
    gradingCalls,
    judging,
    simulated,
  }: { answers: number; gradingCalls: number; judging: JudgingCost | undefined; simulated: boolean },
): MeasuringPlan {
  const { tokens, usd } = claims[split]?.objectives ?? member.objectives;
  const grading = Math.round(answers * gradingCalls);
  const calls = answers * plannedCalls(member.config) + grading;
  return {
    answers,
    simulated,
    calls,
    grading,
    ...defined({ eachGrading: judging }),
    each: { tokens: tokens.mean, usd: usd.mean },
  };
}

/** At most: no ceiling is passed. */
export function worstCostOf(plan: MeasuringPlan, { maxCalls, maxUsd }: Budget): WorstCost {
  const { answers, calls, each } = plan;
  const judged = gradingCost(plan).usd;
  const usd = each?.usd == null || judged === null ? null : answers * each.usd + judged;
  return {
    calls: Math.min(calls, maxCalls ?? calls),
    usd: usd === null ? (maxUsd ?? null) : Math.min(usd, maxUsd ?? Number.POSITIVE_INFINITY),
  };
}
