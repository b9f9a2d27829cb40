/**
 * mixtune as a library. What stands here is public and follows semantic versioning; everything else may
 * change. The parts are replaceable: bring your own ChatModel, Grader, Strategy or Clock.
 */

export {
  type Answer,
  type AnswerOptions,
  answerRun,
  type FurtherBudget,
  type Prospect,
} from './analysis/answer/index.ts';
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
export {
  type ClaimVerdict,
  lockOf,
  openEvidence,
  type Reproduction,
  readLock,
  reproduce,
} from './analysis/reproduce/index.ts';
export { type Clock, createRealClock } from './core/clock.ts';
export { BudgetTooSmallError, InputError, type InputIssue, MixtuneError } from './core/errors.ts';
export { err, ok, type Result, unwrap } from './core/result.ts';
export { createRng, type Rng } from './core/rng.ts';
export { VirtualClock } from './core/virtual-clock.ts';
export type { Budget, Spent } from './domain/budget.ts';
export { type Cell, cellKey } from './domain/cell.ts';
export type { Check, Grade } from './domain/grade.ts';
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
export type { Estimate, Estimates, Measurement, ObjectiveName } from './domain/objective.ts';
export { type PresetModels, type PresetName, presetNames, presets } from './domain/presets.ts';
export type { BestFile, FrontFile, FrontMember, Progress } from './domain/run-result.ts';
export { type ModelSpeed, type SpeedProfile, shippedProfiles, speedOf } from './domain/speed-profile.ts';
export { type Instance, questionOf, type Task } from './domain/task.ts';
export { moaConfigJsonSchema, readMixtune, writeMixtune } from './formats/index.ts';
export type { GradeRequest, Grader, GraderDependencies, PythonSandbox } from './grading/grader.ts';
export { createAnswerExtractor, createGrader, graderNames, withGradeCache } from './grading/index.ts';
export { createPythonSandbox } from './grading/sandbox/index.ts';
export {
  createLocalModels,
  findRuntime,
  type InstalledModel,
  type LocalModels,
  localPaths,
  localSettings,
  readLibrary,
} from './local/index.ts';
export {
  type MoaDependencies,
  type MoaEvent,
  type MoaOutcome,
  type Question,
  runMoa,
  type Trace,
} from './moa/index.ts';
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
export type { DialectStore } from './models/dialect-book.ts';
export { openDialectFile } from './models/dialect-file.ts';
export {
  CallLimiter,
  type CallStore,
  createMemoryCallStore,
  createModelRouter,
  createOpenAICompatible,
  createProvider,
  createRecordedModel,
  modelCard,
  openSqliteCallStore,
  providerNames,
  withCache,
  withRetry,
} from './models/index.ts';
export { prepareSpeedProbe, type SpeedProbe, type SpeedProbeOptions } from './models/speed-probe.ts';
export { dominates, hypervolume, nonDominated, ParetoFront } from './pareto/index.ts';
export { type ProjectedLatency, type ProjectionOptions, projectLatency } from './report/projection.ts';
export {
  createRunFolder,
  evaluateConfigs,
  type Manifest,
  type OpenRun,
  openRun,
  type ScoredConfig,
  type TuneDependencies,
  type TuneSettings,
  tune,
} from './run/index.ts';
export {
  contains,
  createStrategy,
  parseSearchSpace,
  type StrategyName,
  settleSpace,
  spaceSize,
  strategyNames,
  withBaselines,
  withSeeds,
} from './search/index.ts';
export { levelledSchedule } from './search/scheduling/levelled-scheduler.ts';
export type { ScheduleOptions } from './search/scheduling/types.ts';
export { SearchSession, type SessionOptions, type SessionStep } from './search/session.ts';
export type { SearchSpace, SearchSpaceFile } from './search/space.ts';
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
export {
  type Draft,
  type DraftingStrategy,
  isDraft,
  type ReflectionOptions,
  withReflection,
} from './search/writing/index.ts';
export {
  createSimulatedModel,
  createTextbook,
  simulatedModels,
  type Textbook,
  type TextbookTask,
} from './sim/index.ts';
export { loadTask, nodeTaskFiles } from './tasks/index.ts';
