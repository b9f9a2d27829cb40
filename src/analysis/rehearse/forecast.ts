import { type Ceiling, type CeilingName, ceilingsOf, countedBy, type Spent } from '../../domain/budget.ts';
import type { Beliefs } from './beliefs.ts';
import { callRoles, stageOfRole } from './call-role.ts';
import { type Job, type Played, playJob, workPhases } from './play.ts';
import { outlookOf, predictiveQuantile, type Quantiles } from './quantiles.ts';

/** {@link Spent}, each as an outlook; `usd` is `null` where a model without price is called. */
export interface AmountsOutlook {
  readonly calls: Quantiles;
  readonly tokens: Quantiles;
  readonly tokensIn: Quantiles;
  readonly tokensOut: Quantiles;
  readonly usd: Quantiles | null;
  readonly seconds: Quantiles;
}

/** How a ceiling binds. */
export interface CeilingOutlook {
  readonly ceiling: CeilingName;
  /** In the ceiling's own unit; seconds for time. */
  readonly limit: number;
  /** Share of rehearsals whose search it ended. */
  readonly ends: number;
  /** Share of it that was used in the end, at the median. */
  readonly used: number | null;
}

interface ConcurrencyOutlook {
  readonly concurrency: number;
  /** Seconds the job would take, at the median. */
  readonly seconds: number;
  readonly evaluations: number;
}

/** What a job will take, by jobs like it that were played through. */
export interface Forecast {
  /** Times that the whole job was played. */
  readonly rehearsals: number;
  readonly total: AmountsOutlook;
  readonly byPhase: Readonly<Record<string, AmountsOutlook>>;
  /** By kind of stage that makes the calls; `seconds` are the calls' service times added up. */
  readonly byStage: Readonly<Record<string, AmountsOutlook>>;
  readonly evaluations: Quantiles;
  /** Why the search ended, with the share of rehearsals. */
  readonly endings: Readonly<Record<string, number>>;
  readonly ceilings: readonly CeilingOutlook[];
  /** Share of the call slots' time that is used, at the median. */
  readonly slotsUsed: number;
  readonly concurrency: readonly ConcurrencyOutlook[];
}

export interface RehearseOptions {
  /** Names the worlds that are played in. @defaultValue `rehearsal` */
  readonly seed?: string;
  /** Times the job is played. @defaultValue 9 */
  readonly rehearsals?: number;
  /** Other numbers of calls in flight to try. @defaultValue half, double and four times the job's */
  readonly concurrencies?: readonly number[];
  readonly onPlayed?: (played: number, of: number) => void;
  /** Is told of each other number of calls in flight before it is tried. */
  readonly onTry?: (concurrency: number) => void;
}

/**
 * The fewest of which the 90th percentile is one exactly (see predictiveQuantile). What forecasts are known to hold is
 * measured with so many (test/experiments/results.md).
 */
export const usualRehearsals = 9;
/** Calls that are played to try other concurrencies. */
const callsPlayedForConcurrency = 30_000;
const mostForConcurrency = 3;

/** Plays the job again and again in worlds that agree with the beliefs, and sums up what it took. */
export async function rehearse(job: Job, beliefs: Beliefs, options: RehearseOptions = {}): Promise<Forecast> {
  const seed = options.seed ?? 'rehearsal';
  const times = options.rehearsals ?? usualRehearsals;
  const plays: Played[] = [];
  while (plays.length < times) {
    plays.push(await playJob(job, beliefs, `${seed}/${plays.length}`));
    options.onPlayed?.(plays.length, times);
  }
  return {
    rehearsals: times,
    total: outlookOfAmounts(plays.map((play) => play.total)),
    byPhase: Object.fromEntries(
      workPhases.map((phase) => [phase, outlookOfAmounts(plays.map((play) => play.byPhase[phase]))]),
    ),
    byStage: byStage(plays),
    evaluations: evaluationsOf(plays),
    endings: sharesOf(plays.map((play) => play.ended)),
    ceilings: ceilingsOf(job.settings.budget).map((ceiling) => ceilingOutlook(ceiling, plays)),
    slotsUsed: predictiveQuantile(
      plays.map((play) => play.slotsUsed),
      0.5,
    ),
    concurrency: await tryConcurrencies(job, beliefs, plays, { ...options, seed }),
  };
}

