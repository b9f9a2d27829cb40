import { codeRepair } from './code-repair/index.ts';
import { contestMath } from './contest-math/index.ts';
import { openQuestions } from './open-questions/index.ts';
import type { GeneratedTask } from './shipped-task.ts';
import { supportIntent } from './support-intent/index.ts';
import { ticketExtraction } from './ticket-extraction.ts';
import { ticketSummary } from './ticket-summary/index.ts';

/** All shipped tasks whose instances are generated. */
export const generatedTasks: readonly GeneratedTask[] = [
  contestMath,
  supportIntent,
  ticketExtraction,
  ticketSummary,
  codeRepair,
  openQuestions,
];
