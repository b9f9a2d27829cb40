/**
 * mixtune as a library. What stands here is public and follows semantic versioning; everything else may
 * change. The parts are replaceable: bring your own ChatModel, Grader, Strategy or Clock.
 */

// Tuning in one call, with the command line's defaults.

export type { UserVerdict } from './grading/user-programs/verdict.ts';
export {
  createOwnModels,
  type OwnAnswer,
  type OwnModel,
  type OwnSettings,
  type OwnSystem,
} from './library/own-models.ts';
export type { OwnGrader, TaskInput } from './library/own-task.ts';
export { tune } from './library/tune.ts';
export type { SpaceInput, TuneOptions } from './library/tune-options.ts';
export type { Tuning, TuningResult } from './library/tuning.ts';

// Configs: a Mixture-of-Agents system as data, its id, rules and file form; JSON Schemas of all files, for editors.

export { jobFileJsonSchema, searchSpaceJsonSchema, taskFileJsonSchema } from './cli/json-schemas.ts';
export {
  type Agent,
  agentsOf,
  type ConfigId,
  configId,
  type MoaConfig,
  modelsOf,
  type Stage,
} from './domain/moa-config.ts';
export { validateMoaConfig } from './domain/moa-config-rules.ts';
export { type PresetModels, type PresetName, presetNames, presets } from './domain/presets.ts';
export { moaConfigJsonSchema } from './formats/json-schema.ts';
export { readMixtune, writeMixtune } from './formats/mixtune.ts';
export { type SnippetName, type SnippetTarget, snippetNames, writeSnippet } from './formats/snippets.ts';
export {
  type ImportedSystem,
  type ImportOrigin,
  type ReadFormatOptions,
  readFormat,
  type WriteFormatOptions,
  type WrittenSystem,
  writableFormats,
  writeFormat,
} from './formats/systems.ts';

// Asking a config one question.

export { runMoa } from './moa/engine.ts';
export type { MoaDependencies, MoaEvent, MoaOutcome, Question, Trace } from './moa/types.ts';

// Models: the port to bring your own, and those that are there.

export {
  createLocalModels,
  findRuntime,
  type InstalledModel,
  type LocalModels,
  localPaths,
  localSettings,
  readLibrary,
} from './local/index.ts';
export type {
  CallFailure,
  CallOptions,
  ChatMessage,
  ChatModel,
  ChatOutcome,
  ChatRequest,
  ChatResponse,
  ModelCard,
  ModelPrice,
  Usage,
} from './models/chat-model.ts';
export type { DialectStore } from './models/openai/dialect-book.ts';
export { openDialectFile } from './models/openai/dialect-file.ts';
export { createOpenAICompatible } from './models/openai/openai-compatible.ts';
export { modelCard } from './models/prices.ts';
export { providerNames } from './models/provider-list.ts';
export { createProvider } from './models/providers.ts';
export { createRecordedModel } from './models/recordings/recorded.ts';
export { createModelRouter } from './models/router.ts';
export {
  createSimulatedModel,
  createTextbook,
  simulatedModels,
  type Textbook,
  type TextbookTask,
} from './sim/index.ts';

// Around a model: cache, retries, limits and ceilings at one desk; speed.

export { type ModelSpeed, type SpeedProfile, shippedProfiles, speedOf } from './domain/speed-profile.ts';
export { openSqliteCallStore } from './models/call-store/sqlite-call-store.ts';
export { type CallStore, createMemoryCallStore } from './models/call-store/stored-call.ts';
export { CallLimiter } from './models/limits/limiter.ts';
export { prepareSpeedProbe, type SpeedProbe, type SpeedProbeOptions } from './models/speed-probe.ts';
export { type OpenDeskOptions, openDesk } from './run/calls/open-desk.ts';

// Tasks, graders and grades.

