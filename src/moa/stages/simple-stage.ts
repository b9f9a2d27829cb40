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
  stage: Extract<SimpleStage, { kind: Kind }>,
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
  return announced(await run(stage, pool, context), context);
}

/** `Kind` is that of the stage, so that what is looked up by it takes the stage. */
function run<Kind extends SimpleStageKind>(
  stage: { readonly kind: Kind } & Extract<SimpleStage, { kind: Kind }>,
  pool: Pool,
  context: StageContext,
): ReturnType<Runner<Kind>> {
  return runners[stage.kind](stage, pool, context);
}
