import type { Answer } from '../../analysis/answer/index.ts';
import type { AgentsWorth } from '../../analysis/worth/schema.ts';
import type { Bounds } from '../../domain/bounds.ts';
import type { Budget, Spent } from '../../domain/budget.ts';
import type { Cell } from '../../domain/cell.ts';
import type { Degradation } from '../../domain/cell-result.ts';
import type { Grade } from '../../domain/grade.ts';
import type { ConfigId, MoaConfig } from '../../domain/moa-config.ts';
import type { Measurement, ObjectiveName } from '../../domain/objective.ts';

export type { AgentsWorth, Cell, MoaConfig, ObjectiveName };

/**
 * What report, live page and JSON show of runs, as data: columns of equal length rather than rows, since a run
 * may hold ten thousand trials. Everything is plain JSON. Units: score 0..1, latency in seconds, tokens and usd
 * per question; an unknown value is `null`, never 0. Trials are named by their number in the run, from 0.
 */

/** Counts up when a reader of an older number would misread the data; a page refuses newer data in words. */
export const viewSchema = 2;

/** Means with their 95% intervals, a row for each trial. */
export interface EstimateColumns {
  readonly mean: readonly (number | null)[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

type TrialStatus = 'running' | 'finished' | 'dropped' | 'failed';

/** Trials in the order of their numbers. */
export interface TrialColumns {
  readonly id: readonly ConfigId[];
  readonly status: readonly TrialStatus[];
  /** How it came to be: `baseline`, `crossover`, … */
  readonly operator: readonly string[];
  /** Trials of this run; a config of elsewhere is left out. */
  readonly parents: readonly (readonly number[])[];
  /** `propose 3 (sage-70b, swift-8b ×2) > fuse (sage-70b)`. */
  readonly shape: readonly string[];
  /** Over scored tuning cells. */
  readonly tuning: Readonly<Record<ObjectiveName, EstimateColumns>>;
  /** Over scored holdout cells; never mixed with the tuning's. */
  readonly holdout: Readonly<Record<ObjectiveName, EstimateColumns>>;
  /** Scored tuning cells. */
  readonly cells: readonly number[];
  /** Cells of either split that could not be scored. */
  readonly unscored: readonly number[];
  /** What a config is made of. `temperature`: mean over agents that set one. */
  readonly agents: readonly number[];
  readonly stages: readonly number[];
  readonly temperature: readonly (number | null)[];
  /** Short names of its distinct models. */
  readonly models: readonly (readonly string[])[];
}

/** What was used up to some moment, a row for each. */
export interface EffortColumns {
  /** Trials concluded, as ceilings count them. */
  readonly evaluations: readonly number[];
  readonly calls: readonly number[];
  /** Input and output together. */
  readonly tokens: readonly number[];
  readonly usd: readonly (number | null)[];
  /** On the run's clock. */
  readonly seconds: readonly number[];
}
export type EffortName = keyof EffortColumns;
type EffortPoint = Readonly<Record<EffortName, number | null>>;

/** What the run had found by and by, judged by what is measured by now; a row whenever that changed. */
export interface FoundColumns {
  /** Row of the progress. */
  readonly milestone: readonly number[];
  /** Highest mean score. */
  readonly best: readonly (number | null)[];
  /** Hypervolume of the front, and of the single models' alone, 0..1; `null` while too little is known of them. */
  readonly hypervolume: readonly number[];
  readonly singles: readonly (number | null)[];
}

/** A stretch of the run: one of its phases, or a model that was taken to be down. `to` is `null` while it lasts. */
export interface ProgressBand {
  readonly kind: 'phase' | 'outage';
  /** `baselines`, `search`, `finish`, `holdout`; or the model. */
  readonly name: string;
  readonly from: EffortPoint;
  readonly to: EffortPoint | null;
}

export interface FrontPart {
  /** Best score first. */
  readonly members: readonly number[];
  /** Probability that no other trial dominates the member; `null` while searching. */
  readonly onFront: readonly (number | null)[];
  /** Single models, best score first, and what they are called: `single sim/sage-70b`. */
  readonly baselines: readonly number[];
  readonly baselineLabels: readonly string[];
  /** Trials that the presets propose, if the run tried any. */
  readonly presets: readonly number[];
  /** `best`, `knee`, `fastest`, `cheapest`: the trial that each is. */
  readonly marks: Readonly<Record<string, number>>;
  /** `null` where nothing was measured. */
  readonly verdict: Verdict | null;
}

/** What the run says of itself, in sentences. */
interface Verdict {
  /** Which config to use; `null` where nothing scored. */
  readonly use: string | null;
  /** What to know before it is used, and whether bounds are met. */
  readonly remarks: readonly string[];
  /** What single models and mixtures are worth. */
  readonly findings: readonly string[];
}

/** What is known of a run as a whole. */
export interface RunHead {
  readonly run: string;
  readonly task: string;
  readonly taskHash: string;
  readonly grader: { readonly name: string; readonly revision: string };
  /** The grader's own scale, e.g. 120 points. */
  readonly scale: { readonly max: number } | null;
  readonly simulated: boolean;
  readonly strategy: string;
  readonly seed: number;
  readonly space: string;
  readonly objectives: readonly ObjectiveName[];
  /** What was said to be acceptable; `null`: nothing. */
  readonly bounds: Bounds | null;
  readonly models: readonly string[];
  readonly startedAt: string;
  /** Version of mixtune that made the run. */
  readonly mixtune: string;
  readonly command: readonly string[];
  /** `stopped`: it may be resumed. */
  readonly state: 'working' | 'stopped' | 'done';
  /** What goes on with it: a command, or what its program calls. */
  readonly resume: string;
  readonly phase: 'baselines' | 'search' | 'finish' | 'holdout' | 'done';
  /** Why it ended, as words: `the ceiling on evaluations was reached`; `null` while the search goes on. */
  readonly ended: string | null;
  /** What prompts written by a model brought; `null` where none was to be written. */
  readonly writing: string | null;
  readonly evaluations: number;
  readonly trialsInFlight: number;
  readonly callsInFlight: number;
  readonly spent: Spent;
  readonly budget: Budget;
  readonly hypervolume: number;
}

/**
 * A run without its texts. Whole when `rows` is `null`; else a change of an earlier view, to be joined to it by
 * `joinRunViews`: `trials` then has the rows of the trials in `rows` only, and `progress` the rows from
 * `progressFrom` on. Everything else always comes whole.
 */
export interface RunView {
  readonly schema: number;
  /** Events of the journal that it tells of: the number of the last one, counted from 1. */
  readonly seq: number;
  readonly rows: readonly number[] | null;
  readonly progressFrom: number;
  readonly head: RunHead;
  readonly trials: TrialColumns;
  readonly front: FrontPart;
  /** A row whenever a trial was concluded or a phase began. */
  readonly progress: EffortColumns;
  readonly found: FoundColumns;
  readonly bands: readonly ProgressBand[];
}

/** Every scored and unscored cell of a run; the cells of trial `t` are the rows `offsets[t]` to `offsets[t + 1]`. */
export interface MatrixView {
  readonly schema: number;
  readonly questions: {
    readonly id: readonly string[];
    readonly split: readonly Cell['split'][];
    /** The question's first words; empty where the task is not there any more. */
    readonly text: readonly string[];
    readonly label: readonly (string | null)[];
  };
  readonly offsets: readonly number[];
  /** Row of `questions`. */
  readonly question: readonly number[];
  readonly repeat: readonly number[];
  /** `null`: unscored. */
  readonly score: readonly (number | null)[];
  readonly latency: readonly (number | null)[];
  readonly tokens: readonly (number | null)[];
  readonly usd: readonly (number | null)[];
  /** How often something did not go as configured. */
  readonly degraded: readonly number[];
}

/** What an agent's calls took, on average per question over the cells whose calls are known. */
export interface AgentShare {
  /** `stages[1]`, as in a trace, without iterations. */
  readonly stage: string;
  readonly agent: string;
  readonly model: string;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly usd: number | null;
  /** Seconds on the critical path. */
  readonly seconds: number;
}

export interface ConfigView {
  readonly schema: number;
  readonly trial: number;
  readonly id: ConfigId;
  readonly config: MoaConfig;
  /** In mixtune's own format; `null` where a report leaves it out (the config itself is always there). */
  readonly yaml: string | null;
  /** `null` where no calls are known. */
  readonly shares: readonly AgentShare[] | null;
}

/**
 * What the tuning was worth, whether more would pay, where the gain came from, and what each agent of the best
 * config adds.
 */
export interface WhyView extends Answer {
  readonly schema: number;
  /**
   * Leave-one-out and Shapley value of each agent of config `worth.id` (which may be another than the best by now),
   * with intervals and a verdict, and the config without those that add nothing. `null`: nothing is kept, which
   * `mixtune answer RUN --worth` does.
   *
   * For instance:
   * { version: 1, id: '3fa9c1…', simulated: true, split: 'holdout', over: 'questions', questions: 12, cells: 24,
   *   level: 0.95, whole: { score: 0.71, latency: 3.2, tokens: 2100, usd: 0.0012 },
   *   agents: [{ at: 'stages[1].agents[0]', role: 'critic', name: 'critic', model: 'sim/sage-70b',
   *     leaveOneOut: { mean: 0.01, low: -0.05, high: 0.07 }, shapley: { mean: 0.02, low: -0.03, high: 0.07 },
   *     verdict: 'not-told-apart', without: { score: 0.7, latency: 2.1, tokens: 1500, usd: 0.0009 },
   *     evidence: { recorded: 0, fresh: 24, missing: 0 } }],
   *   shapley: { systems: 16, cells: 24, missing: null },
   *   pruned: { id: '90bd…', config: {…}, without: ['stages[1].agents[0]'], cells: 24, measured: {…},
   *     difference: { mean: -0.01, low: -0.07, high: 0.05 } },
   *   evidence: { recorded: 96, fresh: 264, missing: 0, missingCalls: 0 } }
   */
  readonly worth: AgentsWorth | null;
  /** Something was kept, and is damaged or of another version; then `worth` is `null`. */
  readonly isWorthUnreadable: boolean;
}

/** One call of an answer; texts are rows of {@link CellView.texts}. */
export interface CallView {
  /** `stages[1]`; in a loop with the iteration, `stages[0].stages[2]@1`. */
  readonly stage: string;
  readonly stageKind: string;
  /** 0-based. */
  readonly round: number;
  readonly agent: string;
  readonly model: string;
  readonly outcome: 'answered' | 'empty' | 'truncated' | 'failed';
  readonly failure: string | null;
  /** Seconds from the start of the answer, own queueing left out. */
  readonly start: number;
  readonly seconds: number;
  /** Seconds to the first token; `null` where it did not stream. */
  readonly firstToken: number | null;
  /** The slowest of those that run side by side: without it the answer would have been there sooner. */
  readonly critical: boolean;
  /** The run had this answer from another cell, or another run's cache. */
  readonly cached: boolean;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly usd: number | null;
  /** What was sent: role and text. */
  readonly messages: readonly (readonly [role: string, text: number])[];
  /** What came back; `null`: nothing. */
  readonly text: number | null;
  readonly reasoning: number | null;
}

/** One answer, how it came to be and how it was graded. */
export interface CellView {
  readonly schema: number;
  readonly trial: number;
  readonly cell: Cell;
  /** As it was put to the config; `null` where the task is not there any more. */
  readonly question: string | null;
  readonly answer: string | null;
  /** Why there is none. */
  readonly reason: string | null;
  readonly grade: Grade;
  readonly measurement: Measurement;
  readonly degraded: readonly Degradation[];
  /** In the order in which they were made, those side by side next to each other; `null`: see `callsUnknown`. */
  readonly calls: readonly CallView[] | null;
  readonly callsUnknown: string | null;
  /** Each once, since agents are shown the same texts. Texts over {@link longestText} are cut, which they say. */
  readonly texts: readonly string[];
}

/** Characters of a text that a view holds at most. */
export const longestText = 200_000;

/** A line of the list of runs. */
interface RunLine {
  readonly run: string;
  readonly task: string;
  readonly simulated: boolean;
  readonly startedAt: string;
  readonly state: RunHead['state'];
  readonly evaluations: number;
  /** Best score on tuning questions; `null`: nothing was scored. */
  readonly bestScore: number | null;
  /** That of the run's best on the holdout; `null`: not measured. */
  readonly holdoutScore: number | null;
  /** Why the run cannot be opened; its figures are then empty. */
  readonly trouble: string | null;
}

export interface RunsView {
  readonly schema: number;
  /** Version of mixtune that shows them. */
  readonly mixtune: string;
  /** Newest first. */
  readonly runs: readonly RunLine[];
}
