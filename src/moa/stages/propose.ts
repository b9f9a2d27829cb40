import { defined } from '../../core/defined.ts';
import type { StageOf } from '../../domain/moa-config.ts';
import { roundsOf } from '../../domain/stages/simple-stages.ts';
import type { AgentCall } from '../calls.ts';
import { defaultFuserPrompt } from '../instructions.ts';
import { buildMessages } from '../messages.ts';
import type { Pool } from '../pool.ts';
import { done, replaced, type StageContext, type StageResult, started } from '../stage.ts';

/**
 * Its agents answer side by side. In every round but the very first they see all candidates so far (and
 * critiques of them); each round's answers replace what was there.
 */
export async function runPropose(
  stage: StageOf<'propose'>,
  pool: Pool,
  context: StageContext,
): Promise<StageResult> {
  const rounds = roundsOf(stage);
  let current = pool;
  for (let round = 0; round < rounds; round++) {
    const place = started(context, 'propose', stage.agents, rounds > 1 ? round : context.iteration);
    const onDelta = round === rounds - 1 ? context.onDelta : undefined;
    const calls = stage.agents.map(
      (agent): AgentCall => ({
        agent,
        messages: buildMessages({
          agent,
          // A proposer without a prompt gets none, but references alone would not say what to do with them.
          ...(current.candidates.length === 0 ? {} : { defaultPrompt: defaultFuserPrompt }),
          question: context.question,
          pool: current,
        }),
        ...defined({ onDelta }),
      }),
    );
    const result = replaced(context, current, await context.calls.together(place, calls));
    if (result.kind === 'stopped') return result;
    current = result.pool;
  }
  return done(current);
}
