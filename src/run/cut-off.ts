import { remembered } from '../core/remembered.ts';
import { type MoaConfig, modelsOf } from '../domain/moa-config.ts';
import type { CutOffModel } from '../domain/run-result.ts';
import { placedSeats } from '../domain/stages/stages.ts';
import { formatPath } from '../domain/validation.ts';
import type { Trial } from '../search/trial.ts';

/** How often each model's answers were cut off at their most tokens; those that never were are left out. */
export function cutOffOf(trials: readonly Pick<Trial, 'config' | 'results'>[]): CutOffModel[] {
  const counts = new Map<string, { answers: number; of: number }>();
  for (const { config, results } of trials) {
    for (const model of modelsOf(config)) {
      remembered(counts, model, () => ({ answers: 0, of: 0 })).of += results.size;
    }
    const modelAt = modelsByPlace(config);
    for (const { degraded } of results.values()) {
      const cut = degraded.filter(({ code }) => code === 'truncated');
      for (const model of new Set(cut.map(({ stage, agent = '' }) => modelAt(stage, agent)))) {
        const count = counts.get(model ?? '');
        if (count !== undefined) count.answers++;
      }
    }
  }
  return [...counts].flatMap(([model, { answers, of }]) => (answers === 0 ? [] : [{ model, answers, of }]));
}

/** The model of an agent by its name and the stage as traces name it: agents of different stages may share a name. */
function modelsByPlace({ stages }: MoaConfig): (stage: string, agent: string) => string | undefined {
  const seats = placedSeats(stages).map(({ agent, at }) => ({ agent, path: formatPath(at) }));
  return (stage, name) => {
    const place = stage.replace(/@\d+$/, '');
    // A router's place is its own, not its stage's.
    const isThere = (path: string): boolean =>
      path.endsWith('.router') ? path === place : path.startsWith(`${place}.`);
    return seats.find(({ agent, path }) => agent.name === name && isThere(path))?.agent.model;
  };
}
