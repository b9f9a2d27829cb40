import type { ObjectiveName } from '../domain/objective.ts';
import type { RacingRuleName } from '../search/racing/index.ts';
import type { LimitOptions } from './limit-options.ts';
import type { WritingOptions } from './writing-options.ts';

/** How models are reached; shared by all commands that call some. */
export interface ModelOptions {
  readonly models?: readonly string[];
  readonly baseUrl?: string;
  readonly apiKeyEnv?: string;
  /** File of a price list. */
  readonly prices?: string;
  /** File of a recording that answers in place of all providers. */
  readonly recorded?: string;
}

/** Of commands that read what somebody else may have made. */
export interface TrustOption {
  /** Use the endpoint that the run or lock names, this once. */
  readonly trust?: boolean;
}

/** Of commands that may answer from what other runs paid for. */
export interface CacheOption {
  /** False with --no-cache. */
  readonly cache?: boolean;
}

export interface JsonOption {
  /** Print JSON on stdout, everything else on stderr. */
  readonly json?: boolean;
}

export interface RunsOption {
  /** Folder that holds the runs' folders. */
  readonly runsDir: string;
}

/** What defines a tuning job. */
export interface JobOptions extends ModelOptions, JsonOption, RunsOption, LimitOptions, WritingOptions {
  readonly space?: string;
  readonly strategy: string;
  /** Runs and configs to start from. */
  readonly from?: readonly string[];
  readonly objectives?: readonly ObjectiveName[];
  readonly seed: number;
  readonly maxEvaluations?: number;
  readonly maxCalls?: number;
  readonly maxTokens?: number;
  readonly maxTokensIn?: number;
  readonly maxTokensOut?: number;
  readonly maxUsd?: number;
  /** Seconds. */
  readonly maxTime?: number;
  readonly concurrency: number;
  readonly run?: string;
  readonly repeats?: number;
  readonly finishRepeats?: number;
  readonly holdoutRepeats?: number;
  /** Most tuning instances that configs are tried on. */
  readonly instances?: number;
  /** Tuning cells that every config starts on; `all`: without growing. Absent: as the strategy does best with. */
  readonly startCells?: number | 'all';
  readonly racing?: RacingRuleName;
  /** Full name of the judging model, in place of the task's own. */
  readonly judge?: string;
}

/** Of commands that may work for hours. */
export interface NotifyOption {
  /** A shell command, or the URL of a webhook, to be told when the run ends, pauses or fails. */
  readonly notify?: string;
}

export interface TuneOptions extends JobOptions, NotifyOption, CacheOption {
  /** US dollars above which a terminal is asked before a run starts. */
  readonly confirmAbove: number;
  /** Never ask. */
  readonly yes?: boolean;
}

export interface RehearseOptions extends JobOptions {
  /** Times the job is played. */
  readonly rehearsals?: number;
}

export interface ResumeOptions
  extends Pick<ModelOptions, 'baseUrl' | 'apiKeyEnv'>,
    TrustOption,
    JsonOption,
    RunsOption,
    NotifyOption,
    LimitOptions,
    WritingOptions {
  /** Where the task is now. */
  readonly task?: string;
}

export interface StatusOptions extends JsonOption, RunsOption {}

export interface StopOptions extends RunsOption {
  /** Seconds. */
  readonly timeout: number;
}

export interface ModelsOptions extends Omit<ModelOptions, 'models'>, JsonOption, RunsOption {
  /** Contact no endpoint. */
  readonly offline?: boolean;
}

export interface ModelsProbeOptions extends ModelOptions, JsonOption, RunsOption {
  /** Calls a model. */
  readonly calls: number;
  /** Most tokens of one answer. */
  readonly answerTokens: number;
  /** Most input and output tokens in all. */
  readonly maxTokens: number;
  /** Name to keep the profile under. */
  readonly profile?: string;
}

export interface DoctorOptions extends ModelOptions, JsonOption, RunsOption {
  /** Find out the dialects of the models given, which takes a few calls. */
  readonly probe?: boolean;
  /** Contact no endpoint. */
  readonly offline?: boolean;
}

