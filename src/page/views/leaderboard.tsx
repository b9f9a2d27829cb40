import { useEffect, useState } from 'preact/hooks';
import {
  formatCount,
  formatDuration,
  formatInterval,
  formatMinute,
  formatPoints,
  formatUsd,
  simulatedSuffix,
  unknown,
} from '../../report/format.ts';
import type { LeaderboardRow, LeaderboardView } from '../../report/view-model/leaderboard.ts';
import { Absent, Section, Waiting } from '../parts/controls.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { PagesNav } from '../parts/pages-nav.tsx';
import { Table } from '../parts/table.tsx';
import { visible } from '../parts/text.tsx';
import type { BoardSource, Source } from '../source.ts';
import { draft } from '../state/bench.ts';
import { useLoaded } from '../state/loaded.ts';
import { formatRoute, route } from '../state/route.ts';

/** The systems of a task, best first. */
export function LeaderboardPage({ source }: { readonly source: Source }) {
  useEffect(() => {
    document.title = 'Leaderboard · mixtune';
  }, []);
  return (
    <main id="main" tabIndex={-1}>
      <PagesNav current="leaderboard" />
      <h1>Leaderboard</h1>
      {source.board === undefined ? (
        <Absent because="A report has no leaderboard: `mixtune ui` and `mixtune leaderboard` have it." />
      ) : (
        <Boards board={source.board} />
      )}
    </main>
  );
}

function Boards({ board }: { readonly board: BoardSource }) {
  const loaded = useLoaded('boards', () => board.tasks());
  if (loaded === null) return <Waiting />;
  if (loaded.kind === 'absent') return <Absent because={loaded.because} />;
  const { tasks, first } = loaded.value;
  const [named] = route.value.rest;
  const task = named ?? first;
  if (task === null)
    return (
      <Absent because="Nothing is on a leaderboard yet. Finished runs come here by themselves; the workbench and `mixtune score --save` put systems here." />
    );
  return (
    <>
      {tasks.length > 1 && (
        <p class="control">
          <label for="task">Task</label>
          <select
            id="task"
            value={task}
            onChange={({ currentTarget }) => {
              location.hash = boardRoute(currentTarget.value);
            }}
          >
            {[...new Set([task, ...tasks])].map((name) => (
              <option key={name} value={name}>
                {visible(name)}
              </option>
            ))}
          </select>
        </p>
      )}
      <Board key={task} board={board} task={task} />
    </>
  );
}

const boardRoute = (task: string): string =>
  formatRoute({ run: null, view: 'leaderboard', rest: [task], settings: {} });

function Board({ board, task }: { readonly board: BoardSource; readonly task: string }) {
  const loaded = useLoaded(task, () => board.of(task));
  const [changed, setChanged] = useState<LeaderboardView | null>(null);
  const [removing, setRemoving] = useState<LeaderboardRow | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  if (loaded === null) return <Waiting />;
  if (loaded.kind === 'absent') return <Absent because={loaded.because} />;
  const view = changed ?? loaded.value;
  const remove = async ({ id }: LeaderboardRow): Promise<void> => {
    setRemoving(null);
    const left = await board.remove(task, id);
    if (left.kind === 'here') setChanged(left.value);
    setTrouble(left.kind === 'absent' ? left.because : null);
  };
  return (
    <Section
      title={`Systems for ${visible(task)}`}
      note={`Best first, with 95% intervals. Finished runs bring their best system; the workbench and mixtune score --save add others. Scores of few answers are uncertain: look at the interval.${view.hasStrict ? '' : ' Those of runs are over the questions that chose their systems: compare these by holdout.'}`}
    >
      {[...view.notices, ...(trouble === null ? [] : [trouble])].map((notice) => (
        <p key={notice} class="absent" role="status">
          {visible(notice)}
        </p>
      ))}
      <Rows view={view} onRemove={setRemoving} />
      {removing !== null && (
        <Dialog title={`Take ${visible(removing.name)} away?`} onClose={() => setRemoving(null)}>
          <p>The entry goes for good, with its config.</p>
          <p class="buttons">
            <button type="button" onClick={() => setRemoving(null)}>
              Keep it
            </button>
            <button type="button" class="primary" onClick={() => void remove(removing)}>
              Take it away
            </button>
          </p>
        </Dialog>
      )}
    </Section>
  );
}