export function outlookOfAmounts(amounts: readonly Spent[]): AmountsOutlook {
  const of = (read: (each: Spent) => number): Quantiles => outlookOf(amounts.map(read));
  const usd = amounts.flatMap((each) => (each.usd === null ? [] : [each.usd]));
  return {
    calls: of((each) => each.calls),
    tokens: of((each) => each.tokensIn + each.tokensOut),
    tokensIn: of((each) => each.tokensIn),
    tokensOut: of((each) => each.tokensOut),
    usd: usd.length < amounts.length ? null : outlookOf(usd),
    seconds: of((each) => each.seconds),
  };
}

function byStage(plays: readonly Played[]): Forecast['byStage'] {
  const used = callRoles.filter((role) => plays.some((play) => play.byRole[role].calls > 0));
  return Object.fromEntries(
    used.map((role) => [stageOfRole[role], outlookOfAmounts(plays.map((play) => play.byRole[role]))]),
  );
}

function evaluationsOf(plays: readonly Played[]): Forecast['evaluations'] {
  const reached = plays.map((play) => play.evaluations);
  const { p10, median, p90 } = outlookOf(reached);
  return { p10: Math.round(p10), median: Math.round(median), p90: Math.round(p90) };
}

function sharesOf(names: readonly string[]): Record<string, number> {
  const shares: Record<string, number> = {};
  for (const name of names) shares[name] = (shares[name] ?? 0) + 1 / names.length;
  return shares;
}

function ceilingOutlook(ceiling: Ceiling, plays: readonly Played[]): CeilingOutlook {
  const { name, limit } = ceiling;
  const shares = plays.flatMap(({ total, evaluations }) => {
    const counted = countedBy(ceiling, { ...total, evaluations });
    return counted === null ? [] : [counted / limit];
  });
  const ends = plays.filter((play) => play.ended === ceiling.ends).length / plays.length;
  return { ceiling: name, limit, ends, used: shares.length === 0 ? null : predictiveQuantile(shares, 0.5) };
}

/** Plays the first worlds again with other concurrencies; ratios to the same worlds cancel their luck. */
async function tryConcurrencies(
  job: Job,
  beliefs: Beliefs,
  plays: readonly Played[],
  options: RehearseOptions & { readonly seed: string },
): Promise<ConcurrencyOutlook[]> {
  const { concurrency } = job.settings;
  const others = options.concurrencies ?? [Math.ceil(concurrency / 2), 2 * concurrency, 4 * concurrency];
  const typical = outlookOfAmounts(plays.map((play) => play.total)).calls.median;
  const affordable = Math.floor(callsPlayedForConcurrency / Math.max(1, typical * others.length));
  const worlds = plays.slice(0, Math.min(mostForConcurrency, Math.max(1, affordable)));
  const medianOf = (read: (play: Played) => number): number => predictiveQuantile(plays.map(read), 0.5);
  const outlooks: ConcurrencyOutlook[] = [];
  for (const other of [...new Set(others)].filter((each) => each !== concurrency)) {
    options.onTry?.(other);
    const ratios: { seconds: number; evaluations: number }[] = [];
    for (const [index, base] of worlds.entries()) {
      const changed: Job = { ...job, settings: { ...job.settings, concurrency: other } };
      const play = await playJob(changed, beliefs, `${options.seed}/${index}`);
      ratios.push({
        seconds: play.total.seconds / Math.max(1e-9, base.total.seconds),
        evaluations: play.evaluations / Math.max(1, base.evaluations),
      });
    }
    const ratio = (name: 'seconds' | 'evaluations'): number =>
      predictiveQuantile(
        ratios.map((each) => each[name]),
        0.5,
      );
    outlooks.push({
      concurrency: other,
      seconds: medianOf((play) => play.total.seconds) * ratio('seconds'),
      evaluations: Math.round(medianOf((play) => play.evaluations) * ratio('evaluations')),
    });
  }
  return outlooks;
}
