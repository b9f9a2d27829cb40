import type { CallsSpent } from '../domain/budget.ts';

/** What the calls of a run took, and of that what is told apart. */
export interface Spending {
  tokensIn: number;
  tokensOut: number;
  /** `null` as soon as one call had no known price. */
  usd: number | null;
  /** Calls that were lost, at their worst case; `null`: none was. */
  lost: CallsSpent | null;
  /** Answered calls of the grader. */
  gradingSpent: CallsSpent;
}

interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

const nothing: CallsSpent = { calls: 0, tokens: 0, usd: 0 };

export const createSpending = (): Spending => ({
  tokensIn: 0,
  tokensOut: 0,
  usd: 0,
  lost: null,
  gradingSpent: nothing,
});

export function spend(spending: Spending, usage: Usage, usd: number | null): void {
  spending.tokensIn += usage.inputTokens;
  spending.tokensOut += usage.outputTokens;
  spending.usd = plusUsd(spending.usd, usd);
}

/** The same of a call of the grader. */
export function spendOnGrading(spending: Spending, usage: Usage, usd: number | null): void {
  spend(spending, usage, usd);
  spending.gradingSpent = plus(spending.gradingSpent, 1, usage, usd);
}

/** The same of calls of which nothing more is heard: at their worst case. */
export function lose(spending: Spending, calls: number, usage: Usage, usd: number | null): void {
  spend(spending, usage, usd);
  spending.lost = plus(spending.lost ?? nothing, calls, usage, usd);
}

/** What calls may take, by what was set aside for each. */
export function sumOfReserved(
  calls: Iterable<{
    readonly reserved: { readonly tokensIn: number; readonly tokensOut: number; readonly usd: number | null };
  }>,
): CallsSpent {
  let sum = nothing;
  for (const { reserved } of calls) {
    const { tokensIn: inputTokens, tokensOut: outputTokens, usd } = reserved;
    sum = plus(sum, 1, { inputTokens, outputTokens }, usd);
  }
  return sum;
}

function plus(
  before: CallsSpent,
  calls: number,
  { inputTokens, outputTokens }: Usage,
  usd: number | null,
): CallsSpent {
  return {
    calls: before.calls + calls,
    tokens: before.tokens + inputTokens + outputTokens,
    usd: plusUsd(before.usd, usd),
  };
}

function plusUsd(before: number | null, usd: number | null): number | null {
  return before === null || usd === null ? null : before + usd;
}
