import type { Budget } from '../domain/budget.ts';
import type { Measurement } from '../domain/objective.ts';
import type { CutOff } from '../run/types.ts';
import {
  formatCount,
  formatCounted,
  formatDuration,
  formatShortCount,
  formatUsd,
  simulatedSuffix,
} from './format.ts';

/** What a measurement of given configs is to take, as far as it is known beforehand. */
export interface MeasuringPlan {
  /** Cells, over all configs. */
  readonly answers: number;
  /** Calls that are paid for where nothing fails. */
  readonly calls: number;
  /** Of them those of a judge, whose tokens and dollars are not in {@link each}. @defaultValue 0 */
  readonly grading?: number;
  /** Of one call of the judge, by an earlier run; absent where none tells. */
  readonly eachGrading?: Pick<Measurement, 'usd'> & { readonly tokens: number };
  /** Cells whose calls are all answered already, and the share of all calls that is not. @defaultValue none, and all */
  readonly known?: { readonly answers: number; readonly unpaid: number };
  /** Of one answer, by an earlier measurement; absent where there is none. */
  readonly each?: Pick<Measurement, 'tokens' | 'usd'>;
  readonly simulated: boolean;
  /** Ceilings, beyond which it takes nothing. @defaultValue none */
  readonly budget?: Budget;
  /** A sentence for people behind its amounts. */
  readonly remark?: string;
}

/** `120 answers (80 of them known), about 160 calls (40 of them the judge's), 83k tokens, $0.10 without the judge's`. */
export function measuringPlanText({
  answers,
  calls,
  grading = 0,
  eachGrading,
  each,
  known,
  simulated,
}: MeasuringPlan): string {
  const { tokens = null, usd = null } = each ?? {};
  const paid = answers * (known?.unpaid ?? 1);
  const judged = gradingCost({ grading, eachGrading });
  const had =
    known === undefined || known.answers === 0 ? '' : ` (${formatCount(known.answers)} of them known)`;
  const judges = grading === 0 ? '' : ` (${formatCount(grading)} of them the judge's)`;
  const amounts = [
    ...(tokens === null ? [] : [`${formatShortCount(paid * tokens + judged.tokens)} tokens`]),
    ...(usd === null ? [] : [`${formatUsd(paid * usd + (judged.usd ?? 0))}${simulatedSuffix(simulated)}`]),
  ];
  const isWhole = grading === 0 || (eachGrading !== undefined && judged.usd !== null);
  const without = isWhole || amounts.length === 0 ? '' : " without the judge's";
  return (
    [`${formatCount(answers)} answers${had}, about ${formatCount(calls)} calls${judges}`, ...amounts].join(
      ', ',
    ) + without
  );
}

/** What the judge takes in all, as far as that is known; `usd` is `null` where its price is not. */
export function gradingCost({
  grading = 0,
  eachGrading,
}: {
  readonly [Name in 'grading' | 'eachGrading']?: MeasuringPlan[Name] | undefined;
}): { readonly tokens: number; readonly usd: number | null } {
  const { tokens, usd } = eachGrading ?? { tokens: 0, usd: 0 };
  return { tokens: grading * tokens, usd: usd === null ? null : grading * usd };
}

/** Of a default number of fresh answers this part is named as an alternative. */
const smaller = 4;

/**
 * By how much an error grows that a difference has, in percent: with `count` fresh answers in place of `more` beside so
 * many claimed ones it goes with the root of `1 + claimed / count`.
 */
function widerBy(count: number, more: number, claimed: number): number {
  const error = (answers: number): number => Math.sqrt(1 + claimed / answers);
  return Math.round(100 * (error(count) / error(more) - 1));
}

/**
 * That a ceiling allows fewer answers to each question than are wanted.
 * @param option of the ceiling, as the command line has it
 * @param isAsked whether the wanted ones were asked for, and are tried all the same
 */
