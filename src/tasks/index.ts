export { limitTuning } from './limit-tuning.ts';
export { listTasks, type TaskSummary } from './list-tasks.ts';
export { type LoadedTask, type LoadTaskOptions, loadTask } from './load-task.ts';
export { sameQuestionNotes } from './same-questions.ts';
export { splitTask } from './split-task.ts';
export { nodeTaskFiles, type TaskFiles } from './task-files.ts';
