export { applyPrompt } from './apply.ts';
export { checkPrompt } from './check-prompt.ts';
export { composeRequest, longestPrompt, writerMark } from './compose.ts';
export {
  type Draft,
  type DraftingStrategy,
  type DraftOutcome,
  isDraft,
} from './draft.ts';
export type { OpenDraft, WrittenDraft } from './draft-book.ts';
export { chooseFailing, type FailingCase } from './evidence.ts';
export { betterOn, meansByInstance } from './instance-scores.ts';
export { closingTag, openingTag, readWrittenPrompt } from './read-answer.ts';
export { findTarget, type TargetAgent } from './target.ts';
export { type ReflectionOptions, withReflection } from './with-reflection.ts';
