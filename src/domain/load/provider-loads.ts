import type { CellResult, PathStep } from '../cell-result.ts';
import type { Measurement } from '../objective.ts';
import type { ServedCall } from './served-calls.ts';
import { type FoundSlowness, findSlowness, type ProviderLoad } from './slowness.ts';

/** Calls of a provider that are kept; beyond, every other is let go. */
const mostSamples = 1024;
/** The model is fitted when so many calls of a provider were seen, and whenever there are so many times as many. */
const firstFit = 64;
const nextFit = 1.5;

interface Provider {
  samples: ServedCall[];
  seen: number;
  stride: number;
  due: number;
  fittedAt: number;
  found: FoundSlowness | undefined;
}

/**
 * How slow each provider was at each moment of a run, told by all calls that it served then, and what latencies would
 * be for one user alone. A fold over answered calls (see docs/latency.md).
 */
export class ProviderLoads {
  readonly #providers = new Map<string, Provider>();
  /** Counts the changes of what is known. */
  version = 0;

  take(call: ServedCall): void {
    const provider = this.#providers.get(call.provider) ?? {
      ...{ samples: [], seen: 0, stride: 1, due: firstFit, fittedAt: 0, found: undefined },
    };
    this.#providers.set(call.provider, provider);
    if (provider.seen++ % provider.stride === 0) provider.samples.push(call);
    if (provider.samples.length > mostSamples) {
      // The first stay: few others are in flight beside them.
      provider.samples = provider.samples.filter((_, at) => at < firstFit || at % 2 === 0);
      provider.stride *= 2;
    }
    if (provider.seen >= provider.due) this.#fit(provider);
  }

  /** Takes into account what was answered since the last time. */
  refit(): void {
    for (const provider of this.#providers.values())
      if (provider.seen >= firstFit && provider.seen > provider.fittedAt) this.#fit(provider);
  }

  #fit(provider: Provider): void {
    provider.fittedAt = provider.seen;
    provider.due = Math.ceil(nextFit * provider.seen);
    const before = provider.found;
    provider.found = findSlowness(provider.samples);
    if (before !== undefined || provider.found !== undefined) this.version++;
  }

  /** What is known of providers whose calls slow each other down; `undefined` where nothing is of any. */
  get told(): Readonly<Record<string, ProviderLoad>> | undefined {
    const told = [...this.#providers].flatMap(([name, { found }]) =>
      found === undefined ? [] : [[name, found.load] as const],
    );
    return told.length === 0 ? undefined : Object.fromEntries(told);
  }

  /** A cell's measurement with the latency that one user would see; as it was where no load is known. */
  measured({ measurement, path }: Pick<CellResult, 'measurement' | 'path'>): Measurement {
    if (this.version === 0 || path === undefined) return measurement;
    return { ...measurement, latency: path.reduce((sum, step) => sum + this.#secondsAlone(step), 0) };
  }

  #secondsAlone({ seconds, provider, model, outputTokens, own, until }: PathStep): number {
    const found = this.#providers.get(provider)?.found;
    if (found === undefined || model === undefined) return seconds;
    const beside = 1 + found.load.growth * (own - 1);
    if (until !== undefined) return found.serviceBetween(until / 1000 - seconds, until / 1000) * beside;
    const usual = found.usual(model, outputTokens);
    return usual === undefined ? seconds : usual * beside;
  }
}
