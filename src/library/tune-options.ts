import type { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import type { Bounds } from '../domain/bounds.ts';
import type { Budget } from '../domain/budget.ts';
import type { MoaConfig } from '../domain/moa-config.ts';
import type { ObjectiveName } from '../domain/objective.ts';
import type { GraderSpec } from '../domain/task.ts';
import type { Grader } from '../grading/grader.ts';
import type { PricesInput } from '../models/price-file.ts';
import type { searchSpaceSchema } from '../search/space.ts';
import type { StrategyName } from '../search/strategies.ts';
import type { Strategy, StrategyContext } from '../search/strategy.ts';
import type { OwnModel, OwnSystem } from './own-models.ts';
import type { OwnGrader, TaskInput } from './own-task.ts';
import type { Tuning } from './tuning.ts';

/** What may vary, as in a search space's file; `version` and `name` may be left out. */
export type SpaceInput = Omit<z.input<typeof searchSpaceSchema>, 'version' | 'name'> & {
  readonly name?: string;
};

/** A tuning job. What is absent is as `mixtune tune` has it. */
export interface TuneOptions extends Budget {
  /** A shipped task's name, a task's folder, or the questions themselves. */
  readonly task: string | TaskInput;
  /**
   * Judges answers to the questions: a grader's name (`numeric`), its name with options, a function, or a
   * {@link Grader}. A task that is named has its own; one given here takes its place.
   */
  readonly grader?: string | GraderSpec | OwnGrader | Grader;
  /** `provider/model`, `sim/*` for all simulated ones; or your own, a function for each name. */
  readonly models?: readonly string[] | Readonly<Record<string, OwnModel>>;
  /**
   * A system of your own that is tuned in place of models: it is called with the settings that `space` lists.
   * `models` then names its variants. @defaultValue absent
   */
  readonly system?: OwnSystem;
  /**
   * US dollars per million tokens by model, `{ 'mine/small': { input: 0.25, output: 0.5 } }`: of your own models, or in
   * place of the built-in table's. `maxUsd` and a bound on `usd` need the price of each model, since what a call may
   * cost at most is set aside before it is made. @defaultValue the table's; none for your own models
   */
  readonly prices?: PricesInput;
  /** A space's name or file, or the space itself. @defaultValue the one named like the task, else `default` */
  readonly space?: string | SpaceInput;
  /** @defaultValue `auto` */
  readonly strategy?: StrategyName | ((context: StrategyContext) => Strategy);
  /**
   * Have a model improve prompts by the answers that lost points. @defaultValue true, false with simulated models,
   * functions and a strategy of your own
   */
  readonly reflection?: boolean;
  /** Configs to begin with, with the space's settings; those that call other models are left out. @defaultValue none */
  readonly from?: readonly MoaConfig[];
  /** @defaultValue the task's: score, latency and tokens */
  readonly objectives?: readonly ObjectiveName[];
  /**
   * What you can accept, on average over questions: `{ score: 0.8, latency: 3 }` is a score of at least 0.8 in at
   * most 3 seconds; `tokens` and US dollars (`usd`) at most. The search spends where the bounds on costs are met, and
   * `best` meets all where anything does; what is bounded is an objective. @defaultValue none
   */
  readonly bounds?: Bounds;
  /** @defaultValue 1 */
  readonly seed?: number;
  /** Model calls in flight at once. @defaultValue 8 */
  readonly concurrency?: number;
  /** Answers per config and question. @defaultValue the task's */
  readonly repeats?: number;
  /** Answers per front member and question at the end. @defaultValue so many that a member has 8 over all questions */
  readonly finishRepeats?: number;
  /**
   * Fresh answers per front member and holdout question; 0 for none. @defaultValue so many that a member has 8 over all
   * questions, and those that the result is about 24
   */
  readonly holdoutRepeats?: number;
  /** An OpenAI-compatible endpoint that serves the models. @defaultValue each provider's own */
  readonly baseUrl?: string;
  /** NAME of the variable that holds that endpoint's key. */
  readonly apiKeyEnv?: string;
  /** Where runs are kept. @defaultValue `runs` below the working folder */
  readonly runsFolder?: string;
  /** The run's id. @defaultValue task and time */
  readonly run?: string;
  /**
   * Go on with the run of that id, of this same job, where its journal ends: no answer is paid for twice. A run that is
   * not there begins; of one that is done this is the result. @defaultValue false
   */
  readonly resume?: boolean;
  /** Share answers with other runs of the folder. @defaultValue true, false for models and systems of your own */
  readonly cache?: boolean;
  /** Aborting it ends the run politely, as {@link Tuning.stop} does. @defaultValue never */
  readonly signal?: AbortSignal;
  /**
   * What people should know of: outages, odd servers, lost calls. What it throws, or rejects with, ends the run as
   * {@link signal} does, and is what `tune` throws. @defaultValue nobody is told
   */
  readonly onNotice?: (notice: string) => void;
  /** @defaultValue the machine's; simulated models always have a virtual one */
  readonly clock?: Clock;
  /** Where keys are read. @defaultValue `process.env` */
  readonly env?: Readonly<Record<string, string | undefined>>;
}
