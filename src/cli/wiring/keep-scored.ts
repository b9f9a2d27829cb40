import { resolve } from 'node:path';
import type { Task } from '../../domain/task.ts';
import type { Grader } from '../../grading/grader.ts';
import { measuredEntry } from '../../run/leaderboard/measured-entry.ts';
import { LeaderboardStore } from '../../run/leaderboard/store.ts';
import type { ScoredConfig } from '../../run/types.ts';
import type { CliContext } from '../context.ts';

/** The leaderboards of a runs folder, to add to. @throws InputError where nothing can be kept in them */
export function openLeaderboard(context: CliContext, runsDir: string): LeaderboardStore {
  const store = new LeaderboardStore(resolve(context.cwd, runsDir), context.notice);
  store.refuseUnlessWritable();
  return store;
}

interface Measured {
  readonly task: Task;
  readonly grader: Grader;
  readonly simulated: boolean;
  /** Whose questions were answered. */
  readonly split: 'tuning' | 'holdout';
}

/** Keeps each config that has answers, and says under which id. @throws InputError */
export async function keepScored(
  context: CliContext,
  store: LeaderboardStore,
  scored: readonly (ScoredConfig & { readonly label: string })[],
  { task, grader, simulated, split }: Measured,
): Promise<void> {
  for (const { label, config, results } of scored.filter(({ cells }) => cells > 0)) {
    const entry = await measuredEntry({
      ...{ task, grader, config, source: 'score', simulated, split },
      name: label.slice(0, 100),
      addedAt: context.today().toISOString(),
      mixtune: context.version,
      answers: results.map(({ cell, result }) => ({ ...result, instance: cell.instance })),
    });
    context.stderr.line(`${label} is on the leaderboard of ${task.name} as ${store.add(entry)}.`);
  }
}
