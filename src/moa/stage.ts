import type { Calls, GroupResult } from './calls.ts';
import { freshPool, type Pool } from './pool.ts';
import type { Candidate, MoaDependencies, MoaOutcome, Question } from './types.ts';

/** What a stage runs with. */
export interface StageContext {
  readonly calls: Calls;
  readonly question: Question;
  readonly extractAnswer: MoaDependencies['extractAnswer'];
  /** Path of the stage, with its iteration inside a loop. */
  readonly path: string;
  /** Iteration of the loop around the stage; 0 outside loops. */
  readonly iteration: number;
  /** Set on the last stage: takes the final answer as it is written. */
  readonly onDelta?: (text: string) => void;
}

export type StageResult =
  | {
      readonly kind: 'done';
      readonly pool: Pool;
      /** Set by verify stages: whether they accepted a candidate. */
      readonly verified?: boolean;
    }
  | Stopped;

/** The run ends here: cancelled, or no candidate is left. */
export interface Stopped {
  readonly kind: 'stopped';
  readonly cause: Extract<MoaOutcome, { kind: 'no-answer' }>['cause'];
  readonly reason: string;
}

export const stoppedByAbort: Stopped = { kind: 'stopped', cause: 'aborted', reason: 'cancelled' };

export function done(pool: Pool): StageResult {
  return { kind: 'done', pool };
}

/** Tells of a stage's end, and what it leaves. */
export function announced(result: StageResult, { calls, path }: StageContext): StageResult {
  if (result.kind === 'done') {
    calls.emit({ kind: 'stage-finished', stage: path, candidates: result.pool.candidates.length });
  }
  return result;
}

export function candidatesOf(group: GroupResult): Candidate[] {
  return group.answers.map(({ agent, text, truncated }) => ({
    text,
    agent: agent.name,
    model: agent.model,
    truncated,
  }));
}

/**
 * The pool after answers that replace it. Where none came, what was there stands; where nothing was
 * there either, the run ends, and what lost the answers decides how.
 */
export function replaced(context: StageContext, pool: Pool, group: GroupResult): StageResult {
  if (group.aborted) return stoppedByAbort;
  if (group.answers.length > 0) return done(freshPool(candidatesOf(group)));
  if (pool.candidates.length > 0) {
    const note = `no answer came; the ${pool.candidates.length} earlier candidates stand`;
    context.calls.degrade(context.path, 'round-lost', note);
    return done(pool);
  }
  const infrastructure = group.lost.some((loss) => loss.infrastructure);
  const notes = group.lost.slice(0, 3).map((loss) => loss.note);
  const more = group.lost.length > notes.length ? `; and ${group.lost.length - notes.length} more` : '';
  const reason = `no candidate answer came from ${context.path}: ${notes.join('; ')}${more}`;
  return { kind: 'stopped', cause: infrastructure ? 'infrastructure' : 'config', reason };
}

/** Announces the start of a stage or of one of its rounds. */
export function started(
  context: StageContext,
  stageKind: Parameters<Calls['together']>[0]['stageKind'],
  agents: readonly { readonly name: string }[],
  round: number = context.iteration,
): { stage: string; stageKind: typeof stageKind; round: number } {
  const place = { stage: context.path, stageKind, round };
  context.calls.emit({ kind: 'stage-started', ...place, agents: agents.map(({ name }) => name) });
  return place;
}
