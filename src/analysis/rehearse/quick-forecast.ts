import { variance } from '../../core/statistics.ts';
import { spendingCeilingsOf } from '../../domain/budget.ts';
import { configId } from '../../domain/moa-config.ts';
import type { Beliefs } from './beliefs.ts';
import { type AmountsOutlook, outlookOfAmounts } from './forecast.ts';
import { cellsOf } from './job-cells.ts';
import { type Job, type Played, playJob } from './play.ts';
import type { Quantiles } from './quantiles.ts';
import { type Luck, reckon, roomFor, scaled, withLuck } from './reckon.ts';
import { middlesOfNormal } from './strata.ts';

/** A rough outlook on a whole job, from a small piece of it. */
export interface QuickForecast {
  readonly total: AmountsOutlook;
  /** Of that the end: the front measured again, and the holdout. */
  readonly end: AmountsOutlook;
  readonly rehearsals: number;
  /**
   * Whether a ceiling on time meets models whose speed nobody knows: `p90` of calls, tokens and dollars is then what
   * the other ceilings leave, since faster ones do more in that time.
   */
  readonly speedUnknown: boolean;
}

/** With all lucks enough for a 90th percentile, few enough to take no more than seconds. */
const rehearsals = 7;
/**
 * Configurations beyond those asked for anyway that are played at most: the last of them are to be as later ones are. More
 * where what later ones cost says how many there are, and under a bound, where a search goes for cheap ones only after
 * some thirty in all.
 */
const searched = { usual: 20, underLimits: 30 };
/** Configurations beyond those that are played at least, so that what one costs is an average. */
const leastSearched = 4;
/** What is asked for anyway costs at most so many times what later configurations do. */
const timesCheaper = 4;
/** Cells of a configuration that are played at most: of fewer, single ones decide what is tried. */
const playedCells = 4;
/** Cells of the search that are played at most, so far as each configuration gets one. */
const searchCells = 200;
/**
 * Of the candidates that a search compares for each proposal: most of a play's time goes there. With a third of them plays
 * said the same (test/experiments/results.md).
 */
const candidateShare = 1 / 3;
/** Cells that a finalist has after the end's equal cells for each of its search cells, when played. */
const finishedCells = 2;
/**
 * What a run takes varies more than in plays whose later part is reckoned (deviation of the logarithm): runs of one job with
 * other seeds differ so in calls (test/experiments/forecast-holds.ts).
 */
const unplayed = 0.25;
/**
 * The same of the dollars and the time of a call: which models a search comes to rest on is open when what is played ends,
 * and where cheap ones do it goes on towards them. In whole plays (seven jobs, seven worlds each) they were 0.4 to 1.6
 * times what was reckoned, in 8 of 10 (test/experiments/results.md).
 */
const unplayedPrice = { cheaper: 0.65, dearer: 0.4 };
/** Deviation of the logarithms of the models' prices from which on that is so; of alike prices none is much dearer. */
const apart = 1;
/** Lucks of either kind that each play is reckoned with. */
const lucks = 9;

/**
 * Plays the first part of the job with few cells a configuration, and reckons the rest from it: a phase
 * grows with the cells that the job has for each of those played, and configurations that were not
 * played cost what the last of those did. Ceilings cut what they forbid, and what they leave is spent.
 */
export async function quickForecast(
  job: Job,
  beliefs: Beliefs,
  seed = 'forecast',
  onPlayed?: (played: number, of: number) => void,
): Promise<QuickForecast> {
  const small = await smallJob(job, beliefs, seed);
  const cells = ({ task, settings }: Job): number => task.tuning.length * settings.repeats;
  // A cell that stands for many tells a good config from a poor one as well as they do.
  const tellingGrades: Beliefs = cells(small) < cells(job) ? { ...beliefs, passOrFail: false } : beliefs;
  const plays: Played[] = [];
  for (let index = 0; index < rehearsals; index++) {
    const stratum = { seed, index, of: rehearsals };
    plays.push(await playJob(small, tellingGrades, `${seed}/${index}`, stratum));
    onPlayed?.(index + 1, rehearsals);
  }
  // Each play with every luck: drawn for each play they would put its luck on top of that of the few plays.
  const drawn = lucksOf(job);
  const outlook = (of: Job): Pick<QuickForecast, 'total' | 'end'> => {
    const jobs = plays.flatMap((played) => {
      const reckoned = reckon(of, small, played);
      return drawn.map((luck) => withLuck(reckoned, luck, of.settings.budget));
    });
    return {
      total: outlookOfAmounts(jobs.map(({ total }) => total)),
      end: outlookOfAmounts(jobs.map(({ end }) => end)),
    };
  };
  const { maxSeconds, ...others } = job.settings.budget;
  const speedUnknown =
    maxSeconds !== undefined && beliefs.models.some((model) => model.speedFrom === 'assumed');
  const { total, end } = outlook(job);
  if (!speedUnknown) return { total, end, rehearsals, speedUnknown };
  const untimed = outlook({ ...job, settings: { ...job.settings, budget: others } });
  return { total: upTo(total, untimed.total), end, rehearsals, speedUnknown };
}

