import type { StageOf } from '../../domain/moa-config.ts';
import { timesOf } from '../../domain/stages/loop.ts';
import type { Pool } from '../pool.ts';
import { done, type StageContext, type StageResult } from '../stage.ts';
import { runSimpleStage } from './simple-stage.ts';

/**
 * Runs its stages again and again, each pass on what the last one left. With `until: verified` it stops
 * right after the verify stage that has accepted a candidate.
 */
export async function runLoop(
  stage: StageOf<'loop'>,
  pool: Pool,
  context: StageContext,
): Promise<StageResult> {
  const times = timesOf(stage);
  let current = pool;
  for (let iteration = 0; iteration < times; iteration++) {
    for (const [index, inner] of stage.stages.entries()) {
      const { onDelta: _, ...rest } = context;
      const path = `${context.path}.stages[${index}]@${iteration}`;
      const result = await runSimpleStage(inner, current, { ...rest, path, iteration });
      if (result.kind === 'stopped') return result;
      current = result.pool;
      if (stage.until === 'verified' && result.verified === true) return done(current);
    }
  }
  return done(current);
}
