export { knownShare } from './knowledge.ts';
export {
  chapterOf,
  createTextbook,
  type KnownQuestion,
  type Textbook,
  type TextbookTask,
} from './textbook.ts';
export { createTextbookSubject } from './textbook-subject.ts';
