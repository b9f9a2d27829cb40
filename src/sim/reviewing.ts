import type { Rng } from '../core/rng.ts';
import { noise } from './constants.ts';
import { unitNoise } from './noise.ts';
import type { Situation } from './subject.ts';

/** Noise of a reviewer on a point: its blind spots last, the rest is fresh. */
export function reviewNoise({ lasting, question }: Situation, point: string, rng: Rng): number {
  const { modelVariance } = noise;
  return (
    lasting(question, 'review', point) * Math.sqrt(modelVariance) +
    unitNoise(rng.derive(point)) * Math.sqrt(1 - modelVariance)
  );
}

/** A ranker's answer: the candidates' numbers, those first that lose least. */
export function rankingOf({ request: { numbers } }: Situation, lost: readonly number[]): string {
  const order = [...lost.keys()].sort((a, b) => (lost[a] ?? 0) - (lost[b] ?? 0) || a - b);
  return `RANKING: ${order.map((index) => numbers[index]).join(', ')}`;
}
