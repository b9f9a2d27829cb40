import type { StageOf } from '../../domain/moa-config.ts';
import { keptPool, type Pool } from '../pool.ts';
import { done, type StageContext, type StageResult, started } from '../stage.ts';

/**
 * Majority on the extracted answer, without a model call. Ties go to the answer whose first supporter
 * came earlier; that supporter passes on. Candidates without an extracted answer cannot win, unless none
 * has one: then the first candidate wins and that is recorded.
 */
export function runVote(_stage: StageOf<'vote'>, pool: Pool, context: StageContext): StageResult {
  started(context, 'vote', []);
  const votes = new Map<string, { readonly first: number; count: number }>();
  for (const [index, { text }] of pool.candidates.entries()) {
    const answer = context.extractAnswer(text);
    if (answer === null) continue;
    const vote = votes.get(answer);
    if (vote === undefined) votes.set(answer, { first: index, count: 1 });
    else vote.count++;
  }
  if (votes.size === 0) {
    const note = 'no candidate holds an answer that can be compared; the first one wins';
    context.calls.degrade(context.path, 'no-extracted-answer', note);
    return done(keptPool(pool, pool.candidates.slice(0, 1)));
  }
  // A map keeps the order of first mention, so the first of the largest is the earliest.
  const most = Math.max(...[...votes.values()].map((vote) => vote.count));
  const winner = [...votes.values()].find((vote) => vote.count === most)?.first ?? 0;
  return done(keptPool(pool, pool.candidates.slice(winner, winner + 1)));
}
