import { remembered } from '../core/remembered.ts';
import type { Degradation } from '../domain/cell-result.ts';
import { type MoaConfig, modelsOf } from '../domain/moa-config.ts';
import type { ModelTrouble } from '../domain/run-result.ts';
import { placedSeats } from '../domain/stages/stages.ts';
import { formatPath } from '../domain/validation.ts';
import { wroteNothing } from '../moa/calls.ts';
import type { Trial } from '../search/trial.ts';

type Measured = readonly Pick<Trial, 'config' | 'results'>[];

/** How often each model's answers were cut off at their most tokens; those that never were are left out. */
export const cutOffOf = (trials: Measured): ModelTrouble[] =>
  troublesOf(trials, ({ code }) => code === 'truncated');

/** How often each model answered with nothing, though it was not cut off; those that never did are left out. */
export const emptyOf = (trials: Measured): ModelTrouble[] =>
  troublesOf(trials, ({ code, note }) => code === 'agent-dropped' && note.endsWith(` ${wroteNothing}`));

function troublesOf(trials: Measured, isOne: (degradation: Degradation) => boolean): ModelTrouble[] {
  const counts = new Map<string, { answers: number; of: number }>();
  for (const { config, results } of trials) {
    for (const model of modelsOf(config)) {
      remembered(counts, model, () => ({ answers: 0, of: 0 })).of += results.size;
    }
    const modelAt = modelsByPlace(config);
    for (const { degraded } of results.values()) {
      for (const model of new Set(
        degraded.filter(isOne).map(({ stage, agent = '' }) => modelAt(stage, agent)),
      )) {
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
