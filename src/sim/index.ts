export { simulatedModels } from './cards.ts';
export type { ServerLoadOptions } from './server-load.ts';
export { createSimulatedModel } from './simulated-model.ts';
export { recognises } from './subjects.ts';
export { knownShare } from './textbook/knowledge.ts';
export { chapterOf, createTextbook, type Textbook, type TextbookTask } from './textbook/textbook.ts';