function Rows({
  view,
  onRemove,
}: {
  readonly view: LeaderboardView;
  readonly onRemove: (row: LeaderboardRow) => void;
}) {
  const { max, hasStrict } = view;
  const freshOf = ({ strict, holdout }: LeaderboardRow) => (hasStrict ? strict : holdout);
  return (
    <Table
      caption={`Leaderboard of ${view.task}`}
      rows={view.rows}
      keyOf={({ id }) => id}
      columns={[
        { head: '#', isNumber: true, cell: ({ rank }) => rank ?? '' },
        { head: 'name', sort: ({ name }) => name, cell: (row) => <Named row={row} /> },
        {
          head: max === null ? 'score' : `points of ${max}`,
          isNumber: true,
          sort: ({ objectives }) => objectives.score.mean,
          cell: ({ objectives }) => <Points of={objectives.score} max={max} />,
        },
        {
          head: hasStrict ? 'strict' : 'holdout',
          isNumber: true,
          sort: (row) => freshOf(row)?.mean ?? null,
          cell: (row) => (freshOf(row) === null ? '' : <Points of={freshOf(row)} max={max} />),
        },
        {
          head: 'answers',
          isNumber: true,
          sort: ({ answers }) => answers,
          cell: ({ answers }) => formatCount(answers),
        },
        {
          head: 'latency',
          isNumber: true,
          sort: ({ objectives }) => objectives.latency.mean,
          cell: ({ objectives: { latency } }) =>
            latency.mean === null ? unknown : formatDuration(latency.mean),
        },
        {
          head: 'tokens',
          isNumber: true,
          sort: ({ objectives }) => objectives.tokens.mean,
          cell: ({ objectives: { tokens } }) => (tokens.mean === null ? unknown : formatCount(tokens.mean)),
        },
        {
          head: 'usd',
          isNumber: true,
          sort: ({ objectives }) => objectives.usd.mean,
          cell: ({ objectives: { usd } }) => (usd.mean === null ? unknown : formatUsd(usd.mean)),
        },
        {
          head: '',
          cell: (row) => (
            <span class="row-buttons">
              <button
                type="button"
                class="quiet"
                aria-label={`Open ${visible(row.name)} in the workbench`}
                onClick={() => {
                  draft.value = { text: JSON.stringify(row.config, null, 2) };
                  location.hash = '#//workbench';
                }}
              >
                Open
              </button>
              {row.run === null && (
                <button
                  type="button"
                  class="quiet"
                  aria-label={`Take away ${visible(row.name)}`}
                  onClick={() => onRemove(row)}
                >
                  Take away
                </button>
              )}
            </span>
          ),
        },
      ]}
    />
  );
}

function Named({ row }: { readonly row: LeaderboardRow }) {
  const { name, run, source, simulated, shape, addedAt, incomparable } = row;
  return (
    <>
      <b>{visible(name)}</b>
      {simulatedSuffix(simulated)}{' '}
      <small>
        {run === null ? (
          source
        ) : (
          <a href={formatRoute({ run, view: 'front', rest: [], settings: {} })}>run</a>
        )}
        , {visible(formatMinute(addedAt))}
      </small>
      <br />
      <span class="shape">{visible(shape)}</span>
      {incomparable !== null && <p class="trouble-text">Not ranked: {visible(incomparable)}.</p>}
    </>
  );
}

function Points({ of, max }: { readonly of: LeaderboardRow['strict']; readonly max: number | null }) {
  if (of === null || of.mean === null) return <>{unknown}</>;
  if (max === null) return <>{formatInterval('score', of)}</>;
  const { mean, low, high } = of;
  return (
    <>
      <b>{formatPoints(mean, max)}</b>
      {low !== null && high !== null && ` [${formatPoints(low, max)}, ${formatPoints(high, max)}]`}
    </>
  );
}
