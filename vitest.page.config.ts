import { defineConfig } from 'vitest/config';

/** The page in a real browser (`npm run test:page`), apart from the fast suite, which needs none. */
export default defineConfig({
  test: {
    include: ['test/page/browser/**/*.test.ts'],
    globalSetup: ['test/support/whole-run.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    pool: 'forks',
    maxWorkers: 1,
    isolate: false,
    env: { NO_COLOR: '1' },
  },
});
