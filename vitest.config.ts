import { defineConfig } from 'vitest/config';
import { CountReporter } from './test/helpers/count-reporter.js';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    setupFiles: ['test/helpers/leaks.ts'],
    reporters: ['default', new CountReporter()],
    // Real processes and repositories on a busy machine of two cores; tests still wait for events, never for time.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    coverage: { include: ['src/**'] },
  },
});