/** How latency is projected onto other speeds. */
export interface ProjectOptions {
  /** Name or file of a speed profile. */
  readonly project?: string;
  /** `MODEL=MODEL` pairs: which of the profile's models stands for one of the run's. */
  readonly as?: readonly string[];
  /** Seconds; time to first token where the profile tells none. */
  readonly firstToken?: number;
}

export interface FrontOptions extends JsonOption, RunsOption, ProjectOptions {
  /** Seconds. */
  readonly maxLatency?: number;
  readonly maxTokens?: number;
  readonly minScore?: number;
  readonly format?: 'table' | 'json' | 'csv';
}

export interface ShowOptions extends JsonOption, RunsOption, ProjectOptions {}

export interface ExportOptions extends JsonOption, RunsOption {
  readonly format: 'mixtune' | 'lock';
  readonly out?: string;
  readonly syntax?: 'yaml' | 'json';
}

export interface ScoreOptions
  extends Omit<ModelOptions, 'models'>,
    JsonOption,
    RunsOption,
    CacheOption,
    TrustOption,
    LimitOptions {
  readonly task?: string;
  readonly repeats?: number;
  readonly seed?: number;
  readonly concurrency: number;
}

export interface ReproduceOptions extends Omit<ModelOptions, 'models'>, JsonOption, RunsOption, TrustOption {
  /** Where the task is now. */
  readonly task?: string;
  readonly split?: 'tuning' | 'holdout';
  readonly repeats?: number;
  /** Which set of fresh samples. */
  readonly draw?: number;
  readonly fromCache?: boolean;
  readonly concurrency: number;
  readonly maxCalls?: number;
  readonly maxTokens?: number;
  readonly maxUsd?: number;
}

export interface AskOptions
  extends Omit<ModelOptions, 'models'>,
    JsonOption,
    RunsOption,
    CacheOption,
    TrustOption {
  readonly trace?: boolean;
  readonly seed?: number;
}

export interface GradeOptions extends JsonOption {
  readonly instance?: string;
  readonly scoring?: 'workshop' | 'strict';
}

export interface TaskImportOptions extends JsonOption {
  readonly name: string;
  /** Fields of the data file. */
  readonly input: string;
  readonly gold: string;
  readonly label?: string;
  readonly reference?: string;
  readonly id?: string;
  readonly grader?: string;
  readonly prompt?: string;
  /** How several input fields make the question, with `{{field}}` in it. */
  readonly template?: string;
  /** Where the rows stand in a JSON or YAML document. */
  readonly rows?: string;
  /** Names of the columns of a CSV file without a line of names. */
  readonly columns?: readonly string[];
  readonly encoding?: string;
  readonly description?: string;
  /** Folder of tasks to write to. */
  readonly out: string;
  readonly limit?: number;
  /** Replace a task of that name. */
  readonly force?: boolean;
  /** Write nothing. */
  readonly preview?: boolean;
}

export interface TaskCheckOptions extends JsonOption {
  /** Most instances looked at. */
  readonly instances: number;
  readonly judge?: string;
  readonly seed: number;
}

export interface SimOptions extends JsonOption {
  readonly port: number;
  readonly host: string;
  readonly seed: number;
  /** Simulated seconds per real second. */
  readonly speed: number;
  /** Tasks that the models know beside those that mixtune ships. */
  readonly task?: readonly string[];
}

export interface AnswerOptions extends JsonOption, RunsOption {
  /** Further time, in hours. */
  readonly hours?: number;
  readonly usd?: number;
  readonly tokens?: number;
  readonly minutesPerTry?: number;
}

export interface CacheStatsOptions extends JsonOption, RunsOption {}

export interface CachePruneOptions extends JsonOption, RunsOption {
  /** Seconds. */
  readonly olderThan?: number;
  /** Seconds. */
  readonly unusedFor?: number;
  readonly model?: string;
  readonly all?: boolean;
  readonly dryRun?: boolean;
}

export interface CacheExportOptions extends JsonOption, RunsOption {
  /** A run's id or folder. */
  readonly run?: string;
  readonly model?: string;
  readonly out?: string;
}

export interface RepeatOptions extends JsonOption, RunsOption {
  readonly task?: string;
  readonly run?: string;
}
