import type { StageOf } from '../../domain/moa-config.ts';
import { rankingInstruction } from '../instructions.ts';
import { buildMessages } from '../messages.ts';
import { parseRanking } from '../parse.ts';
import { keptPool, type NumberedCandidate, type Pool } from '../pool.ts';
import { done, type StageContext, type StageResult, started, stoppedByAbort } from '../stage.ts';

/**
 * An agent orders the candidates and the first `keep` pass on. Several samples are combined by the sum
 * of places (Borda's count). A ranking that cannot be read leaves the order as it was.
 */
export async function runRank(
  stage: StageOf<'rank'>,
  pool: Pool,
  context: StageContext,
): Promise<StageResult> {
  const { agent } = stage;
  const place = started(context, 'rank', [agent]);
  if (pool.candidates.length < 2) {
    const note = 'a single candidate was left; the ranker was not called';
    context.calls.degrade(context.path, 'nothing-to-rank', note, agent.name);
    return done(pool);
  }
  const messages = buildMessages({
    agent,
    question: context.question,
    pool,
    // A prompt that shows the form of a ranking has said it.
    appendix: /ranking:|\] > \[/i.test(`${agent.prompt}${agent.references?.introduction ?? ''}`)
      ? []
      : [rankingInstruction],
  });
  const group = await context.calls.together(place, [{ agent, messages }]);
  if (group.aborted) return stoppedByAbort;
  const known = pool.candidates.map(({ number }) => number);
  const rankings = group.answers.flatMap(({ text }) => readRanking(text, known, stage, context));
  return done(keptPool(pool, ordered(pool.candidates, rankings).slice(0, stage.keep)));
}

function readRanking(
  text: string,
  known: readonly number[],
  stage: StageOf<'rank'>,
  context: StageContext,
): number[][] {
  const ranking = parseRanking(text, known);
  if (ranking === undefined) {
    const note = 'the ranking cannot be read; the order stays as it was';
    context.calls.degrade(context.path, 'unparseable-ranking', note, stage.agent.name);
    return [];
  }
  const unranked = known.filter((number) => !ranking.includes(number));
  // A ranker that names only those it would keep has done its work.
  if (ranking.length < stage.keep) {
    const note = `candidates ${unranked.join(', ')} were not ranked; they follow in the order they had`;
    context.calls.degrade(context.path, 'partial-ranking', note, stage.agent.name);
  }
  return [[...ranking, ...unranked]];
}

function ordered(
  candidates: readonly NumberedCandidate[],
  rankings: readonly (readonly number[])[],
): NumberedCandidate[] {
  const places = (candidate: NumberedCandidate): number =>
    rankings.reduce((sum, ranking) => sum + ranking.indexOf(candidate.number), 0);
  return [...candidates].sort((first, second) => places(first) - places(second));
}
