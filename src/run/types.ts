import type { Clock } from '../core/clock.ts';
import type { Bounds } from '../domain/bounds.ts';
import type { Budget } from '../domain/budget.ts';
import type { Cell } from '../domain/cell.ts';
import type { CellResult } from '../domain/cell-result.ts';
import type { ProviderLoad } from '../domain/load/slowness.ts';
import type { ConfigId, MoaConfig } from '../domain/moa-config.ts';
import type { Estimates, ObjectiveName } from '../domain/objective.ts';
import type { Progress } from '../domain/run-result.ts';
import type { Task } from '../domain/task.ts';
import type { TaskWording } from '../domain/task-wording.ts';
import type { Grader } from '../grading/grader.ts';
import type { ChatModel, ModelCard, ModelPrice } from '../models/chat-model.ts';
import type { ServerNote } from '../models/server-note.ts';
import type { ScheduleOptions } from '../search/scheduling/types.ts';
import type { SearchSpace } from '../search/space.ts';
import type { StrategyContext } from '../search/strategy.ts';
import type { DraftingStrategy, ReflectionOptions } from '../search/writing/index.ts';
import type { SharedAnswers } from './calls/kept-answers.ts';
import type { ProviderLimits } from './calls/traffic.ts';

/** What decides a run's result, as data; kept in the manifest and read back by resume. */
export interface TuneSettings {
  readonly strategy: string;
  readonly objectives: readonly ObjectiveName[];
  /** What the user can accept, of the objectives; absent: everything. */
  readonly bounds?: Bounds;
  readonly seed: number;
  /** Configs to begin with, of earlier runs or the user's. */
  readonly seeds?: readonly MoaConfig[];
  /** Systems that the user brought along, to be compared with as they are. */
  readonly own?: readonly MoaConfig[];
  /**
   * By id, the tuning cells of such configs that earlier runs had paid for when the run was started: it begins with
   * so many of each. Absent: with as many as of any other.
   */
  readonly paidCells?: Readonly<Record<ConfigId, number>>;
  /** Tuning cells per config and instance at full fidelity. */
  readonly repeats: number;
  /** Absent, as in runs of earlier versions: every trial gets all tuning cells. */
  readonly schedule?: ScheduleOptions;
  /** Tuning cells per instance that front members get at the end, so that luck does not pick the front. */
  readonly finishRepeats: number;
  /** Fresh cells per instance with which front members are measured at the end; 0 leaves it out. */
  readonly holdoutRepeats: number;
  /**
   * Of those that the result is about (the best, and the headline's), where that is more. Absent, as in runs of earlier
   * versions: as many as all.
   */
  readonly headlineRepeats?: number;
  /**
   * Equal cells for the front, and the holdout, each take at most so many times the calls of the search, so that a
   * small search has a small end. Absent, as in runs of earlier versions: all cells that are asked for.
   */
  readonly endShare?: number;
  /** Model calls in flight at once. */
  readonly concurrency: number;
  /** Of the providers' keys; absent: what they announce or turn out to take. */
  readonly limits?: ProviderLimits;
  readonly budget: Budget;
  readonly models: readonly string[];
  readonly simulated: boolean;
  /** Absent: no prompt is written by a model. */
  readonly reflection?: ReflectionSettings;
}

/** How prompts are written by a model while a run searches (search/writing), as data. */
interface ReflectionSettings extends ReflectionOptions {
  /** The model that writes; absent: the best single one so far. */
  readonly writer?: string;
}

/** What a run works with; everything that touches the world is passed in. */
export interface TuneDependencies {
  /** A virtual clock when all models are simulated, the real one otherwise. */
  readonly clock: Clock;
  /** Providers behind one router; the run adds cache, retry, limiter, budget and journal. */
  readonly model: ChatModel;
  readonly card: (model: string) => ModelCard | undefined;
  readonly task: Task;
  readonly space: SearchSpace;
  readonly grader: Grader;
  /** Form of an answer that votes compare. */
  readonly extractAnswer: (text: string) => string | null;
  readonly createStrategy: (context: StrategyContext) => DraftingStrategy;
  /** Answers that other runs paid for; absent in simulated runs, which must not depend on them. */
  readonly sharedAnswers?: SharedAnswers;
  readonly onProgress?: (progress: Progress) => void;
  /** Events between two commits of a simulated run; others commit before they rely on anything. @defaultValue 512 */
  readonly commitEvery?: number;
  /** Calls the listener with what is worth knowing of servers, from now on; the run keeps it. */
  readonly serverNotes?: (listener: (note: ServerNote) => void) => void;
  /** Called when the run is this process's to work on. */
  readonly onStart?: () => void;
  /** Called with each notice as it comes up; {@link onProgress} shows only the newest. */
  readonly onNotice?: (notice: string) => void;
  /** Called with each cell that is measured from now on. */
  readonly onCellResult?: (cell: Cell, result: CellResult, config: MoaConfig) => void;
  /** Aborting it stops politely: calls in flight are cancelled, state is saved. */
  readonly signal: AbortSignal;
}

