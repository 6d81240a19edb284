import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { CountReporter } from './test/helpers/count-reporter.js';

const REAL_CODEX = 'test/e2e/codex/**/*.test.ts';

/** Most wait for processes, servers and Codex more than they compute, so two cores have time for two of them. */
const WORKERS = Math.max(2, availableParallelism() - 1);

export default defineConfig({
  test: {
    setupFiles: ['test/helpers/leaks.ts'],
    reporters: ['default', new CountReporter()],
    // Real processes and repositories on a busy machine of two cores; tests still wait for events, never for time.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // What is looked for again and again is there at once, except on a machine that does much else.
    expect: { poll: { timeout: 20_000 } },
    coverage: { include: ['src/**'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'symphony',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: [...configDefaults.exclude, REAL_CODEX],
          maxWorkers: WORKERS,
        },
      },
      {
        extends: true,
        test: {
          name: 'codex',
          include: [REAL_CODEX],
          maxWorkers: WORKERS,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
