import { type Budget, countedBy, type Spent, spendingCeilingsOf, sumOfSpent } from '../../domain/budget.ts';
import type { Beliefs } from './beliefs.ts';
import { type AmountsOutlook, outlookOfAmounts } from './forecast.ts';
import { cellsOf } from './job-cells.ts';
import { type Job, type Played, playJob, type WorkPhase } from './play.ts';
import type { Quantiles } from './quantiles.ts';
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

/** Enough for a 90th percentile (the largest of nine), few enough to take no time that one would notice. */
const rehearsals = 9;
/** Configurations beyond the single models that are played at most, unless the job is small. */
const searched = 30;
/** Configurations beyond the single models that are played at least, so that what one costs is an average. */
const leastSearched = 4;
/** Cells of the search that are played at most, so far as each configuration gets one. */
const searchCells = 80;
/** Cells that a finalist has after the end's equal cells for each of its search cells, when played. */
const finishedCells = 2;
/**
 * Calls of the finish for each that is reckoned from plays: real scores differ in more ways than those of stand-ins, so
 * more configurations are finalists. With this, calls of 15 runs are as said in the median (0.99;
 * test/experiments/forecast-holds.ts), and the end of a default run is said 0.6 to 1.1 times as long as it is.
 */
const finishBeyondPlays = 1.7;
/**
 * Calls that a holdout makes for each that its share of the search allows, where that is what limits it: some are
 * shared, and the last configuration that does not fit is left out. Median of twelve such runs (0.67 to 0.92).
 */
const madeOfAllowed = 0.75;
/**
 * What a run takes varies more than in plays whose later part is reckoned (deviation of the logarithm): runs of one job with
 * other seeds differ so in calls (test/experiments/forecast-holds.ts).
 */
const unplayed = 0.25;
/** Slots in use while there is more than enough to do; a few stay empty where phases end. */
const fullSlots = 0.97;

