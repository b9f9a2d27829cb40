import { defineCommand } from '../command.ts';

export default defineCommand({
  description:
    'Looks after the answers that runs share (calls.sqlite in the runs folder), and exports them as recordings.',
  examples: ['mixtune cache stats', 'mixtune cache export --run my-run --out my-run.jsonl'],
  subcommands: [
    {
      name: 'stats',
      summary: 'say what the cache holds and has saved',
      load: () => import('./cache-stats.ts'),
    },
    { name: 'prune', summary: 'remove calls from the cache', load: () => import('./cache-prune.ts') },
    { name: 'export', summary: 'write calls as a recording', load: () => import('./cache-export.ts') },
  ],
});