export function fittedRepeatsText(
  { repeats, wanted, claimed }: { repeats: number; wanted: number; claimed: number },
  { option, isAsked }: { option: string; isAsked: boolean },
): string {
  const by = "by what the claim's own answers took";
  if (repeats < 1) return `${option} does not allow one answer to each question, ${by}: the rest is cut off.`;
  if (isAsked) {
    return `${option} allows ${formatCount(repeats)} of these ${formatCount(wanted)} answers to each question, ${by}: the rest is cut off.`;
  }
  const wider = widerBy(repeats, wanted, claimed);
  return `That is ${formatCounted(repeats, 'answer')} to each question of ${formatCount(wanted)}, what ${option} allows ${by}; a claim must be too good by about ${wider}% more to be found out.`;
}

/**
 * What a measurement compares to, and what a smaller one would still find.
 * @param repeats fresh answers to each question
 * @param claimed answers to each question that the claim rests on
 * @param runTokens that the whole run took; `null` where unknown
 */
export function fewerRepeatsText(
  { answers, each }: Pick<MeasuringPlan, 'answers' | 'each'>,
  { repeats, claimed, runTokens }: { repeats: number; claimed: number; runTokens: number | null },
): string {
  const tokens = each?.tokens ?? null;
  const than =
    tokens === null || runTokens === null || answers * tokens <= runTokens
      ? ''
      : `, more tokens than the whole run took (${formatShortCount(runTokens)})`;
  const fewer = Math.ceil(repeats / smaller);
  const wider = widerBy(fewer, repeats, claimed);
  const instead =
    fewer === repeats
      ? ''
      : `; with --repeats ${fewer} a claim must be too good by about ${wider}% more to be found out`;
  return `That is ${formatCount(repeats)} answers to each question (--repeats)${than}${instead}.`;
}

export interface MeasuringProgress {
  readonly done: number;
  readonly of: number;
  /** Since it began. */
  readonly seconds: number;
  /** Of the answers that are in; `null` where unknown. */
  readonly tokens: number | null;
  readonly usd: number | null;
}

/**
 * `30 of 120 answers, 61.2k tokens, $0.08 (about 245k and $0.32 in all), 2m 10s left`: no more than to the nearest of the
 * ceilings.
 */
export function measuringProgressText(
  { done, of, seconds, tokens, usd }: MeasuringProgress,
  { maxTokens, maxUsd, maxSeconds }: Budget = {},
): string {
  const room = (limit: number | undefined, used: number | null): number =>
    limit === undefined || !used ? Number.POSITIVE_INFINITY : Math.max(1, limit / used);
  const whole = Math.min(
    of / Math.max(1, done),
    room(maxTokens, tokens),
    room(maxUsd, usd),
    room(maxSeconds, seconds),
  );
  const amounts = (factor: number): string[] => [
    ...(tokens === null ? [] : [`${formatShortCount(tokens * factor)} tokens`]),
    ...(usd === null ? [] : [formatUsd(usd * factor)]),
  ];
  const inAll = amounts(whole);
  const rest = (whole - 1) * seconds;
  return [
    `${formatCount(done)} of ${formatCount(of)} answers`,
    ...amounts(1),
    ...(done === of || inAll.length === 0 ? [] : [`about ${inAll.join(' and ')} in all`]),
    ...(done === of ? [] : [`${formatDuration(rest)} left`]),
  ].join(', ');
}

/** Why a measurement ended before all was asked. */
export const cutOffCauses: Readonly<Record<CutOff, string>> = {
  ceiling: 'a ceiling was reached',
  time: 'the time was over',
  interrupted: 'interrupted',
};

/** What is to be known of figures that rest on a part of what was planned. */
export function cutOffText(cutOff: CutOff, measured: number, planned: number): string {
  const share = planned === 0 ? 0 : Math.floor((100 * measured) / planned);
  return `Cut off (${cutOffCauses[cutOff]}): ${formatCount(measured)} of ${formatCount(planned)} answers were measured (${share}%). The figures speak of these alone.`;
}
