import { elementAt } from '../../core/element-at.ts';
import type { Rng } from '../../core/rng.ts';
import { nonDominated } from '../../pareto/index.ts';
import type { Posterior } from './gaussian-process.ts';
import type { LogEntry } from './trial-log.ts';

/** Trials that are learned from at most: time grows with the cube. */
const mostTrials = 300;
/** Of them, by lot and by their number of cells: whoever is chosen by a score was lucky. */
const sampleSize = 150;
const measuredShare = 1 / 3;

/** Trials that say what all are like, by index, ascending: all of few; else the most measured and others by lot. */
export function sampled(entries: readonly LogEntry[], rng: Rng): readonly number[] {
  const all = [...entries.keys()];
  if (all.length <= mostTrials) return all;
  const cells = (at: number): number => elementAt(entries, at).cells;
  const kept = new Set(
    all.toSorted((a, b) => cells(b) - cells(a) || a - b).slice(0, sampleSize * measuredShare),
  );
  for (const at of rng.shuffle(all)) {
    if (kept.size >= sampleSize) break;
    kept.add(at);
  }
  return [...kept].sort((a, b) => a - b);
}

/**
 * The sample and the trials that may be best for what they cost, by index, ascending: the front by what they may
 * score, the front without it, and so on.
 * @param believed of each trial, from the sample and its own cells
 */
export function promising(
  entries: readonly LogEntry[],
  sample: readonly number[],
  believed: readonly Posterior[],
): readonly number[] {
  const kept = new Set(sample);
  const point = (at: number): number[] => {
    const { tokens, latency, usd } = elementAt(entries, at);
    const { mean, variance } = elementAt(believed, at);
    return [-mean - Math.sqrt(variance), tokens ?? 0, latency ?? 0, usd ?? 0];
  };
  const directions = Array.from({ length: 4 }, () => 'min' as const);
  let rest = [...entries.keys()];
  while (kept.size < mostTrials && rest.length > 0) {
    const layer = new Set(nonDominated(rest, point, directions));
    for (const at of layer) if (kept.size < mostTrials) kept.add(at);
    rest = rest.filter((at) => !layer.has(at));
  }
  return [...kept].sort((a, b) => a - b);
}
