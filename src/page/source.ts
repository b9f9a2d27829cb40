import type { LeaderboardsView, LeaderboardView } from '../report/view-model/leaderboard.ts';
import type {
  Cell,
  CellView,
  ConfigView,
  MatrixView,
  RunsView,
  RunView,
  WhyView,
} from '../report/view-model/schema.ts';
import type {
  BenchDraft,
  BenchEvent,
  BenchForecast,
  BenchJob,
  BenchReading,
  BenchRequest,
  BenchView,
} from '../report/view-model/workbench.ts';

/** What a source has of what was asked for. Not to have something is no failure of the page: it says so. */
export type Loaded<Value> =
  | { readonly kind: 'here'; readonly value: Value }
  /** For people: why it is not there, and how to get it. */
  | { readonly kind: 'absent'; readonly because: string };

/** Asks models, by way of the server. */
export interface BenchSource {
  view(): Promise<Loaded<BenchView>>;
  /** What a draft is as a config, or what is wrong with it. */
  read(draft: BenchDraft): Promise<Loaded<BenchReading>>;
  /** What a tuning job that starts from a draft is likely to take. */
  forecast(job: BenchJob): Promise<Loaded<BenchForecast>>;
  /** Puts the draft on the task's leaderboard, with what it was graded here. */
  save(draft: BenchDraft, name: string): Promise<Loaded<LeaderboardView>>;
  /** Starts the job; its run. */
  tune(job: BenchJob): Promise<Loaded<{ readonly run: string }>>;
  /** Resolves when the answer is there, or to what kept it from coming. */
  ask(
    request: BenchRequest,
    onEvent: (event: BenchEvent) => void,
    signal: AbortSignal,
  ): Promise<string | null>;
}

/** Systems of tasks, best first. */
export interface BoardSource {
  /** Those that have any. */
  tasks(): Promise<Loaded<LeaderboardsView>>;
  of(task: string): Promise<Loaded<LeaderboardView>>;
  /** Takes an entry away; what is left. */
  remove(task: string, id: string): Promise<Loaded<LeaderboardView>>;
}

/**
 * Where the page has its data from: the document itself (a report), or a server (`mixtune ui`). Views ask for
 * what they show when they are opened; a source keeps what it has read, so that asking again costs nothing.
 * Only bugs throw.
 */
export interface Source {
  /** Absent where no models can be asked. */
  readonly bench?: BenchSource;
  /** Absent in a report. */
  readonly board?: BoardSource;
  /** `document`: nothing changes, and nothing can be asked of a model. */
  readonly kind: 'document' | 'http';
  runs(): Promise<Loaded<RunsView>>;
  run(run: string): Promise<Loaded<RunView>>;
  matrix(run: string): Promise<Loaded<MatrixView>>;
  why(run: string): Promise<Loaded<WhyView>>;
  config(run: string, trial: number): Promise<Loaded<ConfigView>>;
  /** One answer with its calls. A report holds some of them only. */
  cell(run: string, trial: number, cell: Cell): Promise<Loaded<CellView>>;
  /** Asks the process that works on a run to save its state and end; resolves to what kept it from that, if anything. */
  stop?(run: string): Promise<string | null>;
  /**
   * Calls back with the whole run (rows joined) whenever it has changed, until released. Absent where nothing
   * ever changes.
   */
  watch?(run: string, onRun: (view: RunView) => void): () => void;
}