/**
 * Plays the first part of the job with few cells a configuration, and reckons the rest from it: a phase
 * grows with the cells that the job has for each of those played, and configurations that were not
 * played cost what those beyond the single models did. Ceilings cut what they forbid.
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
  const plays: Plays[] = [];
  for (let index = 0; index < rehearsals; index++) {
    const play = (settings: Job['settings']): Promise<Played> =>
      playJob({ ...small, settings }, tellingGrades, `${seed}/${index}`, { seed, index, of: rehearsals });
    plays.push({ begun: await play(singlesOnly(small)), more: await play(small.settings) });
    onPlayed?.(index + 1, rehearsals);
  }
  const growth = growthOfFront(plays);
  // Each play with every luck: drawn for each play they would put its luck on top of that of the few plays.
  const lucks = middlesOfNormal(rehearsals).map((middle) => Math.exp(unplayed * middle));
  const outlook = (of: Job): Pick<QuickForecast, 'total' | 'end'> => {
    const jobs = plays.flatMap((played) => lucks.map((luck) => reckon(of, small, played, { growth, luck })));
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
  const { budget, models } = job.settings;
  const some = jobOf(job, budget.maxEvaluations ?? Number.POSITIVE_INFINITY);
  const { evaluations, byPhase } = await playJob(
    { ...some, settings: singlesOnly(some) },
    beliefs,
    `${seed}/0`,
  );
  // Hardly a configuration is cheaper than a single model.
  const single = scaled(
    byPhase.search,
    cellsOf(job).search / cellsOf(some).search / Math.max(1, evaluations),
  );
  const further = Math.max(leastSearched, Math.ceil(roomFor(single, scaled(single, evaluations), budget)));
  return jobOf(job, Math.min(budget.maxEvaluations ?? Number.POSITIVE_INFINITY, models.length + further));
}

/** A small piece of a job of so many configurations. */
function jobOf(job: Job, most: number): Job {
  const { task } = job;
  // Played with all its few cells at once; what growing saves is reckoned in `cellsOf`.
  const { schedule: _growing, endShare: _small, headlineRepeats: _more, ...settings } = job.settings;
  const { models, repeats, holdoutRepeats } = settings;
  const isSmall = most * repeats * task.tuning.length <= searchCells;
  const evaluations = isSmall ? most : Math.min(most, models.length + searched);
  const cells = Math.max(1, Math.floor(searchCells / Math.max(1, evaluations)));
  const tuning = task.tuning.slice(0, cells);
  const playedRepeats = Math.min(repeats, Math.max(1, Math.floor(cells / Math.max(1, tuning.length))));
  return {
    ...job,
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

/** The small job with nothing but its single models. */
function singlesOnly({ settings }: Job): Job['settings'] {
  const { budget, repeats, models } = settings;
  const maxEvaluations = Math.min(budget.maxEvaluations ?? models.length, models.length);
  return { ...settings, finishRepeats: repeats, holdoutRepeats: 0, budget: { maxEvaluations } };
}

/** A small job with nothing but its single models, and with more. */
interface Plays {
  readonly begun: Played;
  readonly more: Played;
}

/** The power of the number of configurations by which the stand-ins' fronts grow. */
function growthOfFront(plays: readonly Plays[]): number {
  const sum = (read: (each: Plays) => number): number => plays.reduce((all, each) => all + read(each), 0);
  const evaluations = sum(({ more }) => more.evaluations) / sum(({ begun }) => begun.evaluations);
  const front =
    sum(({ more }) => more.frontSize) /
    Math.max(
      1,
      sum(({ begun }) => begun.frontSize),
    );
  const found = evaluations > 1 ? Math.log(Math.max(1, front)) / Math.log(evaluations) : 0;
  return found;
}

/** What is not played but reckoned. */
interface Unplayed {
  /** Power of the number of configs by which the front grows. */
  readonly growth: number;
  /** Factor on all that the whole job takes. */
  readonly luck: number;
}

interface Reckoned {
  readonly total: Spent;
  readonly end: Spent;
}

/** The whole job's amounts from those of the small one, with and without more than its singles. */
function reckon(job: Job, small: Job, { begun, more }: Plays, { growth, luck }: Unplayed): Reckoned {
  const { settings } = job;
  const { budget } = settings;
  const phaseOf = (played: Played, phase: WorkPhase): Spent =>
    steadyAmounts(played, phase, settings.concurrency);
  const singles = phaseOf(begun, 'search');
  const played = more.evaluations - begun.evaluations;
  const later =
    played === 0
      ? scaled(singles, 1 / Math.max(1, begun.evaluations))
      : scaled(minus(phaseOf(more, 'search'), singles), 1 / played);
  const whole = cellsOf(job);
  const part = cellsOf(small);
  const before = scaled(singles, whole.search / part.search);
  const finish = scaled(phaseOf(more, 'finish'), whole.finish / part.finish);
  const holdout = scaled(phaseOf(more, 'holdout'), whole.holdout / Math.max(1, part.holdout));
  /** The end after so many configurations: its finalists grow in number as the stand-ins' fronts do. */
  const endsAfter = (evaluations: number): Ends => {
    const grown = Math.max(1, evaluations / Math.max(1, more.evaluations)) ** Math.min(1, growth);
    return { finish: scaled(finish, finishBeyondPlays * grown), holdout: scaled(holdout, grown) };
  };
  // A prompt is written for a config, however many cells that gets.
  const { write } = more.byRole;
  const writing = scaled(
    { ...write, seconds: write.seconds / settings.concurrency },
    1 / Math.max(1, played),
  );
  const each = sumOfSpent(scaled(minus(later, writing), whole.search / part.search), writing);
  /** The whole with so many configurations beyond the single models. */
  const after = (further: number): Reckoned => {
    const search = sumOfSpent(before, scaled(each, further));
    const ends = endsAfter(begun.evaluations + further);
    const allowed = (settings.endShare ?? Number.POSITIVE_INFINITY) * search.calls;
    const end = sumOfSpent(
      atMostCalls(ends.finish, allowed),
      atMostCalls(ends.holdout, madeOfAllowed * allowed),
    );
    return { total: sumOfSpent(search, end), end };
  };
  const rest = (budget.maxEvaluations ?? Number.POSITIVE_INFINITY) - begun.evaluations;
  const most = Math.min(rest, roomFor(each, before, budget));
  const { total: all, end } = after(
    Number.isFinite(most) ? mostThat(most, (further) => fits(after(further).total, budget)) : 0,
  );
  const total = capped(scaled(all, luck), budget);
  return { total, end: scaled(end, total.calls / Math.max(1, all.calls)) };
}

interface Ends {
  readonly finish: Spent;
  readonly holdout: Spent;
}

/** The largest number from 0 to `most` that holds, of which all smaller ones do, to a thousandth of `most`; 0 where none does. */
function mostThat(most: number, holds: (value: number) => boolean): number {
  if (holds(most)) return most;
  let [low, high] = [0, most];
  for (let step = 0; step < 10; step++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

const fits = (amounts: Spent, budget: Budget): boolean =>
  spendingCeilingsOf(budget).every((ceiling) => (countedBy(ceiling, amounts) ?? 0) <= ceiling.limit);

/** A small search has a small end. */
function atMostCalls(amounts: Spent, most: number): Spent {
  return scaled(amounts, Math.min(1, most / Math.max(1, amounts.calls)));
}

/** Few cells a config leave slots empty that the whole job will fill, so its time is that of its calls. */
function steadyAmounts(played: Played, phase: WorkPhase, concurrency: number): Spent {
  const amounts = played.byPhase[phase];
  const share = amounts.calls / Math.max(1, played.total.calls);
  return { ...amounts, seconds: (share * played.busySeconds) / (concurrency * fullSlots) };
}

/** How often `each` fits below the ceilings beside what is needed in any case. */
function roomFor(each: Spent, fixed: Spent, budget: Budget): number {
  const rooms = spendingCeilingsOf(budget).map((ceiling) => {
    const step = countedBy(ceiling, each) ?? 0;
    const room = ceiling.limit - (countedBy(ceiling, fixed) ?? 0);
    return step <= 0 ? Number.POSITIVE_INFINITY : Math.max(0, room / step);
  });
  return Math.min(...rooms);
}

/** No forecast lies above a ceiling: when one is reached, the rest ends in proportion. */
function capped(amounts: Spent, budget: Budget): Spent {
  const shares = spendingCeilingsOf(budget).map((ceiling) => {
    const value = countedBy(ceiling, amounts) ?? 0;
    return value <= ceiling.limit ? 1 : ceiling.limit / value;
  });
  return scaled(amounts, Math.min(1, ...shares));
}

function scaled(amounts: Spent, factor: number): Spent {
  return {
    calls: amounts.calls * factor,
    tokensIn: amounts.tokensIn * factor,
    tokensOut: amounts.tokensOut * factor,
    usd: amounts.usd === null ? null : amounts.usd * factor,
    seconds: amounts.seconds * factor,
  };
}

function minus(first: Spent, second: Spent): Spent {
  return sumOfSpent(first, scaled(second, -1));
}
