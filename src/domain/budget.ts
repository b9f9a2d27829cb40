import { keysOf } from '../core/records.ts';
/** What a run has used. `usd` is `null` as soon as one paid call had no known price. */
export interface Spent {
  readonly calls: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly usd: number | null;
  /** Time on the run's clock: simulated seconds in a simulated run. */
  readonly seconds: number;
}

/** What some of a run's calls took. */
export interface CallsSpent extends Pick<Spent, 'calls' | 'usd'> {
  /** Input and output tokens together. */
  readonly tokens: number;
}

export const nothingSpent: Spent = { calls: 0, tokensIn: 0, tokensOut: 0, usd: 0, seconds: 0 };

/** What two spendings come to together; dollars of which a part is unknown are unknown. */
export function sumOfSpent(first: Spent, second: Spent): Spent {
  return {
    calls: first.calls + second.calls,
    tokensIn: first.tokensIn + second.tokensIn,
    tokensOut: first.tokensOut + second.tokensOut,
    usd: first.usd === null || second.usd === null ? null : first.usd + second.usd,
    seconds: first.seconds + second.seconds,
  };
}

/** What a run has used of everything that a ceiling can be set on. */
export interface Used extends Spent {
  readonly evaluations: number;
}

/** A ceiling as the one place that knows it says it; what holds, forecasts or tells of ceilings folds over these. */
interface CeilingRecord<Counted extends keyof Used = keyof Used> {
  /** What it counts, added up. */
  readonly counts: readonly [Counted, ...Counted[]];
  /** The reason for which a run ends at it. */
  readonly ends: string;
  /** As people read it. */
  readonly name: string;
  /** What its amount is shown as; `many` where thousands need not be told apart. */
  readonly unit: 'whole' | 'many' | 'usd' | 'seconds';
  /** The amount itself is too much already, where otherwise only more is. */
  readonly exclusive?: true;
  /** Of what a run uses, this is shown also where there is no ceiling on it. */
  readonly main?: true;
}

const work = {
  maxEvaluations: {
    counts: ['evaluations'],
    ends: 'evaluations',
    name: 'evaluations',
    unit: 'whole',
    main: true,
  },
} as const satisfies Readonly<Record<string, CeilingRecord>>;

const spending = {
  maxCalls: { counts: ['calls'], ends: 'calls', name: 'calls', unit: 'whole', main: true },
  /** Input and output tokens together. */
  maxTokens: { counts: ['tokensIn', 'tokensOut'], ends: 'tokens', name: 'tokens', unit: 'many', main: true },
  maxTokensIn: { counts: ['tokensIn'], ends: 'tokens', name: 'tokens in', unit: 'many' },
  maxTokensOut: { counts: ['tokensOut'], ends: 'tokens', name: 'tokens out', unit: 'many' },
  maxUsd: { counts: ['usd'], ends: 'usd', name: 'usd', unit: 'usd', main: true },
  maxSeconds: {
    counts: ['seconds'],
    ends: 'time',
    name: 'time',
    unit: 'seconds',
    exclusive: true,
    main: true,
  },
} as const satisfies Readonly<Record<string, CeilingRecord<keyof Spent>>>;

const records = { ...work, ...spending };
type Records = typeof work & typeof spending;

/** Ceilings of a run; an absent one does not bind. All are hard. */
export type Budget = { readonly [Key in keyof Records]?: number };

/** The reasons for which ceilings end a run. */
export type CeilingReason = Records[keyof Records]['ends'];
export type CeilingName = Records[keyof Records]['name'];

/** A ceiling that a budget sets. */
export interface Ceiling<Counted extends keyof Used = keyof Used> extends CeilingRecord<Counted> {
  readonly ends: CeilingReason;
  readonly name: CeilingName;
  readonly limit: number;
}

/** The ceilings that a budget sets, in the order in which they are told. */
export function ceilingsOf(budget: Budget): Ceiling[] {
  return given(records, budget);
}

/** Those of {@link ceilingsOf} that hold what calls cost and take. */
export function spendingCeilingsOf(budget: Budget): Ceiling<keyof Spent>[] {
  return given(spending, budget);
}

type Facts<Counted extends keyof Used> = Omit<Ceiling<Counted>, 'limit'>;

function given<Counted extends keyof Used>(
  from: { readonly [Key in keyof Budget]?: Facts<Counted> },
  budget: Budget,
): Ceiling<Counted>[] {
  return keysOf(from).flatMap((key) => {
    const [facts, limit] = [from[key], budget[key]];
    return facts === undefined || limit === undefined ? [] : [{ ...facts, limit }];
  });
}

/** What a run has used of an amount that is shown of it. */
export interface Meter extends Pick<Ceiling, 'name' | 'unit'> {
  /** `null` where it is unknown. */
  readonly used: number | null;
  readonly limit: number | undefined;
}

/** What a run has used: the main amounts, and those that its budget has a ceiling on. */
export function metersOf(used: Used, budget: Budget): Meter[] {
  return keysOf(records).flatMap((key) => {
    const [{ name, unit, counts, main }, limit]: [Facts<keyof Used>, number | undefined] = [
      records[key],
      budget[key],
    ];
    return main === true || limit !== undefined
      ? [{ name, unit, used: countedBy({ counts }, used), limit }]
      : [];
  });
}

/** The keys of all ceilings in a {@link Budget}. */
export const ceilingKeys: readonly (keyof Budget)[] = keysOf(records);

/** Whether a run that ended for this reason came up against a ceiling. */
export function isCeilingReason(reason: string): boolean {
  return Object.values(records).some(({ ends }) => ends === reason);
}

/** What the amount of the ceiling of this name is shown as. */
export function unitOf(name: CeilingName): Ceiling['unit'] {
  return Object.values(records).find((record) => record.name === name)?.unit ?? 'whole';
}

/** How much a ceiling counts of what was used; `null` where that is unknown. */
export function countedBy<Counted extends keyof Used>(
  { counts }: Pick<Ceiling<Counted>, 'counts'>,
  used: Readonly<Pick<Used, Counted>>,
): number | null {
  let sum = 0;
  for (const amount of counts) {
    const value: number | null = used[amount];
    if (value === null) return null;
    sum += value;
  }
  return sum;
}

/** What ceilings on spending leave; of one whose count is unknown nothing. */
export function leftOf(budget: Budget, spent: Spent): Budget {
  return Object.fromEntries(
    keysOf(spending).flatMap((key) => {
      const limit = budget[key];
      if (limit === undefined) return [];
      return [[key, Math.max(0, limit - (countedBy(spending[key], spent) ?? limit))]];
    }),
  );
}

/** Whether it is too much for a ceiling; what is unknown never fits. */
export function isOver(
  { limit, exclusive }: Pick<Ceiling, 'limit' | 'exclusive'>,
  counted: number | null,
): boolean {
  return counted === null || counted > limit || (exclusive === true && counted === limit);
}
