export { simulatedModels } from './cards.ts';
export type { FaultRates } from './faults.ts';
export { createSimulatedModel, type SimulatedModelOptions } from './simulated-model.ts';
export { recognises } from './subjects.ts';
export {
  chapterOf,
  createTextbook,
  knownShare,
  type Textbook,
  type TextbookTask,
} from './textbook/index.ts';
