import { defineCommand } from '../command.ts';

export default defineCommand({
  description: 'Looks after the workers of a Redis or Valkey server (docs/many-machines.md).',
  examples: ['mixtune workers status redis://127.0.0.1:6379/0'],
  subcommands: [
    {
      name: 'status',
      summary: 'say what workers and runs there are, and what waits',
      load: () => import('./workers-status.ts'),
    },
  ],
});
