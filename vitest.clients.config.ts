import { defineConfig } from 'vitest/config';

/** `npm run test:clients`: other people's clients, installed into a scratch folder, against a served front. */
export default defineConfig({
  test: {
    include: ['test/clients/**/*.test.ts'],
    testTimeout: 240_000,
    hookTimeout: 600_000,
    pool: 'forks',
    maxWorkers: 1,
  },
});
