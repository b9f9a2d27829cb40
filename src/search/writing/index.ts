export { applyPrompt } from './apply.ts';
export { checkPrompt, type PromptCheck } from './check-prompt.ts';
export { composeRequest, longestPrompt, type WritingRequest, writerMark } from './compose.ts';
export {
  type Draft,
  type DraftingStrategy,
  type DraftOperator,
  type DraftOutcome,
  type DraftTarget,
  draftOperators,
  isDraft,
} from './draft.ts';
export type { OpenDraft, WrittenDraft } from './draft-book.ts';
export { chooseFailing, type FailingCase, fullMarks, type ScoredEvidence } from './evidence.ts';
export { findLeak, type LeakContext } from './leaks.ts';
export { closingTag, openingTag, readWrittenPrompt } from './read-answer.ts';
export { drawTarget, findTarget, type TargetAgent, targetsOf } from './target.ts';
export { type ReflectionOptions, withReflection } from './with-reflection.ts';