function lucksOf(job: Job): Luck[] {
  const share = unlikePrices(job);
  const prices = middlesOfNormal(lucks).map((middle) =>
    Math.exp(share * unplayedPrice[middle < 0 ? 'cheaper' : 'dearer'] * middle),
  );
  return middlesOfNormal(lucks).flatMap((middle) =>
    prices.map((dear) => ({ amounts: Math.exp(unplayed * middle), dear })),
  );
}

/** How much it matters which model is called, 0..1; 1 also where prices are not known. */
function unlikePrices({ settings: { models }, card }: Job): number {
  if (models.length < 2) return 0;
  const prices = models.map((model) => card(model)?.price?.outputPerMillion ?? 0);
  if (prices.some((price) => price <= 0)) return 1;
  return Math.min(1, Math.sqrt(variance(prices.map(Math.log)) ?? 0) / apart);
}

/** What is spent, with the larger upper ends of another outlook; its time stays. */
function upTo(total: AmountsOutlook, larger: AmountsOutlook): AmountsOutlook {
  const wider = (one: Quantiles, other: Quantiles): Quantiles => ({
    ...one,
    p90: Math.max(one.p90, other.p90),
  });
  return {
    ...total,
    calls: wider(total.calls, larger.calls),
    tokens: wider(total.tokens, larger.tokens),
    tokensIn: wider(total.tokensIn, larger.tokensIn),
    tokensOut: wider(total.tokensOut, larger.tokensOut),
    usd: total.usd === null || larger.usd === null ? null : wider(total.usd, larger.usd),
  };
}

/** No more configurations are played than the job's ceilings could pay for. */
async function smallJob(job: Job, beliefs: Beliefs, seed: string): Promise<Job> {
  const { budget } = job.settings;
  const some = jobOf(job, budget.maxEvaluations ?? Number.POSITIVE_INFINITY);
  if (spendingCeilingsOf(budget).length === 0) return some;
  const { evaluations, byPhase } = await playJob(
    { ...some, settings: singlesOnly(some) },
    beliefs,
    `${seed}/0`,
  );
  const single = scaled(
    byPhase.search,
    cellsOf(job).search / cellsOf(some).search / Math.max(1, evaluations),
  );
  const room = roomFor(single, scaled(single, evaluations), budget);
  const further = Math.max(leastSearched, Math.ceil(timesCheaper * room));
  return jobOf(
    job,
    Math.min(budget.maxEvaluations ?? Number.POSITIVE_INFINITY, firstOf(job.settings) + further),
  );
}

/** A small piece of a job of so many configurations. */
function jobOf(job: Job, most: number): Job {
  const { task } = job;
  // Played with all its few cells at once; what growing saves is reckoned in `cellsOf`.
  const { schedule: _growing, endShare: _small, headlineRepeats: _more, ...settings } = job.settings;
  const { repeats, holdoutRepeats, bounds, budget } = settings;
  const isFree = bounds === undefined && spendingCeilingsOf(budget).length === 0;
  const beyond = isFree ? searched.usual : searched.underLimits;
  const isSmall = most * repeats * task.tuning.length <= searchCells;
  const evaluations = isSmall ? most : Math.min(most, firstOf(settings) + beyond);
  const cells = Math.max(1, Math.min(playedCells, Math.floor(searchCells / Math.max(1, evaluations))));
  const tuning = task.tuning.slice(0, cells);
  const playedRepeats = Math.min(repeats, Math.max(1, Math.floor(cells / Math.max(1, tuning.length))));
  return {
    ...job,
    createStrategy: (context) => job.createStrategy({ ...context, candidateShare }),
    task: { ...task, tuning, holdout: task.holdout.slice(0, 1) },
    settings: {
      ...settings,
      repeats: playedRepeats,
      finishRepeats: playedRepeats * finishedCells,
      holdoutRepeats: holdoutRepeats > 0 && task.holdout.length > 0 ? 1 : 0,
      budget: { maxEvaluations: evaluations },
    },
  };
}

/** Configurations that are asked for before any search: what is given, and the single models. */
function firstOf({ models, seeds = [], own = [] }: Job['settings']): number {
  return new Set([...own, ...seeds].map(configId)).size + models.length;
}

/** The small job with nothing but those. */
function singlesOnly({ settings }: Job): Job['settings'] {
  const { budget, repeats } = settings;
  const first = firstOf(settings);
  const maxEvaluations = Math.min(budget.maxEvaluations ?? first, first);
  return { ...settings, finishRepeats: repeats, holdoutRepeats: 0, budget: { maxEvaluations } };
}
