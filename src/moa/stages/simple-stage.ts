import type { SimpleStage } from '../../domain/moa-config.ts';
import type { Pool } from '../pool.ts';
import type { StageContext, StageResult } from '../stage.ts';
import { runCritique } from './critique.ts';
import { runFuse } from './fuse.ts';
import { runPropose } from './propose.ts';
import { runRank } from './rank.ts';
import { runRoute } from './route.ts';
import { runVerify } from './verify.ts';
import { runVote } from './vote.ts';

/** Runs any stage but a loop and announces its end. */
export async function runSimpleStage(
  stage: SimpleStage,
  pool: Pool,
  context: StageContext,
): Promise<StageResult> {
  const result = await dispatch(stage, pool, context);
  if (result.kind === 'done') {
    const candidates = result.pool.candidates.length;
    context.calls.emit({ kind: 'stage-finished', stage: context.path, candidates });
  }
  return result;
}

async function dispatch(stage: SimpleStage, pool: Pool, context: StageContext): Promise<StageResult> {
  switch (stage.kind) {
    case 'propose':
      return runPropose(stage, pool, context);
    case 'route':
      return runRoute(stage, pool, context);
    case 'critique':
      return runCritique(stage, pool, context);
    case 'verify':
      return runVerify(stage, pool, context);
    case 'rank':
      return runRank(stage, pool, context);
    case 'vote':
      return runVote(pool, context);
    case 'fuse':
      return runFuse(stage, pool, context);
  }
}
