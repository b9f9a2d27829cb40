import type { Estimate, Estimates } from '../domain/objective.ts';

export const costNames = ['latency', 'usd', 'tokens'] as const;
type CostName = (typeof costNames)[number];

/** What one answered request took: seconds, US dollars, tokens; `null` is unknown. */
export type RequestCost = Readonly<Record<CostName, number | null>>;

/** Count, mean and sum of squared deviations of what was seen. */
interface Seen {
  readonly count: number;
  readonly mean: number;
  readonly squares: number;
}

export type CostsState = Readonly<Record<string, Partial<Record<CostName, Seen>>>>;

/** Requests that a run's own figures are worth, and that are remembered: what is long ago counts for less. */
const priorWorth = 20;
const remembered = 500;
/** Deviations from the mean to the ends of a 95% interval. */
const reach = 1.96;

/** Learns from every answered request what a member costs; the run's figures are worth twenty requests. */
export class ServedCosts {
  readonly #seen: Map<string, Partial<Record<CostName, Seen>>>;

  constructor(state: CostsState = {}) {
    this.#seen = new Map(Object.entries(state));
  }

  take(id: string, cost: RequestCost): void {
    const known: Partial<Record<CostName, Seen>> = { ...this.#seen.get(id) };
    for (const name of costNames) {
      const value = cost[name];
      if (value !== null) known[name] = withValue(known[name] ?? nothing, value);
    }
    this.#seen.set(id, known);
  }

  /** A member's figures with what was seen since; the score is the run's, on the run's scale. */
  figures(id: string, figures: Estimates): Estimates {
    const seen = this.#seen.get(id);
    if (seen === undefined) return figures;
    const { latency, usd, tokens } = seen;
    return {
      ...figures,
      latency: together(figures.latency, latency),
      usd: together(figures.usd, usd),
      tokens: together(figures.tokens, tokens),
    };
  }

  state(): CostsState {
    return Object.fromEntries(this.#seen);
  }
}

const nothing: Seen = { count: 0, mean: 0, squares: 0 };

function withValue(seen: Seen, value: number): Seen {
  const kept = Math.min(seen.count, remembered - 1);
  const faded = seen.count === 0 ? 0 : kept / seen.count;
  const count = kept + 1;
  const off = value - seen.mean;
  const mean = seen.mean + off / count;
  return { count, mean, squares: seen.squares * faded + off * (value - mean) };
}

/** Both as one sample. A figure that the run left unknown is known once there are as many requests as it would be worth. */
function together(prior: Estimate, seen: Seen | undefined): Estimate {
  if (seen === undefined) return prior;
  const { count, mean, squares } = seen;
  if (prior.mean === null || prior.low === null || prior.high === null) {
    return count < priorWorth ? prior : around(mean, squares / (count - 1), count);
  }
  const total = priorWorth + count;
  const priorVariance = priorWorth * ((prior.high - prior.low) / 2 / reach) ** 2;
  const between = (priorWorth * count * (prior.mean - mean) ** 2) / total;
  const variance = (priorWorth * priorVariance + squares + between) / total;
  return around((priorWorth * prior.mean + count * mean) / total, variance, total);
}

function around(mean: number, variance: number, count: number): Estimate {
  const half = reach * Math.sqrt(variance / count);
  return { mean, low: Math.max(0, mean - half), high: mean + half };
}
