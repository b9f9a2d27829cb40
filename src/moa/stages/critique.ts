import type { StageOf } from '../../domain/moa-config.ts';
import { defaultCriticPrompt } from '../instructions.ts';
import { buildMessages } from '../messages.ts';
import { answerText } from '../parse.ts';
import type { Pool } from '../pool.ts';
import { done, type StageContext, type StageResult, started, stoppedByAbort } from '../stage.ts';

/** Its agents comment on the candidates; new comments follow those that came along. */
export async function runCritique(
  stage: StageOf<'critique'>,
  pool: Pool,
  context: StageContext,
): Promise<StageResult> {
  const place = started(context, 'critique', stage.agents);
  const group = await context.calls.together(
    place,
    stage.agents.map((agent) => ({
      agent,
      messages: buildMessages({
        agent,
        defaultPrompt: defaultCriticPrompt,
        question: context.question,
        pool,
      }),
    })),
  );
  if (group.aborted) return stoppedByAbort;
  if (group.answers.length === 0) {
    context.calls.degrade(
      context.path,
      'critique-lost',
      'no critic answered; the candidates go on as they are',
    );
  }
  const critiques = group.answers.map(({ text }) => answerText(text));
  return done({ candidates: pool.candidates, critiques: [...pool.critiques, ...critiques] });
}
