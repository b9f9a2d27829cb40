import { describe, expect, it } from 'vitest';
import type { ObjectiveName } from '../../src/domain/objective.ts';
import { defaultRacingRule } from '../../src/search/racing/index.ts';
import { sampled } from '../support/thorough.ts';
import { type Population, tunedWinner } from './population-world.ts';
import { worldSettings } from './world.ts';

const population: Population = { name: 'any', ability: 0, scores: 'right', tuning: 24, holdout: 4 };

describe('a run that races', () => {
  const { schedule } = worldSettings;
  if (schedule === undefined) throw new Error('the world has a schedule');

  // A rule compares column by column, so it must know which column is which.
  it.each<{ objectives: readonly ObjectiveName[] }>(
    sampled([{ objectives: ['tokens', 'score'] }, { objectives: ['score'] }], 2),
  )('does so over the objectives that were asked for: $objectives', async ({ objectives }) => {
    for (const racing of sampled([defaultRacingRule, 'e-process'] as const, 2)) {
      const winner = await tunedWinner(population, 1, {
        objectives,
        budget: { maxEvaluations: 6 },
        schedule: { ...schedule, startingCells: 24, firstLook: 8, racing },
      });
      expect(winner.holdout).toBeGreaterThanOrEqual(0);
    }
  });
});
