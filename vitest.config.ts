import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/whole-run.ts'],
    setupFiles: ['test/support/properties.ts'],
    exclude: [
      ...['test/bench/**', 'test/clients/**', 'test/page/browser/**', 'test/workers/redis/**'],
      'node_modules/**',
    ],
    // A test must hold on a busy machine: only one that hangs is to end by time.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    pool: 'forks',
    // Each worker warms up by itself: one plays test/cli in 39 s of processor time, three in 51.
    maxWorkers: 2,
    // Files of one worker share the modules that they import, which saves a quarter of the time.
    isolate: false,
    // Modules are kept as they were transformed, by their content, from one run to the next.
    experimental: {
      fsModuleCache: true,
      fsModuleCachePath: join(import.meta.dirname, 'node_modules/.cache/vitest-modules'),
    },
    env: { NO_COLOR: '1' },
  },
});
