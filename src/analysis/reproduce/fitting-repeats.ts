import { keysOf } from '../../core/records.ts';
import type { Budget } from '../../domain/budget.ts';
import type { Cell } from '../../domain/cell.ts';
import { slowdown } from '../../domain/load/growth.ts';
import { plannedCalls, plannedSteps } from '../../run/calls/planned-calls.ts';
import type { BestFile } from '../../run/folder/lock-schema.ts';
import type { JudgingCost } from './judging-cost.ts';

/** The most answers to each question that ceilings leave room for, and the ceiling that is nearest. */
export interface FittingRepeats {
  /** 0 where not one fits. */
  readonly repeats: number;
  readonly ceiling: keyof Budget;
}

/** Of what a ceiling leaves, for answers that take more than the claim's did, and for calls that fail. */
const spare = 0.05;

/**
 * By what the claim's own answers took; an amount that they do not tell limits nothing. `undefined` where no such
 * ceiling is given.
 * @param measuring `questions` that are asked; calls of a judge for one answer, and what each takes where that is known
 */
export function fittingRepeats(
  lock: BestFile,
  split: Cell['split'],
  measuring: {
    readonly questions: number;
    readonly concurrency: number;
    readonly gradingCalls: number;
    readonly judging?: Pick<JudgingCost, 'tokens' | 'usd'> | undefined;
  },
  budget: Budget,
): FittingRepeats | undefined {
  const { config, objectives } = lock.member;
  const { tokens, usd, latency } = lock.claims[split]?.objectives ?? objectives;
  const { questions, concurrency, gradingCalls, judging } = measuring;
  const { tokens: ofJudge, usd: usdOfJudge } = judging ?? { tokens: 0, usd: 0 };
  const plus = (mean: number | null, more: number | null): number => (mean ?? 0) + gradingCalls * (more ?? 0);
  const calls = plannedCalls(config) + gradingCalls;
  const seconds = (latency.mean ?? 0) * slowdownOf(lock, concurrency);
  // Calls that are made side by side take a slot each, for about a step's time.
  const slots = Math.max(1, calls / Math.max(1, plannedSteps(config)));
  const each = {
    maxCalls: calls,
    maxTokens: plus(tokens.mean, ofJudge),
    maxUsd: plus(usd.mean, usdOfJudge),
    maxSeconds: (seconds * slots) / concurrency,
  };
  // An answer that the end of the time cuts off tells nothing.
  const lost: Partial<Record<keyof Budget, number>> = { maxSeconds: seconds };
  const fitting = keysOf(each).flatMap((ceiling): FittingRepeats[] => {
    const limit = budget[ceiling];
    if (limit === undefined || each[ceiling] <= 0) return [];
    const answers = ((1 - spare) * Math.max(0, limit - (lost[ceiling] ?? 0))) / each[ceiling];
    return [{ ceiling, repeats: Math.floor(answers / Math.max(1, questions)) }];
  });
  return fitting.sort((first, second) => first.repeats - second.repeats)[0];
}

/** How many times as long an answer takes with so many calls in flight as it is told to take. */
function slowdownOf({ slowdown: loads = {} }: BestFile, concurrency: number): number {
  const factors = Object.values(loads).map(
    ({ growth, statedAt }) => slowdown(growth, concurrency) / slowdown(growth, statedAt),
  );
  return Math.max(1, ...factors);
}
