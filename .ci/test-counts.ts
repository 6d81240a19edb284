/** Where the test reporter leaves its counts for the gate; in a folder that no one commits. */
export const TEST_COUNTS_PATH = 'node_modules/.cache/symphony/test-counts.json';

/** What one run of the tests came to. */
export interface TestCounts {
  readonly passed: number;
  /** Failed tests, and files or hooks that failed outside of any test. */
  readonly failed: number;
  readonly skipped: readonly { readonly title: string; readonly reason: string }[];
}
