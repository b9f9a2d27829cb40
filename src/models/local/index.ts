/** Local models: what runs them, what is there, and how to get more. */
export { type HostOutcome, LocalHost } from './host.ts';
export * from './library.ts';
export { createLocalModels, type LocalModels, localModelCard } from './local-model.ts';
export { type LocalPaths, localPaths } from './paths.ts';
export { findRuntime, installRuntime, type Runtime, runtimeVersion } from './runtime.ts';
export { type LocalSettings, localSettings } from './settings.ts';
