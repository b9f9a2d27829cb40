import type { StageOf } from '../../domain/moa-config.ts';
import type { SimpleStage, SimpleStageKind } from '../../domain/stages/simple-stages.ts';
import type { Pool } from '../pool.ts';
import { announced, type StageContext, type StageResult } from '../stage.ts';
import { runCritique } from './critique.ts';
import { runFuse } from './fuse.ts';
import { runPropose } from './propose.ts';
import { runRank } from './rank.ts';
import { runRoute } from './route.ts';
import { runVerify } from './verify.ts';
import { runVote } from './vote.ts';

type Runner<Kind extends SimpleStageKind> = (
  stage: StageOf<Kind>,
  pool: Pool,
  context: StageContext,
) => Promise<StageResult> | StageResult;

/** How each kind of stage but the loop runs. */
const runners: { readonly [Kind in SimpleStageKind]: Runner<Kind> } = {
  propose: runPropose,
  route: runRoute,
  critique: runCritique,
  verify: runVerify,
  rank: runRank,
  vote: runVote,
  fuse: runFuse,
};

/** Runs any stage but a loop and announces its end. */
export async function runSimpleStage(
  stage: SimpleStage,
  pool: Pool,
  context: StageContext,
): Promise<StageResult> {
  const run = runners[stage.kind] as Runner<SimpleStageKind>;
  return announced(await run(stage, pool, context), context);
}
