import { defineConfig } from 'vitest/config';

/** `npm run test:workers`: runs and workers over a redis-server of their own, skipped where there is none. */
export default defineConfig({
  test: {
    include: ['test/workers/redis/**/*.test.ts'],
    globalSetup: ['test/support/whole-run.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    pool: 'forks',
    // Most of the time is spent waiting for locks of dead workers to run out.
    maxWorkers: 2,
    isolate: false,
    env: { NO_COLOR: '1' },
  },
});
