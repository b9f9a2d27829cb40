import type { Estimates, ObjectiveName } from '../domain/objective.ts';
import { hypervolume } from './hypervolume.ts';

/**
 * Values at which a point earns nothing: two minutes, 100,000 tokens or a dollar per question. Fixed,
 * so that the hypervolumes of different moments and runs can be compared.
 */
const worst: Record<Exclude<ObjectiveName, 'score'>, number> = { latency: 120, tokens: 100_000, usd: 1 };
/** What counts as nearly free; below it the logarithm would reward differences nobody feels. */
const unit: Record<Exclude<ObjectiveName, 'score'>, number> = { latency: 0.1, tokens: 10, usd: 1e-5 };

/** An objective on 0 (ideal) to 1 (worthless): 1 - score, and costs on a logarithmic scale. */
export function normaliseObjective(objective: ObjectiveName, value: number): number {
  if (objective === 'score') return 1 - value;
  const scaled = Math.log1p(value / unit[objective]) / Math.log1p(worst[objective] / unit[objective]);
  return Math.min(1, scaled);
}

/** Share, 0..1, of the normalised box that a front dominates; points with an unknown objective add nothing. */
export function frontHypervolume(front: readonly Estimates[], objectives: readonly ObjectiveName[]): number {
  const points: number[][] = [];
  for (const estimates of front) {
    const point = objectives.map((name) => {
      const { mean } = estimates[name];
      return mean === null ? null : normaliseObjective(name, mean);
    });
    if (point.every((value) => value !== null)) points.push(point);
  }
  return hypervolume(
    points,
    objectives.map(() => 1),
  );
}
