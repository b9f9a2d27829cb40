import { bisect } from '../../core/bisect.ts';
import { elementAt, numberAt } from '../../core/element-at.ts';
import { float64At } from '../../core/linear.ts';
import { columnOf, type ModelTimes, type ServedCalls, sortedMedian } from './served-calls.ts';

/** Calls begun or ended in one window of time: few enough to follow the load, enough to know it within some percent. */
const eventsPerWindow = 16;
/**
 * Rounds in which the windows' slowness and the models' own times are found by turns. Where a model is asked only under
 * load its own time takes most of them: with 6 a config that was told within 15% stayed up to 2.1 times apart.
 */
export const fittingRounds = 24;

/** What was found by turns. */
export interface FittedWindows {
  readonly timeline: Timeline;
  /** The calls that tell of each window, as indices. */
  readonly within: readonly (readonly number[])[];
  /** In the order of the calls' models. */
  readonly times: readonly ModelTimes[];
  /** How slow the provider was while each call was served. */
  readonly slowness: Float64Array;
}

/** A slowness for each window of time, and what each model takes at a slowness of 1. */
export function fitWindows(served: ServedCalls, rounds: number): FittedWindows {
  const timeline = new Timeline(edgesOf(served));
  const spans = timeline.spansOf(served);
  const within = timeline.within(served, spans);
  const logs = within.map(({ length }) => new Float64Array(length));
  let slowness = served.level;
  let times = served.timesAt(slowness);
  for (let round = 0; round < rounds; round++) {
    const residuals = served.residuals(times, slowness);
    timeline.scale(
      logs.map((values, slot) => {
        for (const [place, at] of elementAt(within, slot).entries()) values[place] = float64At(residuals, at);
        return sortedMedian(values);
      }),
    );
    slowness = timeline.slownessOf(spans);
    times = served.timesAt(slowness);
  }
  return { timeline, within, times, slowness };
}

/** Where windows begin and end; the first and the last go on for ever. */
function edgesOf({ calls }: ServedCalls): number[] {
  const events = calls.flatMap(({ from, to }) => [from, to]).sort((a, b) => a - b);
  const edges = events.filter((_at, index) => index % eventsPerWindow === 0 && index > 0);
  return [...new Set(edges)];
}

/** A moment, and the window that it lies in. */
interface Moment {
  readonly at: number;
  readonly slot: number;
}

/** When a call was served. */
interface Span {
  readonly from: Moment;
  readonly to: Moment;
}

/** A slowness for each window of time. */
class Timeline {
  readonly #edges: readonly number[];
  #slots: readonly number[];
  /** Work done up to each edge from the first. */
  #done: number[] = [];

  constructor(edges: readonly number[]) {
    this.#edges = edges;
    this.#slots = Array.from({ length: edges.length + 1 }, () => 1);
    this.#sum();
  }

  get slots(): readonly number[] {
    return this.#slots;
  }

  set slots(slots: readonly number[]) {
    this.#slots = slots;
    this.#sum();
  }

  /** @param logs what each slowness is to be multiplied by, as a logarithm */
  scale(logs: readonly number[]): void {
    this.slots = this.#slots.map((slowness, slot) => slowness * Math.exp(numberAt(logs, slot)));
  }

  /** Where calls lie, which stays while the slowness changes. */
  spansOf({ calls }: ServedCalls): Span[] {
    return calls.map(({ from, to }) => ({ from: this.#moment(from), to: this.#moment(to) }));
  }

  /** The calls that tell of each window, as indices: half of the one lies in the other. */
  within({ calls }: ServedCalls, spans: readonly Span[]): number[][] {
    const within = this.#slots.map((): number[] => []);
    for (const at of calls.keys()) {
      const { from, to } = elementAt(spans, at);
      for (let slot = from.slot; slot <= to.slot; slot++) {
        const begin = this.#edges[slot - 1] ?? Number.NEGATIVE_INFINITY;
        const end = this.#edges[slot] ?? Number.POSITIVE_INFINITY;
        const shared = Math.min(to.at, end) - Math.max(from.at, begin);
        if (shared > 0 && 2 * shared >= Math.min(to.at - from.at, end - begin)) within[slot]?.push(at);
      }
    }
    return within;
  }

  /** Time at a slowness of 1 that does what was done between two moments. */
  work(from: number, to: number): number {
    return this.#workUpTo(this.#moment(to)) - this.#workUpTo(this.#moment(from));
  }

  /** How slow the provider was on average while each call was served. */
  slownessOf(spans: readonly Span[]): Float64Array {
    return columnOf(spans, ({ from, to }) => {
      const work = this.#workUpTo(to) - this.#workUpTo(from);
      return work > 0 ? (to.at - from.at) / work : 1;
    });
  }

  #sum(): void {
    this.#done = [];
    let done = 0;
    for (const [index, edge] of this.#edges.entries()) {
      const before = this.#edges[index - 1];
      if (before !== undefined) done += (edge - before) / numberAt(this.slots, index);
      this.#done.push(done);
    }
  }

  #moment(at: number): Moment {
    return { at, slot: bisect(this.#edges.length, (index) => numberAt(this.#edges, index) > at) };
  }

  #workUpTo({ at, slot }: Moment): number {
    const reference = Math.max(0, slot - 1);
    const edge = this.#edges[reference];
    if (edge === undefined) return at / numberAt(this.#slots, 0);
    return numberAt(this.#done, reference) + (at - edge) / numberAt(this.#slots, slot);
  }
}
