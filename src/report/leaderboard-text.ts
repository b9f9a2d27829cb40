import { formatInterval, formatMinute, formatObjective, formatPoints, simulatedSuffix } from './format.ts';
import type { Look } from './look.ts';
import { briefId, briefInterval, type Column, renderTable } from './table.ts';
import type { LeaderboardRow, LeaderboardView } from './view-model/leaderboard.ts';
import { wrapText } from './wrap-text.ts';

/** A leaderboard for people. */
export function leaderboardText({ task, max, hasStrict, rows }: LeaderboardView, look: Look): string {
  const simulated = rows.length > 0 && rows.every((row) => row.simulated);
  const title = look.colors.bold(`Leaderboard of ${task}${simulatedSuffix(simulated)}`);
  if (rows.length === 0)
    return `${title}\nNothing yet: runs of the task show here, and what \`mixtune score --save\` or the workbench of \`mixtune ui\` saves.`;
  const points = (score: number | null): string => (max === null ? '' : formatPoints(score, max));
  const nameText = (row: LeaderboardRow): string =>
    simulated ? row.name : `${row.name}${simulatedSuffix(row.simulated)}`;
  const briefs = [{ expendable: 6, text: briefInterval }];
  const strict: Column<LeaderboardRow> = {
    head: max === null ? 'strict' : 'strict points',
    expendable: 2,
    briefs,
    text: (row) =>
      row.strict === null ? '' : max === null ? formatInterval('score', row.strict) : points(row.strict.mean),
  };
  const holdout: Column<LeaderboardRow> = {
    head: 'holdout',
    expendable: 2,
    briefs,
    text: (row) => (row.holdout === null ? '' : formatInterval('score', row.holdout)),
  };
  const cost = (name: 'latency' | 'tokens' | 'usd', expendable: number): Column<LeaderboardRow> => ({
    ...{ head: name, align: 'right', expendable },
    text: ({ objectives }) => formatObjective(name, objectives[name].mean),
  });
  const table = renderTable<LeaderboardRow>(
    [
      { head: '#', align: 'right', text: ({ rank }) => (rank === null ? '-' : String(rank)) },
      { head: 'system', text: nameText },
      { head: 'score', text: ({ objectives }) => formatInterval('score', objectives.score), briefs },
      { head: `of ${max}`, align: 'right', text: ({ objectives }) => points(objectives.score.mean) },
      hasStrict ? strict : holdout,
      cost('latency', 3),
      cost('tokens', 4),
      cost('usd', 7),
      { head: 'answers', align: 'right', expendable: 5, text: ({ answers }) => String(answers) },
      { head: 'from', expendable: 8, text: ({ source }) => source },
      { head: 'measured', expendable: 9, text: ({ addedAt }) => formatMinute(addedAt) },
      // What is typed to take a saved entry away; a run is not taken away here.
      {
        head: 'id',
        text: ({ id }) => (id.startsWith('run:') ? '' : id),
        briefs: [{ expendable: 6, text: briefId }],
      },
      { head: 'stages', cut: true, expendable: 10, text: ({ shape }) => shape },
    ],
    rows,
    look,
  );
  return [title, table, ...notesOn({ rows, hasStrict }).map((note) => wrapText(note, look.paragraphs))].join(
    '\n',
  );
}

const chosenBy =
  'Scores of runs are over the questions that chose their systems, and too high for it: compare those by holdout.';

function notesOn({ rows, hasStrict }: Pick<LeaderboardView, 'rows' | 'hasStrict'>): string[] {
  const isChosen = !hasStrict && rows.some(({ run, holdout }) => run !== null && holdout !== null);
  const unranked = rows.flatMap(({ name, incomparable }) =>
    incomparable === null ? [] : [`${name} has no rank: ${incomparable}.`],
  );
  return isChosen ? [...unranked, chosenBy] : unranked;
}
