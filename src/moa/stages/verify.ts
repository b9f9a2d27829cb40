import type { StageOf } from '../../domain/moa-config.ts';
import type { AgentAnswer } from '../calls.ts';
import { verdictInstruction } from '../instructions.ts';
import { buildMessages } from '../messages.ts';
import { parseVerdict } from '../parse.ts';
import { keptPool, type Pool } from '../pool.ts';
import { type StageContext, type StageResult, started, stoppedByAbort } from '../stage.ts';

/**
 * An agent accepts or rejects each candidate, in one call each; with several samples more of them must
 * accept than reject. Accepted candidates pass on; where none is, that is recorded and all pass on.
 */
export async function runVerify(
  stage: StageOf<'verify'>,
  pool: Pool,
  context: StageContext,
): Promise<StageResult> {
  const { agent } = stage;
  const place = started(context, 'verify', [agent]);
  const appendix = /verdict:/i.test(agent.prompt) ? [] : [verdictInstruction];
  const group = await context.calls.together(
    place,
    pool.candidates.map((candidate) => ({
      agent,
      messages: buildMessages({
        agent,
        question: context.question,
        pool: { candidates: [candidate], critiques: pool.critiques },
        appendix,
      }),
    })),
  );
  if (group.aborted) return stoppedByAbort;
  const accepted = pool.candidates.filter((candidate, index) => {
    const answers = group.answers.filter((answer) => answer.call === index);
    return isAccepted(answers, candidate.number, context, agent.name);
  });
  if (accepted.length > 0) return { kind: 'done', pool: keptPool(pool, accepted), verified: true };
  const note = `none of ${pool.candidates.length} candidates was accepted; all pass on`;
  context.calls.degrade(context.path, 'none-verified', note, agent.name);
  return { kind: 'done', pool, verified: false };
}

function isAccepted(
  answers: readonly AgentAnswer[],
  number: number,
  context: StageContext,
  agent: string,
): boolean {
  const verdicts = answers.map(({ text }) => parseVerdict(text));
  for (const verdict of verdicts) {
    if (verdict !== undefined) continue;
    const note = `the verdict on candidate ${number} cannot be read; it does not count as accepted`;
    context.calls.degrade(context.path, 'unparseable-verdict', note, agent);
  }
  const accepts = verdicts.filter((verdict) => verdict === 'accept').length;
  const rejects = verdicts.filter((verdict) => verdict === 'reject').length;
  return accepts > rejects;
}
