import type { CommandEntry } from './command.ts';

/** Every command, in the order in which `--help` lists them. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'make a task, a search space and a job file of your data',
    load: () => import('./commands/init.ts'),
  },
  {
    name: 'tune',
    summary: 'search MoA configurations for a task and keep the Pareto front',
    load: () => import('./commands/tune.ts'),
  },
  {
    name: 'rehearse',
    summary: 'forecast what a tuning job will take, without calling a model',
    load: () => import('./commands/rehearse.ts'),
  },
  { name: 'resume', summary: 'go on with an interrupted run', load: () => import('./commands/resume.ts') },
  {
    name: 'status',
    summary: 'say how a run is doing, or list all',
    load: () => import('./commands/status.ts'),
  },
  { name: 'stop', summary: 'stop a run politely', load: () => import('./commands/stop.ts') },
  { name: 'front', summary: "show a run's Pareto front", load: () => import('./commands/front.ts') },
  {
    name: 'show',
    summary: 'show one point of a run: its figures and its config',
    load: () => import('./commands/show.ts'),
  },
  {
    name: 'import',
    summary: "read another tool's system of agents as a config",
    load: () => import('./commands/import.ts'),
  },
  {
    name: 'report',
    summary: 'write one HTML file that shows a run, or compares several',
    load: () => import('./commands/report.ts'),
  },
  { name: 'ui', summary: 'show all runs in a page, as they go on', load: () => import('./commands/ui.ts') },
  { name: 'export', summary: 'write a config to a file', load: () => import('./commands/export.ts') },
  { name: 'score', summary: 'measure given configs side by side', load: () => import('./commands/score.ts') },
  {
    name: 'leaderboard',
    summary: 'show the systems that were measured on a task, best first',
    load: () => import('./commands/leaderboard.ts'),
  },
  {
    name: 'reproduce',
    summary: 'measure a claim again with fresh samples, and say whether it held',
    load: () => import('./commands/reproduce.ts'),
  },
  {
    name: 'repeat',
    summary: 'repeat a recorded run without any endpoint',
    load: () => import('./commands/repeat.ts'),
  },
  { name: 'ask', summary: 'have a config answer one question', load: () => import('./commands/ask.ts') },
  {
    name: 'chat',
    summary: 'talk to a config or a run, with the stages visible',
    load: () => import('./commands/chat.ts'),
  },
  {
    name: 'serve',
    summary: 'serve tuned configs as an OpenAI-compatible endpoint',
    load: () => import('./commands/serve.ts'),
  },
  { name: 'grade', summary: 'grade one answer', load: () => import('./commands/grade.ts') },
  {
    name: 'answer',
    summary: 'say what a run was worth, and whether more would pay',
    load: () => import('./commands/answer.ts'),
  },
  { name: 'task', summary: 'import a task, or check one', load: () => import('./commands/task.ts') },
  { name: 'models', summary: 'list providers and known models', load: () => import('./commands/models.ts') },
  { name: 'tasks', summary: 'list tasks', load: () => import('./commands/tasks.ts') },
  {
    name: 'presets',
    summary: 'list well-known systems, or write one with your models',
    load: () => import('./commands/presets.ts'),
  },
  { name: 'spaces', summary: 'list search spaces, or show one', load: () => import('./commands/spaces.ts') },
  {
    name: 'cache',
    summary: 'look after the call cache, or export recordings',
    load: () => import('./commands/cache.ts'),
  },
  {
    name: 'doctor',
    summary: 'say what this machine offers, and what to do about what it lacks',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'worker',
    summary: 'make calls and gradings for runs on other machines',
    load: () => import('./commands/worker.ts'),
  },
  {
    name: 'workers',
    summary: 'say what workers there are and what waits for them',
    load: () => import('./commands/workers.ts'),
  },
  { name: 'sim', summary: 'serve the simulated models over HTTP', load: () => import('./commands/sim.ts') },
];
