import { type Ceiling, type CeilingName, ceilingsOf, countedBy, type Spent } from '../../domain/budget.ts';
import type { Beliefs } from './beliefs.ts';
import { callRoles, stageOfRole } from './call-role.ts';
import { type Job, type Played, type PlayedSoFar, playJob, workPhases } from './play.ts';
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
  /** Is called with each call of each play, so it has to be quick. */
  readonly onProgress?: (progress: RehearsalProgress) => void;
}

/** How far a rehearsal is. */
export interface RehearsalProgress {
  /** Of the job's own plays, the one under way, from 1; `undefined` while another concurrency is tried. */
  readonly rehearsal: number | undefined;
  readonly rehearsals: number;
  /** Calls in flight of the play under way, at most. */
  readonly concurrency: number;
  /** Of the play under way. */
  readonly evaluations: number;
  readonly calls: number;
  /**
   * Of all plays, those of other concurrencies included, 0..1: by calls, which a first play takes to use up its nearest
   * ceiling.
   */
  readonly share: number;
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
    const told = tellOf(job, plays, options, { ended: plays.length, concurrency: job.settings.concurrency });
    plays.push(await playJob(job, beliefs, `${seed}/${plays.length}`, undefined, told));
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

/** Those to try, each once. */
function otherConcurrencies(
  { settings: { concurrency } }: Job,
  { concurrencies }: RehearseOptions,
): number[] {
  const others = concurrencies ?? [Math.ceil(concurrency / 2), 2 * concurrency, 4 * concurrency];
  return [...new Set(others)].filter((each) => each !== concurrency);
}

/** Plays that each other concurrency gets: fewer of a job of many calls. */
function worldsFor(calls: number, others: number, plays: number): number {
  const affordable = Math.floor(callsPlayedForConcurrency / Math.max(1, calls * others));
  return Math.min(mostForConcurrency, plays, Math.max(1, affordable));
}

const callsOf = (plays: readonly Played[]): number =>
  outlookOfAmounts(plays.map((play) => play.total)).calls.median;

/** What a play under way tells; `undefined` where nobody listens. */
function tellOf(
  job: Job,
  plays: readonly Played[],
  options: RehearseOptions,
  { ended, concurrency }: { readonly ended: number; readonly concurrency: number },
): ((soFar: PlayedSoFar) => void) | undefined {
  const { onProgress, rehearsals = usualRehearsals } = options;
  if (onProgress === undefined) return undefined;
  const others = otherConcurrencies(job, options).length;
  const known = plays.length === 0 ? undefined : Math.max(1, callsOf(plays));
  return ({ total, evaluations }) => {
    const ceilings = ceilingsOf(job.settings.budget).map(
      (ceiling) => (countedBy(ceiling, { ...total, evaluations }) ?? 0) / ceiling.limit,
    );
    const ofPlay = Math.min(1, known === undefined ? Math.max(0, ...ceilings) : total.calls / known);
    const worlds = worldsFor(known ?? total.calls / Math.max(ofPlay, Number.EPSILON), others, rehearsals);
    onProgress({
      ...{ rehearsal: ended < rehearsals ? ended + 1 : undefined, rehearsals },
      ...{ concurrency, evaluations, calls: total.calls },
      share: (ended + ofPlay) / (rehearsals + others * worlds),
    });
  };
}

/** Plays the first worlds again with other concurrencies; ratios to the same worlds cancel their luck. */
async function tryConcurrencies(
  job: Job,
  beliefs: Beliefs,
  plays: readonly Played[],
  options: RehearseOptions & { readonly seed: string },
): Promise<ConcurrencyOutlook[]> {
  const others = otherConcurrencies(job, options);
  const worlds = plays.slice(0, worldsFor(callsOf(plays), others.length, plays.length));
  const medianOf = (read: (play: Played) => number): number => predictiveQuantile(plays.map(read), 0.5);
  const outlooks: ConcurrencyOutlook[] = [];
  for (const [tried, other] of others.entries()) {
    const ratios: { seconds: number; evaluations: number }[] = [];
    for (const [index, base] of worlds.entries()) {
      const changed: Job = { ...job, settings: { ...job.settings, concurrency: other } };
      const ended = plays.length + tried * worlds.length + index;
      const told = tellOf(job, plays, options, { ended, concurrency: other });
      const play = await playJob(changed, beliefs, `${options.seed}/${index}`, undefined, told);
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
