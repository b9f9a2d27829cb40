export { isEncoding, mostBytes } from './decode-text.ts';
export { type GraderGuess, guessGrader } from './guess-grader.ts';
export { type ImportOptions, wantedFields } from './import-options.ts';
export { type ImportedTask, importTask } from './import-task.ts';
export { readTable, type Table } from './read-table.ts';
export type { Row } from './rows.ts';
export { taskNamePattern, taskTexts, writeTask } from './write-task.ts';
