import { elementAt } from '../../core/element-at.ts';
import {
  type Budget,
  type Ceiling,
  type CeilingReason,
  countedBy,
  nothingSpent,
  type Spent,
  spendingCeilingsOf,
  sumOfSpent,
} from '../../domain/budget.ts';
import { mostOf } from '../../run/end/end-reserve.ts';
import { spendingEnds } from '../../run/journal/events.ts';
import { cellsBegun, cellsOf } from './job-cells.ts';
import type { Job, Played, WorkPhase } from './play.ts';

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
 * The same where a ceiling says how far the end may go, so that all of the front has a place: 1.3 to 2.0 with further answers
 * in six runs.
 */
const madeOfFront = 1.5;
/** Reasons to end of the ceilings under which dear calls are refused where cheap ones are not. */
const costEnds: ReadonlySet<CeilingReason> = new Set(['usd', 'tokens']);
/** What a call of an end that such a ceiling cuts costs, for what one of the search did: 0.4 to 1.1 in four runs. */
const cutPrice = 0.8;
/**
 * Calls for one question of all those that the result is about for each of the plain ways among them, and at least: 12 to 13
 * for 7 to 8 in eight runs of 40 configurations.
 */
const headlineOfPlain = 1.7;
const leastHeadline = 2;
/**
 * Power of the number of configurations by which the finalists grow in number: 0.38 to 0.63 from the first ten to forty in
 * plays of four jobs.
 */
const growthOfFront = 0.45;
/** What the search leaves at most of a ceiling. */
const endShareOfCeiling = mostOf.finish + mostOf.holdout;
/**
 * Share of the played configurations that tell nothing of those to come: what is asked for first, and what a search tries
 * until it has learned which pay. Under a bound a call cost 0.0005 dollars among the first thirty, and 0.0001 later.
 */
const beginning = 0.6;
/** Configurations that are reckoned with at most. */
const mostReckoned = 20_000;
/** From this share of it on a ceiling counts as reached. */
const reachedShare = 0.98;
/** Slots in use while there is more than enough to do; a few stay empty where phases end. */
const fullSlots = 0.97;

/** What a job takes. */
interface Reckoned {
  readonly total: Spent;
  /** Of that the end. */
  readonly end: Spent;
}

/** The whole job's amounts from those of a small one that was played. */
export function reckon(job: Job, small: Job, more: Played): Reckoned {
  const { settings } = job;
  const { budget } = settings;
  const ceilings = spendingCeilingsOf(budget);
  const saysHowFar = ceilings.some(({ ends }) => spendingEnds.has(ends));
  const part = cellsOf(small);
  const search = searchOf(job, part.search, more);
  const finish = steadyAmounts(more, 'finish', settings.concurrency);
  const holdout = steadyAmounts(more, 'holdout', settings.concurrency);
  const plain = Math.min(1, (more.plainCalls * part.equal) / Math.max(1, finish.calls));
  const headline = Math.max(leastHeadline, headlineOfPlain * more.plainCalls);
  /** The end after a search of so many configurations: its finalists grow in number, too. */
  const endAfter = (evaluations: number, searched: Spent): Spent => {
    const whole = cellsOf(job, evaluations);
    const grown = (evaluations / Math.max(1, more.evaluations)) ** growthOfFront;
    const allowed = (settings.endShare ?? Number.POSITIVE_INFINITY) * searched.calls;
    const cells = finishBeyondPlays * grown * (1 - plain) * (whole.finish / part.finish);
    const onHoldout = scaled(holdout, (grown * whole.holdout) / Math.max(1, part.holdout));
    return [
      atMostCalls(scaled(finish, cells), allowed),
      scaled(finish, plain * (whole.equal / part.equal)),
      atMostCalls(onHoldout, (saysHowFar ? madeOfFront : madeOfAllowed) * allowed),
      // Where not even those whom the result is about have room for all of the holdout, it has no further cells.
      scaled(
        holdout,
        headline * whole.holdout <= allowed ? (headline * whole.headline) / Math.max(1, holdout.calls) : 0,
      ),
    ].reduce(sumOfSpent);
  };
  const worst = worstCallOf(job);
  /** The search leaves the end what it needs, and no more than its share of a ceiling, and the worst case of a call. */
  const hasRoom = (evaluations: number): boolean => {
    const searched = search(evaluations);
    const end = endAfter(evaluations, searched);
    return ceilings.every((ceiling) => {
      const kept = Math.min(countedBy(ceiling, end) ?? 0, endShareOfCeiling * ceiling.limit);
      const call = Math.min(countedBy(ceiling, worst) ?? 0, mostOf.call * ceiling.limit);
      return (countedBy(ceiling, searched) ?? 0) + kept + call <= ceiling.limit;
    });
  };
  const most = more.ended === 'space-exhausted' ? more.evaluations : (budget.maxEvaluations ?? mostReckoned);
  const evaluations = mostThat(most, hasRoom);
  const searched = search(evaluations);
  const planned = endAfter(evaluations, searched);
  const rooms = ceilings.map((ceiling) => {
    const room = ceiling.limit - (countedBy(ceiling, searched) ?? 0);
    return Math.max(0, room) / Math.max(1e-12, countedBy(ceiling, planned) ?? 0);
  });
  const room = Math.min(...rooms, 1);
  const tightest = ceilings[rooms.indexOf(room)];
  const isCut = room < 1 && tightest !== undefined && costEnds.has(tightest.ends);
  const end = isCut ? cheaperPart(planned, searched, tightest) : scaled(planned, room);
  return { total: sumOfSpent(searched, end), end };
}

