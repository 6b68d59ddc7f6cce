import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // Most of the time of most files is spent waiting for servers and processes.
    maxWorkers: 2,
    allowOnly: false,
  },
});
