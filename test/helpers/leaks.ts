import { afterAll, expect } from 'vitest';

/** What a test file must not leave behind; others of Node's resources belong to the test runner. */
const OWNED = ['ProcessWrap', 'TCPServerWrap', 'FSEventWrap', 'StatWatcher'];
const GRACE_MS = 20_000;
const STEP_MS = 20;

function ownedResources(): string[] {
  return process.getActiveResourcesInfo().filter((name) => OWNED.includes(name));
}

const before = ownedResources().length;

// After the last test of a file, when all that tests clean up by themselves is cleaned up. A process that was killed, or
// a server that was closed, is gone a moment later, so this looks more than once.
afterAll(async () => {
  const waitedFromMs = performance.now();
  while (ownedResources().length > before && performance.now() - waitedFromMs < GRACE_MS) {
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
  expect(
    ownedResources().slice(before),
    'child processes, servers or watchers that outlive the tests',
  ).toEqual([]);
});
