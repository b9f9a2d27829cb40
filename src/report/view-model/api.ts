import type { LeaderboardsView, LeaderboardView, SaveRequest } from './leaderboard.ts';
import type { CellView, ConfigView, MatrixView, RunsView, RunView, WhyView } from './schema.ts';
import type {
  BenchDraft,
  BenchForecast,
  BenchJob,
  BenchReading,
  BenchRequest,
  BenchView,
} from './workbench.ts';

/**
 * What the server of `mixtune ui` answers, in one place for it and the page. Bodies are JSON both ways.
 * Every request carries the token of the printed URL as `Authorization: Bearer …`.
 */
export interface ApiRoute<Reply, Body = undefined> {
  readonly method: 'GET' | 'POST';
  /** With `:name` for each part that varies; parts are percent-encoded. */
  readonly path: string;
  /** Never set: they carry the types. */
  readonly reply?: Reply;
  readonly body?: Body;
}

const get = <Reply>(path: string): ApiRoute<Reply> => ({ method: 'GET', path });
const post = <Reply, Body>(path: string): ApiRoute<Reply, Body> => ({ method: 'POST', path });

export const api = {
  runs: get<RunsView>('/api/runs'),
  run: get<RunView>('/api/runs/:run'),
  matrix: get<MatrixView>('/api/runs/:run/matrix'),
  why: get<WhyView>('/api/runs/:run/why'),
  config: get<ConfigView>('/api/runs/:run/configs/:trial'),
  cell: get<CellView>('/api/runs/:run/configs/:trial/cells/:split/:repeat/:instance'),
  /** Asks the process that works on the run to stop politely. */
  stop: post<{ readonly stopping: boolean }, Record<never, never>>('/api/runs/:run/stop'),
  /**
   * Server-sent events of one run: `id:` is the journal's sequence number, `event: run` has a {@link RunView}
   * of what changed after the `Last-Event-ID`, `event: refetch` says that the page has to read the run anew,
   * and `event: end` that the server ends and nothing more will come.
   */
  events: get<never>('/api/runs/:run/events'),
  bench: get<BenchView>('/api/workbench'),
  readDraft: post<BenchReading, BenchDraft>('/api/workbench/read'),
  forecast: post<BenchForecast, BenchJob>('/api/workbench/forecast'),
  /** Starts a tuning job with the draft as its seed. */
  tune: post<{ readonly run: string }, BenchJob>('/api/workbench/tune'),
  /** Answers with server-sent events `bench`, each a `BenchEvent`, as soon as the request is found to be in order. */
  ask: post<never, BenchRequest>('/api/workbench/ask'),
  save: post<LeaderboardView, SaveRequest>('/api/workbench/save'),
  leaderboards: get<LeaderboardsView>('/api/leaderboard'),
  leaderboard: get<LeaderboardView>('/api/leaderboard/:task'),
  /** Takes an entry away for good; answers what is left. */
  unrank: post<LeaderboardView, { readonly id: string }>('/api/leaderboard/:task/remove'),
} as const;

/** What a failed request answers. */
export interface ApiTrouble {
  /** For people: what is wrong, and the way out. */
  readonly trouble: string;
}

/** The path of an endpoint with its parts filled in. @throws where a part is missing, which is a bug */
export function pathOf(
  { path }: Pick<ApiRoute<unknown>, 'path'>,
  parts: Readonly<Record<string, string | number>> = {},
): string {
  return path.replaceAll(/:([a-z]+)/g, (_, name: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`pathOf: ${path} wants ${name}`);
    return encodeURIComponent(part);
  });
}
