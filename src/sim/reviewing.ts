import type { Rng } from '../core/rng.ts';
import { noise } from './constants.ts';
import { unitNoise } from './noise.ts';
import type { Situation, SubjectAnswer } from './subject.ts';

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

/** What is written in the role that a request gives: reviews as they are told, else an answer. */
export function writtenInRole(
  { request: { role } }: Situation,
  reviews: Readonly<Record<'critic' | 'verifier' | 'ranker', () => string>>,
  write: () => SubjectAnswer,
): SubjectAnswer {
  return role === 'critic' || role === 'verifier' || role === 'ranker'
    ? { form: 'plain', body: reviews[role]() }
    : write();
}
