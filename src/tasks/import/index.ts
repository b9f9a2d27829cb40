export { goldForms } from './gold-forms.ts';
export { type GraderGuess, guessGrader } from './guess-grader.ts';
export { type ImportedTask, type ImportOptions, importTask } from './import-task.ts';
export { type Row, readTable, type Table } from './read-table.ts';
export { taskNamePattern, taskTexts, writeTask } from './write-task.ts';
