export { type EvaluateDependencies, type EvaluateSettings, evaluateConfigs } from './evaluate.ts';
export { createRunFolder, type OpenRun, openRun, readManifest } from './run-folder.ts';
export { tune } from './tune.ts';
export type { Manifest, ScoredConfig, TuneDependencies, TuneSettings } from './types.ts';
