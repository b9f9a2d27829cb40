import type { Rng } from '../core/rng.ts';

/** Share of parents that are drawn from the best by score. */
export const eliteShare = 0.4;
/** Trials with the best scores that count as elite, and how fast their chance falls with their place. */
export const eliteSize = 24;
const eliteDecay = 0.85;

/** One of the elite, which are given best first. */
export function drawElite<Member>(elite: readonly Member[], rng: Rng): Member | undefined {
  return elite[rng.weighted(elite.map((_, rank) => eliteDecay ** rank))];
}

/**
 * How often a member of the front is drawn: by how far its score stands above the median trial's, then by the room
 * around it. A front also holds cheap corners that answer next to nothing.
 */
export function memberWeight(
  score: number,
  room: number | undefined,
  { median, best }: { readonly median: number; readonly best: number },
): number {
  const above = best > median ? Math.max(0, (score - median) / (best - median)) : 1;
  return (0.02 + above ** 2) * (0.5 + Math.min(1, room ?? 0));
}
