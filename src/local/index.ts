/** Local models: what runs them, what is there, and how to get more. */

export { type CatalogueEntry, catalogue } from './catalogue.ts';
export * from './library.ts';
export { createLocalModels, type LocalModels, localModelCard } from './local-model.ts';
export { type LocalPaths, localPaths, mixtuneHome } from './paths.ts';
export { pullModel, type WantedModel } from './pull.ts';
export { findRuntime, installRuntime, runtimeVersion } from './runtime.ts';
export { localSettings } from './settings.ts';
export { givenFile } from './sources/given-file.ts';
export { hub } from './sources/hub.ts';
export { pythonPackages } from './sources/python-packages.ts';
export type { DownloadProgress, WeightSource } from './sources/source.ts';
