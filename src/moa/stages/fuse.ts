import { defined } from '../../core/defined.ts';
import type { StageOf } from '../../domain/moa-config.ts';
import { defaultFuserPrompt } from '../instructions.ts';
import { buildMessages } from '../messages.ts';
import { freshPool, type Pool } from '../pool.ts';
import {
  candidatesOf,
  done,
  type StageContext,
  type StageResult,
  started,
  stoppedByAbort,
} from '../stage.ts';

/**
 * An aggregator writes one answer (one a sample) from all candidates and critiques. Where it fails, the
 * candidates pass on as they are: no answer is made up that the config did not write.
 */
export async function runFuse(
  stage: StageOf<'fuse'>,
  pool: Pool,
  context: StageContext,
): Promise<StageResult> {
  const { agent } = stage;
  const place = started(context, 'fuse', [agent]);
  const messages = buildMessages({
    agent,
    defaultPrompt: defaultFuserPrompt,
    question: context.question,
    pool,
  });
  const onDelta = context.onDelta;
  const group = await context.calls.together(place, [{ agent, messages, ...defined({ onDelta }) }]);
  if (group.aborted) return stoppedByAbort;
  if (group.answers.length > 0) return done(freshPool(candidatesOf(group)));
  const note = `the aggregator wrote nothing; the ${pool.candidates.length} candidates pass on`;
  context.calls.degrade(context.path, 'fuse-failed', note, agent.name);
  return done(pool);
}
