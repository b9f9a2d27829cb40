export { createTextbook, type KnownQuestion, type Textbook, type TextbookTask } from './textbook.ts';
export { createTextbookSubject } from './textbook-subject.ts';