/** `manifest.json`: what the run was started with. */
export interface Manifest {
  readonly version: 1;
  readonly run: string;
  readonly mixtune: string;
  readonly node: string;
  readonly gitCommit: string | null;
  readonly startedAt: string;
  readonly simulated: boolean;
  readonly settings: TuneSettings;
  readonly task: {
    readonly name: string;
    readonly hash: string;
    /** Where the task was, when it was given as a folder and not by name. */
    readonly folder?: string;
    /** Most tuning instances used; absent: all. */
    readonly tuningInstances?: number;
    /** The judging model, where it was not the task's own. */
    readonly judge?: string;
    /** How questions were worded; absent in runs of earlier versions. */
    readonly wording?: TaskWording;
  };
  readonly space: { readonly name: string; readonly hash: string; readonly file: SearchSpace };
  readonly grader: { readonly name: string; readonly revision: string };
  /** Models as they were when the run started; absent in runs of earlier versions. */
  readonly models?: Readonly<
    Record<string, { readonly revision: string | null; readonly price: ModelPrice | null }>
  >;
  /** Of a run that repeats another from its recording: that run's id, and the recording's SHA-256. */
  readonly repeats?: { readonly run: string; readonly recording: string };
  /** The command line, without anything secret. */
  readonly command: readonly string[];
  /** How models are reached: base URL and the NAME of the key's variable, never the key. */
  readonly endpoint: {
    readonly baseUrl?: string;
    readonly apiKeyEnv?: string;
    /** The recording that answered in place of any endpoint. */
    readonly recorded?: string;
    /** Seconds that a call may take; absent: as usual. */
    readonly callTimeout?: number;
  };
  /** SHA-256 of the recording that answered. */
  readonly recording?: string;
  /** False where answers were neither taken from nor left to other runs; absent: true. */
  readonly cache?: boolean;
  /** The server that simulated models answered on; absent: one that no load slows down. */
  readonly simLoad?: {
    readonly slots?: number;
    readonly growth?: number;
    readonly requestsPerMinute?: number;
    readonly tokensPerMinute?: number;
  };
  /** Calls and seconds that it was forecast to take; absent where nothing was forecast. */
  readonly forecast?: { readonly calls: number; readonly seconds: number };
  /** What is to be said of models that do not know the task and guess; absent where they know it, or are real. */
  readonly guesses?: string;
  /** By which its maker knows the run again: see docs/security.md. Absent where there is nothing to vouch for. */
  readonly signature?: string;
  /** The price list that was given in place of the built-in one. */
  readonly prices?: { readonly hash: string; readonly checked: string; readonly source: string | null };
}

/** Why a measurement ended before all was asked: a ceiling on what calls cost, the time, or a person. */
export type CutOff = 'ceiling' | 'time' | 'interrupted';

/** One row of `mixtune score`. */
export interface ScoredConfig {
  readonly config: MoaConfig;
  readonly estimates: Estimates;
  /** Scored cells, and those that could not be scored. */
  readonly cells: number;
  readonly unscored: number;
  /** Cells that were to be asked. */
  readonly planned: number;
  /** Why fewer were; absent where none is missing. */
  readonly cutOff?: CutOff;
  /** As of FrontFile: what its latencies are told at. */
  readonly slowdown?: Readonly<Record<string, ProviderLoad>>;
  /** Every cell that was asked and not abandoned, in order of finishing; latencies as told. */
  readonly results: readonly { readonly cell: Cell; readonly result: CellResult }[];
}
