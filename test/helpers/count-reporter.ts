import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node';
import { TEST_COUNTS_PATH, type TestCounts } from '../../.ci/test-counts.js';

/** Writes how many tests passed, failed and were skipped, and why, for the last lines of the gate. */
export class CountReporter implements Reporter {
  async onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly SerializedError[],
  ): Promise<void> {
    const counts = countTests(modules, unhandledErrors.length);
    await mkdir(dirname(TEST_COUNTS_PATH), { recursive: true });
    await writeFile(TEST_COUNTS_PATH, JSON.stringify(counts));
  }
}

function countTests(modules: readonly TestModule[], failuresOutsideModules: number): TestCounts {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const withState = (state: string) => tests.filter((test) => test.result().state === state);
  // A file that does not load, or a hook that fails, has no failed test to its name; red must still count.
  const failedOutsideTests = modules.flatMap((module) => [
    ...module.errors(),
    ...[...module.children.allSuites()].flatMap((suite) => suite.errors()),
  ]);
  return {
    passed: withState('passed').length,
    failed: withState('failed').length + failedOutsideTests.length + failuresOutsideModules,
    skipped: withState('skipped').map((test) => ({
      title: `${test.module.relativeModuleId} > ${test.fullName}`,
      reason: reasonOf(test) ?? 'without a reason',
    })),
  };
}

function reasonOf(test: TestCase): string | undefined {
  const result = test.result();
  return result.state === 'skipped' ? result.note : undefined;
}