export type { Check, Grade } from './domain/grade.ts';
export { type Instance, questionOf, type Task } from './domain/task.ts';
export { wordQuestion } from './domain/task-wording.ts';
export { createGrader, graderNames } from './grading/create-grader.ts';
export { createAnswerExtractor } from './grading/extract.ts';
export { withGradeCache } from './grading/grade-cache.ts';
export type { GradeRequest, Grader, GraderDependencies, PythonSandbox } from './grading/grader.ts';
export { createPythonSandbox } from './grading/sandbox/index.ts';
export { loadTask } from './tasks/load-task.ts';
export { nodeTaskFiles } from './tasks/task-files.ts';

// Search spaces.

export { contains } from './search/membership.ts';
export type { SearchSpace, SearchSpaceFile } from './search/space.ts';
export { parseSearchSpace, settleSpace } from './search/space-file.ts';
export { spaceSize } from './search/space-size.ts';

// Searching: strategies to choose or bring, schedules, and a session that needs no run around it.

export { type Cell, cellKey } from './domain/cell.ts';
export { levelledSchedule } from './search/scheduling/levelled-scheduler.ts';
export type { ScheduleOptions } from './search/scheduling/types.ts';
export { SearchSession, type SessionOptions, type SessionStep } from './search/session.ts';
export { createStrategy, type StrategyName, strategyNames } from './search/strategies.ts';
export {
  type Extension,
  isExtension,
  type Origin,
  type Proposal,
  type StartedProposal,
  type Strategy,
  type StrategyContext,
  type TrialReport,
} from './search/strategy.ts';
export type { StrategyRecord } from './search/strategy-record.ts';
export type { Trial } from './search/trial.ts';
export { withBaselines } from './search/with-baselines.ts';
export { withSeeds } from './search/with-seeds.ts';
export {
  type Draft,
  type DraftingStrategy,
  isDraft,
  type ReflectionOptions,
  withReflection,
} from './search/writing/index.ts';

// Runs: a tuning job in a folder, and what came out.

export type { Bounds } from './domain/bounds.ts';
export type { Budget, Spent } from './domain/budget.ts';
export type { FrontFile, FrontMember, Progress } from './domain/run-result.ts';
export { evaluateConfigs } from './run/evaluate.ts';
export type { BestFile } from './run/folder/lock-schema.ts';
export { createRunFolder, type OpenRun, openRun } from './run/folder/run-folder.ts';
export { tune as tuneFolder } from './run/tune.ts';
export type { Manifest, ScoredConfig, TuneDependencies, TuneSettings } from './run/types.ts';

// Before and after a run: forecasts, what it was worth, claims measured again, latency elsewhere.

export { type Answer, type AnswerOptions, answerRun } from './analysis/answer/index.ts';
export type { FurtherBudget, Prospect } from './analysis/answer/more.ts';
export { answerRunFolder } from './analysis/answer/open.ts';
export { type CallPath, callPaths } from './analysis/call-paths.ts';
export {
  assumedBeliefs,
  type Beliefs,
  type Forecast,
  type Job,
  learn,
  readHistory,
  rehearse,
} from './analysis/rehearse/index.ts';
export { readLock } from './analysis/reproduce/lock-file.ts';
export { type Reproduction, reproduce } from './analysis/reproduce/reproduce.ts';
export { openEvidence } from './analysis/reproduce/run-evidence.ts';
export type { ClaimVerdict } from './analysis/reproduce/verdicts.ts';
export { type ProjectedLatency, type ProjectionOptions, projectLatency } from './report/projection.ts';
export { lockOf } from './run/folder/lock.ts';

// Objectives and fronts.

export type { Estimate, Estimates, Measurement, ObjectiveName } from './domain/objective.ts';
export { dominates, hypervolume, nonDominated, ParetoFront } from './pareto/index.ts';

// Clocks, random numbers, results and errors: what is passed in, and what comes back.

export { type Clock, createRealClock } from './core/clock.ts';
export { BudgetTooSmallError, InputError, type InputIssue, MixtuneError } from './core/errors.ts';
export { err, ok, type Result, unwrap } from './core/result.ts';
export { createRng, type Rng } from './core/rng.ts';
export { VirtualClock } from './core/virtual-clock.ts';
