import { configId } from '../../domain/moa-config.ts';
import type { LeaderboardEntry } from '../../run/leaderboard/entry.ts';
import type { StoredEntry } from '../../run/leaderboard/store.ts';
import { describeConfig } from '../describe.ts';
import type { LeaderboardRow, LeaderboardView } from './leaderboard.ts';
import { viewSchema } from './schema.ts';

export interface LeaderboardParts {
  readonly task: string;
  /** The task as it is now; absent: it is not to be found. */
  readonly now?: {
    readonly hash: string;
    /** Revision of its grader; absent where that is not known. */
    readonly revision?: string;
    /** Points that a score of 1 is. */
    readonly max?: number;
    /** It grades its holdout otherwise. */
    readonly hasStrict: boolean;
  };
  readonly stored: readonly StoredEntry[];
  readonly ofRuns: readonly LeaderboardEntry[];
  readonly notices: readonly string[];
}

/** A leaderboard, best first: by score, of equals by strict score, then by fewer tokens, then by name. */
export function leaderboardView({ task, now, stored, ofRuns, notices }: LeaderboardParts): LeaderboardView {
  const kept = new Set(stored.map(({ entry }) => `${entry.run}/${configId(entry.config)}`));
  const entries = [
    ...stored,
    // A point of a run that was saved is no second one.
    ...ofRuns
      .filter((entry) => !kept.has(`${entry.run}/${configId(entry.config)}`))
      .map((entry) => ({ id: `run:${entry.run}`, entry })),
  ];
  const rows = entries.map(({ id, entry }) => rowOf(id, entry, now)).sort(byRank);
  return {
    schema: viewSchema,
    task,
    max: now?.max ?? null,
    hasStrict: now?.hasStrict ?? rows.some(({ strict }) => strict !== null),
    notices,
    rows: rows.map((row, at) => (row.incomparable === null ? { ...row, rank: at + 1 } : row)),
  };
}

function rowOf(id: string, entry: LeaderboardEntry, now: LeaderboardParts['now']): LeaderboardRow {
  const { name, source, run, addedAt, simulated, config, answers, questions } = entry;
  const { objectives, strict, holdout } = entry;
  return {
    ...{ id, rank: null, name, source, run, addedAt, simulated, config, answers, questions },
    ...{ objectives, strict, holdout },
    configId: configId(config),
    shape: describeConfig(config),
    incomparable: incomparable(entry, now),
  };
}

function incomparable(
  { taskHash, grader, objectives, holdout }: LeaderboardEntry,
  now: LeaderboardParts['now'],
): string | null {
  if (objectives.score.mean === null)
    return holdout === null ? 'nothing was scored' : 'it was measured on the holdout alone';
  if (now === undefined) return null;
  if (taskHash !== now.hash) return 'the task has changed since it was measured';
  return now.revision === undefined || grader.revision === now.revision
    ? null
    : 'the grader has changed since it was measured';
}

function byRank(first: LeaderboardRow, second: LeaderboardRow): number {
  const apart = Number(first.incomparable !== null) - Number(second.incomparable !== null);
  const more = (a: number | null | undefined, b: number | null | undefined): number => (b ?? -1) - (a ?? -1);
  const tokens = ({ objectives }: LeaderboardRow): number => objectives.tokens.mean ?? Number.MAX_VALUE;
  return (
    apart ||
    more(first.objectives.score.mean, second.objectives.score.mean) ||
    more(first.strict?.mean, second.strict?.mean) ||
    tokens(first) - tokens(second) ||
    (first.name < second.name ? -1 : Number(first.name > second.name))
  );
}
