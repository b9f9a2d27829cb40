import { elementAt } from '../../core/element-at.ts';
import { type Budget, countedBy, type Spent, spendingCeilingsOf, sumOfSpent } from '../../domain/budget.ts';
import { fidelityLevels } from '../../search/scheduling/levels.ts';
import type { ScheduleOptions } from '../../search/scheduling/types.ts';
import type { Beliefs } from './beliefs.ts';
import { type AmountsOutlook, outlookOfAmounts } from './forecast.ts';
import { type Job, type Played, playJob, type WorkPhase } from './play.ts';
import { stratifiedNormal } from './strata.ts';

/** A rough outlook on a whole job, from a small piece of it. */
export interface QuickForecast {
  readonly total: AmountsOutlook;
  /** Of that the end: the front measured again, and the holdout. */
  readonly end: AmountsOutlook;
  readonly rehearsals: number;
}

/** Enough for a 90th percentile (the largest of nine), few enough to take no time that one would notice. */
const rehearsals = 9;
/** Configurations beyond the single models that are played at most, unless the job is small. */
const searched = 30;
/** Configurations beyond the single models that are played at least, so that what one costs is an average. */
const leastSearched = 4;
/** Cells of the search that are played at most, so far as each configuration gets one. */
const searchCells = 80;
/** Cells that a front member gets at the end for each of its search cells, at most, when played. */
const mostFinishCells = 2;
/**
 * Who is measured at the end grows with the configurations that were searched, by a power of their number: that of the
 * stand-ins' fronts, and so much more for those on equal cells and on the holdout. Real scores differ in more ways than
 * those of stand-ins, so fewer configurations dominate each other (measured on `code-challenge` and `support-intent`).
 */
const fasterThanStandIns = { finish: 0.45, holdout: 0.25 } as const;
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
  const jobs = plays.map((played, index) => {
    const luck = Math.exp(unplayed * stratifiedNormal({ seed, index, of: rehearsals }, 'unplayed'));
    return reckon(job, small, played, { growth, luck });
  });
  return {
    total: outlookOfAmounts(jobs.map(({ total }) => total)),
    end: outlookOfAmounts(jobs.map(({ end }) => end)),
    rehearsals,
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
  const { schedule: _growing, endShare: _small, ...settings } = job.settings;
  const { models, repeats, finishRepeats, holdoutRepeats } = settings;
  const isSmall = most * repeats * task.tuning.length <= searchCells;
  const evaluations = isSmall ? most : Math.min(most, models.length + searched);
  const cells = Math.max(1, Math.floor(searchCells / Math.max(1, evaluations)));
  const tuning = task.tuning.slice(0, cells);
  const playedRepeats = Math.min(repeats, Math.max(1, Math.floor(cells / Math.max(1, tuning.length))));
  const finishShare = Math.min(mostFinishCells, Math.max(1, Math.ceil(finishRepeats / repeats)));
  return {
    ...job,
    task: { ...task, tuning, holdout: task.holdout.slice(0, 1) },
    settings: {
      ...settings,
      repeats: playedRepeats,
      finishRepeats: playedRepeats * finishShare,
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
  // Where the small job's few cells leave none for its end, the singles tell what equal cells for them cost.
  const finish =
    part.finish === 0
      ? scaled(singles, whole.finish / part.search)
      : scaled(phaseOf(more, 'finish'), whole.finish / part.finish);
  const holdout = scaled(phaseOf(more, 'holdout'), whole.holdout / Math.max(1, part.holdout));
  /** The end after so many configurations. */
  const endsAfter = (evaluations: number): Spent[] => {
    const times = Math.max(1, evaluations / Math.max(1, more.evaluations));
    const grown = (phase: keyof typeof fasterThanStandIns): number =>
      times ** Math.min(1, growth + fasterThanStandIns[phase]);
    return [scaled(finish, grown('finish')), scaled(holdout, grown('holdout'))];
  };
  const each = scaled(later, whole.search / part.search);
  const rest = (budget.maxEvaluations ?? Number.POSITIVE_INFINITY) - begun.evaluations;
  const affordable = Math.min(rest, roomFor(each, [before, ...endsAfter(0)].reduce(sumOfSpent), budget));
  const further = Number.isFinite(affordable) ? affordable : 0;
  const search = sumOfSpent(before, scaled(each, further));
  // A small search has a small end.
  const most = settings.endShare === undefined ? Number.POSITIVE_INFINITY : settings.endShare * search.calls;
  const end = endsAfter(begun.evaluations + further)
    .map((amounts) => scaled(amounts, Math.min(1, most / Math.max(1, amounts.calls))))
    .reduce(sumOfSpent);
  const all = sumOfSpent(search, end);
  const total = capped(scaled(all, luck), budget);
  return { total, end: scaled(end, total.calls / Math.max(1, all.calls)) };
}

/** Cells of one config in each phase. */
function cellsOf({ settings, task }: Job): Record<WorkPhase, number> {
  const { repeats, finishRepeats, holdoutRepeats, schedule } = settings;
  const all = Math.max(1, repeats * task.tuning.length);
  const most = task.tuning.length * Math.max(repeats, finishRepeats);
  const { search, last } =
    schedule === undefined ? { search: all, last: all } : grown(all, settings, schedule);
  return {
    search,
    finish: Math.max(0, Math.min(most, 2 * last) - last),
    holdout: holdoutRepeats * task.holdout.length,
  };
}

/** Trials that a search without a ceiling on them is taken to have, for how far its fidelity grows. */
const assumedEvaluations = 200;

/** Cells that a strategy asks for beyond each trial's first: 3 to 16% in runs of 200 evaluations. */
const extendedShare = 0.12;

/** Cells of the search by trial, on average, and those of the level that it ends at; races save nothing. */
function grown(
  all: number,
  { budget }: Job['settings'],
  { startingCells, growAfter, reevaluationShare, advised }: ScheduleOptions,
): { readonly search: number; readonly last: number } {
  const levels = fidelityLevels(all, startingCells);
  const trials = Math.max(1, budget.maxEvaluations ?? assumedEvaluations);
  const sizeAt = (trial: number): number =>
    elementAt(levels, Math.min(levels.length - 1, Math.floor(trial / growAfter)));
  let cells = 0;
  for (let trial = 0; trial < trials; trial++) cells += sizeAt(trial);
  const further = reevaluationShare + (advised === true ? extendedShare : 0);
  return { search: (cells / trials) * (1 + further), last: sizeAt(trials - 1) };
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
