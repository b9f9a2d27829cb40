/** A call that was answered, as far as its time tells of the load of its provider. */
export interface ServedCall {
  readonly provider: string;
  readonly model: string;
  readonly serviceMs: number;
  readonly outputTokens: number;
  /** Calls in flight at the provider on average while it was served, itself among them. */
  readonly inFlight: number;
}

/** A step of a cell's critical path: the slowest of the calls that it made side by side. */
export interface PathStep {
  readonly provider: string;
  readonly seconds: number;
  /** As of {@link ServedCall}. */
  readonly inFlight: number;
  /** Calls of the cell itself at that provider in this step: what one user keeps in flight. */
  readonly own: number;
}

/** Samples of a provider that are kept; beyond, every other is let go. */
const mostSamples = 512;
/** The model is fitted when so many calls of a provider were seen, and at each doubling. */
const firstFit = 64;
/** Growths that are tried: shares of the time of one call that a further call in flight adds. */
const growths = [0, ...Array.from({ length: 56 }, (_, step) => 0.0005 * 1.15 ** step)];
/** Growth must explain this much of what models and tokens leave unexplained, or there is none. */
const leastExplained = 0.2;
/** Without so different loads nothing can be told. */
const leastSpread = 2;

interface Provider {
  samples: ServedCall[];
  seen: number;
  stride: number;
  growth: number;
}

/**
 * How the time of calls grows with the calls in flight at their provider: `(a + b × output tokens) × (1 + growth ×
 * (in flight − 1))`, with `a` and `b` of each model and one growth for each provider, by least squares of relative
 * errors. A fold over answered calls.
 */
export class ProviderLoads {
  readonly #providers = new Map<string, Provider>();
  /** Counts the changes of what is known. */
  version = 0;

  take(call: ServedCall): void {
    const provider = this.#providers.get(call.provider) ?? { samples: [], seen: 0, stride: 1, growth: 0 };
    this.#providers.set(call.provider, provider);
    if (provider.seen++ % provider.stride === 0) provider.samples.push(call);
    if (provider.samples.length > mostSamples) {
      provider.samples = provider.samples.filter((_, at) => at % 2 === 0);
      provider.stride *= 2;
    }
    const { seen } = provider;
    if (seen < firstFit || (seen & (seen - 1)) !== 0) return;
    const growth = growthIn(provider.samples);
    if (growth === provider.growth) return;
    provider.growth = growth;
    this.version++;
  }

  /** Growth by provider, where there is any. */
  get growths(): Readonly<Record<string, number>> {
    const found = [...this.#providers].filter(([, { growth }]) => growth > 0);
    return Object.fromEntries(found.map(([name, { growth }]) => [name, growth]));
  }

  /** Seconds that a path would have taken for a single user; those measured where no growth is known. */
  latencyAlone(path: readonly PathStep[]): number {
    return path.reduce((sum, { provider, seconds, inFlight, own }) => {
      const growth = this.#providers.get(provider)?.growth ?? 0;
      return sum + (seconds * slowdown(growth, Math.min(own, inFlight))) / slowdown(growth, inFlight);
    }, 0);
  }
}

function slowdown(growth: number, inFlight: number): number {
  return 1 + growth * Math.max(0, inFlight - 1);
}

function growthIn(samples: readonly ServedCall[]): number {
  const loads = samples.map(({ inFlight }) => inFlight);
  if (Math.max(...loads) < leastSpread * Math.min(...loads)) return 0;
  const byModel = new Map<string, ServedCall[]>();
  for (const sample of samples) byModel.set(sample.model, [...(byModel.get(sample.model) ?? []), sample]);
  const error = (growth: number): number => {
    let sum = 0;
    for (const calls of byModel.values()) sum += relativeError(calls, growth);
    return sum;
  };
  const without = error(0);
  let best = { growth: 0, error: without };
  for (const growth of growths) {
    const found = error(growth);
    if (found < best.error) best = { growth, error: found };
  }
  return best.error <= (1 - leastExplained) * without ? best.growth : 0;
}

/** Sum of squared relative errors of the best line of a model's unloaded times over output tokens. */
function relativeError(calls: readonly ServedCall[], growth: number): number {
  let [w, wx, wxx, wy, wxy] = [0, 0, 0, 0, 0];
  const points = calls.map(({ serviceMs, outputTokens, inFlight }) => {
    const y = Math.max(1e-9, serviceMs / slowdown(growth, inFlight));
    const weight = 1 / (y * y);
    w += weight;
    wx += weight * outputTokens;
    wxx += weight * outputTokens * outputTokens;
    wy += weight * y;
    wxy += weight * outputTokens * y;
    return { x: outputTokens, y };
  });
  const spread = w * wxx - wx * wx;
  const slope = spread <= 1e-9 * w * wxx ? 0 : Math.max(0, (w * wxy - wx * wy) / spread);
  const base = (wy - slope * wx) / w;
  return points.reduce((sum, { x, y }) => sum + ((base + slope * x) / y - 1) ** 2, 0);
}
