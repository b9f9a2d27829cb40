import type { Estimate, Estimates } from '../../domain/objective.ts';
import type { MoaConfig } from './schema.ts';
import type { BenchDraft } from './workbench.ts';

/** What the leaderboard of a task shows. Everything is plain JSON; unknown is `null`, never 0. */

/** A system on it. Scores 0..1 with 95% intervals; multiply by {@link LeaderboardView.max} for points. */
export interface LeaderboardRow {
  /** What `remove` takes: 12 hex digits; of the best of a run `run:NAME`, which cannot be removed. */
  readonly id: string;
  /** From 1, by score; `null` where it cannot be compared: see `incomparable`. */
  readonly rank: number | null;
  readonly name: string;
  /** `run`: a point of a run; `score`, `workbench`: measured there, and saved. */
  readonly source: 'run' | 'score' | 'workbench';
  /** The run that it is a point of. */
  readonly run: string | null;
  /** ISO 8601. */
  readonly addedAt: string;
  readonly simulated: boolean;
  readonly config: MoaConfig;
  readonly configId: string;
  /** `propose 3 (sage-70b, swift-8b ×2) > fuse (sage-70b)` */
  readonly shape: string;
  /** Scored answers behind `objectives`, and to how many questions. */
  readonly answers: number;
  readonly questions: number | null;
  /** Score as the task grades while tuning (the workshop's points), latency in seconds, tokens and usd per question. */
  readonly objectives: Estimates;
  /** Score as the task grades its holdout, where that is otherwise (the strict points). */
  readonly strict: Estimate | null;
  /** Score of a run's point on its holdout. */
  readonly holdout: Estimate | null;
  /** Why its score says nothing beside the others, in words: the task or its grader has changed since. */
  readonly incomparable: string | null;
}

/**
 * `GET /api/leaderboard/:task`. Best score first, those that cannot be compared last.
 *
 * For instance:
 * { schema: 1, task: 'code-challenge', max: 120, hasStrict: true, notices: [], rows: [{ id: '3fa9c1d20b44', rank: 1,
 *   name: 'three sages', source: 'workbench', run: null, addedAt: '2026-11-28T12:00:00.000Z', simulated: true,
 *   config: {…}, configId: '90bd…', shape: 'propose 3 (sage-70b ×3) > fuse (sage-70b)', answers: 4, questions: 1,
 *   objectives: { score: { mean: 0.91, low: 0.85, high: 0.97 }, latency: {…}, tokens: {…}, usd: {…} },
 *   strict: { mean: 0.74, low: 0.6, high: 0.88 }, holdout: null, incomparable: null }] }
 */
export interface LeaderboardView {
  readonly schema: number;
  readonly task: string;
  /** Points that a score of 1 is; `null`: the task's grader gives none. */
  readonly max: number | null;
  /** The task grades its holdout otherwise. */
  readonly hasStrict: boolean;
  /** What is wrong with the file that it is kept in, as sentences. */
  readonly notices: readonly string[];
  readonly rows: readonly LeaderboardRow[];
}

/** `GET /api/leaderboard`: the tasks that have anything to show, in order. */
export interface LeaderboardsView {
  readonly schema: number;
  readonly tasks: readonly string[];
  /** The one that is shown first: that of `--task`, else of the newest run; `null`: there are none. */
  readonly first: string | null;
}

/**
 * `POST /api/workbench/save`: keeps a system of the workbench, with all graded answers that it has given since
 * `mixtune ui` was started: the server knows these, the page only says which system it is and what to call it. At least one is needed.
 * Answers the workbench task's {@link LeaderboardView}.
 */
export type SaveRequest = BenchDraft & { readonly name: string };
