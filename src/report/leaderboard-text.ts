import type { Colors } from './colors.ts';
import { formatInterval, formatMinute, formatObjective, formatPoints, simulatedSuffix } from './format.ts';
import { renderTable } from './table.ts';
import type { LeaderboardRow, LeaderboardView } from './view-model/leaderboard.ts';

/** A leaderboard for people. */
export function leaderboardText(
  { task, max, hasStrict, rows }: LeaderboardView,
  { colors, width }: { readonly colors: Colors; readonly width: number },
): string {
  const simulated = rows.length > 0 && rows.every((row) => row.simulated);
  const title = colors.bold(`Leaderboard of ${task}${simulatedSuffix(simulated)}`);
  if (rows.length === 0)
    return `${title}\nNothing yet: runs of the task show here, and what \`mixtune score --save\` or the workbench of \`mixtune ui\` saves.`;
  const points = (score: number | null | undefined): string =>
    max === null ? '' : formatPoints(score ?? null, max);
  const table = renderTable(
    [
      { key: 'rank', head: '#', align: 'right' },
      { key: 'name', head: 'system' },
      { key: 'score', head: 'score' },
      ...(max === null ? [] : [{ key: 'points' as const, head: `of ${max}`, align: 'right' as const }]),
      ...(hasStrict
        ? [{ key: 'strict' as const, head: max === null ? 'strict' : 'strict points', expendable: 2 }]
        : [{ key: 'holdout' as const, head: 'holdout', expendable: 2 }]),
      { key: 'latency', head: 'latency', align: 'right', expendable: 3 },
      { key: 'tokens', head: 'tokens', align: 'right', expendable: 4 },
      { key: 'usd', head: 'usd', align: 'right', expendable: 7 },
      { key: 'answers', head: 'answers', align: 'right', expendable: 5 },
      { key: 'source', head: 'from', expendable: 8 },
      { key: 'added', head: 'measured', expendable: 9 },
      { key: 'id', head: 'id', expendable: 6 },
      { key: 'shape', head: 'stages', cut: true, expendable: 10 },
    ],
    rows.map((row) => ({
      rank: row.rank === null ? '-' : String(row.rank),
      name: simulated ? row.name : `${row.name}${simulatedSuffix(row.simulated)}`,
      score: formatInterval('score', row.objectives.score),
      points: points(row.objectives.score.mean),
      strict:
        row.strict === null
          ? ''
          : max === null
            ? formatInterval('score', row.strict)
            : points(row.strict.mean),
      holdout: row.holdout === null ? '' : formatInterval('score', row.holdout),
      latency: formatObjective('latency', row.objectives.latency.mean),
      tokens: formatObjective('tokens', row.objectives.tokens.mean),
      usd: formatObjective('usd', row.objectives.usd.mean),
      answers: String(row.answers),
      source: row.source,
      added: formatMinute(row.addedAt),
      id: row.id,
      shape: row.shape,
    })),
    { width, styleHead: colors.dim },
  );
  return [title, table, ...notesOn(rows)].join('\n');
}

function notesOn(rows: readonly LeaderboardRow[]): string[] {
  return rows.flatMap(({ name, incomparable }) =>
    incomparable === null ? [] : [`${name} has no rank: ${incomparable}.`],
  );
}