/** The most that one call of an agent may cost, its question left out. */
function worstCallOf({ space, card }: Job): Spent {
  const prices = space.models.map((model) => card(model)?.price?.outputPerMillion ?? 0);
  const usd = (space.maxTokens * Math.max(0, ...prices)) / 1e6;
  return { ...nothingSpent, tokensOut: space.maxTokens, usd };
}

/**
 * What is made of an end that a ceiling on dollars or tokens has no room for: where dear calls are refused cheaper ones are
 * made, and so more of them.
 */
function cheaperPart(planned: Spent, searched: Spent, ceiling: Ceiling<keyof Spent>): Spent {
  const each = (amounts: Spent): number => (countedBy(ceiling, amounts) ?? 0) / Math.max(1, amounts.calls);
  const left = Math.max(0, ceiling.limit - (countedBy(ceiling, searched) ?? 0));
  const share = left / Math.max(1e-12, countedBy(ceiling, planned) ?? 0);
  const affordable = left / Math.max(1e-12, cutPrice * each(searched));
  const made = Math.max(share, Math.min(1, affordable / Math.max(1, planned.calls)));
  return withOther(scaled(planned, made), scaled(planned, share), new Set(ceiling.counts));
}

/** Some amounts, of which those of some names are others. */
function withOther(amounts: Spent, others: Spent, names: ReadonlySet<keyof Spent>): Spent {
  const changed = Object.fromEntries([...names].map((name) => [name, others[name]]));
  return { ...amounts, ...changed };
}

/**
 * What a search takes by its number of configurations: those that were played as they did, later ones as the last
 * of those; of each the cells that the job has for it.
 */
function searchOf(job: Job, playedCells: number, more: Played): (evaluations: number) => Spent {
  const { concurrency } = job.settings;
  const cellsAt = (trial: number): number => cellsBegun(job, trial + 1) - cellsBegun(job, trial);
  const played = more.bySearched;
  const sums: Spent[] = [nothingSpent];
  for (const [trial, amounts] of played.entries())
    sums.push(sumOfSpent(elementAt(sums, trial), scaled(amounts, cellsAt(trial) / playedCells)));
  const all = elementAt(sums, played.length);
  const later = played.slice(Math.floor(beginning * played.length));
  const each = scaled(later.reduce(sumOfSpent, nothingSpent), 1 / Math.max(1, later.length) / playedCells);
  // A prompt is written for a config, however many cells that gets.
  const writing = scaled(more.byRole.write, 1 / Math.max(1, played.length));
  return (evaluations) => {
    const whole = Math.min(played.length, Math.floor(evaluations));
    const next = played[whole];
    const begun =
      next === undefined
        ? sumOfSpent(all, scaled(each, cellsBegun(job, evaluations) - cellsBegun(job, played.length)))
        : sumOfSpent(
            elementAt(sums, whole),
            scaled(next, ((evaluations - whole) * cellsAt(whole)) / playedCells),
          );
    const further =
      (cellsOf(job, evaluations).search * evaluations) / Math.max(1e-9, cellsBegun(job, evaluations));
    const amounts = sumOfSpent(scaled(begun, further), scaled(writing, evaluations));
    return { ...amounts, seconds: amounts.seconds / (concurrency * fullSlots) };
  };
}

/** The largest number from 0 to `most` that holds, of which all smaller ones do, to a millionth of `most`; 0 where none does. */
function mostThat(most: number, holds: (value: number) => boolean): number {
  if (holds(most)) return most;
  let [low, high] = [0, most];
  for (let step = 0; step < 20; step++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

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
export function roomFor(each: Spent, fixed: Spent, budget: Budget): number {
  const rooms = spendingCeilingsOf(budget).map((ceiling) => {
    const step = countedBy(ceiling, each) ?? 0;
    const room = ceiling.limit - (countedBy(ceiling, fixed) ?? 0);
    return step <= 0 ? Number.POSITIVE_INFINITY : Math.max(0, room / step);
  });
  return Math.min(...rooms);
}

const priced: ReadonlySet<keyof Spent> = new Set(['usd', 'seconds']);

/** How a job comes out otherwise than was reckoned, as factors. */
export interface Luck {
  /** On all that nothing limits. */
  readonly amounts: number;
  /** On the dollars and the time of a call, which go together: dear models are slow. */
  readonly dear: number;
}

/**
 * The same with some luck: whatever luck a run has, it spends the ceiling that it reaches, and none beyond. Where that
 * is one on dollars or time, dearer calls are fewer, and take as much in all.
 */
export function withLuck({ total: amounts, end }: Reckoned, luck: Luck, budget: Budget): Reckoned {
  const ceilings = spendingCeilingsOf(budget);
  const reached = ceilings.filter(
    (ceiling) => (countedBy(ceiling, amounts) ?? 0) >= reachedShare * ceiling.limit,
  );
  const kept = new Set(reached.flatMap(({ counts }) => counts));
  const dear = kept.has('usd') || kept.has('seconds') ? 1 : luck.dear;
  const drawn = withOther(scaled(amounts, luck.amounts), scaled(amounts, luck.amounts * dear), priced);
  const spent = withOther(drawn, amounts, kept);
  const shares = ceilings.map((ceiling) => ceiling.limit / Math.max(1e-12, countedBy(ceiling, spent) ?? 0));
  const total = scaled(spent, Math.min(1, ...shares));
  return { total, end: scaled(end, total.calls / Math.max(1, amounts.calls)) };
}

export function scaled(amounts: Spent, factor: number): Spent {
  return {
    calls: amounts.calls * factor,
    tokensIn: amounts.tokensIn * factor,
    tokensOut: amounts.tokensOut * factor,
    usd: amounts.usd === null ? null : amounts.usd * factor,
    seconds: amounts.seconds * factor,
  };
}
