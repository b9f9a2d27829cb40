/**
 * The models layer as the command line and the library's entry wire it. Layers that only call
 * models (moa, grading, search) import the port, chat-model.ts and call-key.ts, instead.
 */
export { withCache } from './cache.ts';
export { type CallKey, callKey, sampleSeed } from './call-key.ts';
export * from './chat-model.ts';
export { CallLimiter, type CallLimiterOptions, type CallLoad } from './limiter.ts';
export {
  createOpenAICompatible,
  type OpenAICompatibleModel,
  type OpenAICompatibleOptions,
} from './openai-compatible.ts';
export type { Dialect } from './openai-dialect.ts';
export { type PriceList, parsePriceFile } from './price-file.ts';
export { knownModels, modelCard, modelPrice, priceTableSource } from './prices.ts';
export { type Environment, type ProviderInfo, providerNames, providers } from './provider-list.ts';
export {
  createProvider,
  createProviders,
  firstProviderWithKey,
  fullModelName,
  type ProviderOptions,
} from './providers.ts';
export {
  createRecordedModel,
  openRecordedModel,
  playRecording,
  type RecordedModelOptions,
} from './recorded.ts';
export { openRecording, type Recording } from './recording.ts';
export { recordingEvent, recordingHeader, recordingLine } from './recording-lines.ts';
export { redact } from './redact.ts';
export { type RetryEvent, type RetryOptions, withRetry } from './retry.ts';
export { createModelRouter, providerOf } from './router.ts';
export type { ServerNote } from './server-note.ts';
export { openSqliteCallStore, type SqliteCallStore } from './sqlite-call-store.ts';
export { type CallStore, createMemoryCallStore, type StoredCall } from './stored-call.ts';
