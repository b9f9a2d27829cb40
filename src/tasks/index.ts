export { listTasks, type TaskSummary } from './list-tasks.ts';
export { loadTask, type LoadTaskOptions } from './load-task.ts';
export { splitTask } from './split-task.ts';
export { nodeTaskFiles, type TaskFiles } from './task-files.ts';
