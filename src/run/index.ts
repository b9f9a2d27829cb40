export { type EvaluateDependencies, type EvaluateSettings, evaluateConfigs } from './evaluate.ts';
export { readManifest, runIdPattern } from './manifest-file.ts';
export {
  createRunFolder,
  type OpenRun,
  openRun,
  refuseUnusableRun,
  runFolderOf,
} from './run-folder.ts';
export { lockOwner, RunLockedError } from './run-lock.ts';
export { type RunStatus, readStatus } from './run-status.ts';
export type { ProviderLimits } from './traffic.ts';
export { tune } from './tune.ts';
export type { Manifest, ScoredConfig, TuneDependencies, TuneSettings } from './types.ts';
