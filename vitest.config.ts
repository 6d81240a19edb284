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
    // Real processes and repositories on a machine of two cores that does much else, too; tests wait for events, never for
    // time, so that this is only how long one that hangs is waited for.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 40_000 } },
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
