import { defineCommand } from '../command.ts';

export default defineCommand({
  description: 'Makes a task of a data file, or checks that a task and its grader can be trusted.',
  examples: [
    'mixtune task import faq.csv --name faq --input question --gold answer',
    'mixtune task check faq',
  ],
  subcommands: [
    { name: 'import', summary: 'make a task of a data file', load: () => import('./task-import.ts') },
    { name: 'check', summary: 'check that a grader can be trusted', load: () => import('./task-check.ts') },
  ],
});
