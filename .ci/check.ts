/**
 * The gate: every check, each once, in an order in which the tests of the built program find a fresh build. A failing
 * step does not hide the others. The last line on stdout is the count of tests.
 */
import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { TEST_COUNTS_PATH, type TestCounts } from './test-counts.js';

const STEPS = ['typecheck', 'lint', 'build', 'test:run', 'unused', 'package'];

/** Runs one npm script without input, its output passed through; true when it succeeded. */
function succeeds(step: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', '--silent', step], { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('close', (code) => resolve(code === 0));
  });
}

async function readCounts(): Promise<TestCounts | null> {
  const text = await readFile(TEST_COUNTS_PATH, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return text === null ? null : (JSON.parse(text) as TestCounts);
}

// Counts of an earlier run must not be taken for those of a run that never came to its end.
await rm(TEST_COUNTS_PATH, { force: true });

const failedSteps: string[] = [];
for (const step of STEPS) {
  const startedAtMs = performance.now();
  console.log(`\n--- ${step}`);
  const ok = await succeeds(step);
  if (!ok) failedSteps.push(step);
  console.log(
    `--- ${step}: ${ok ? 'ok' : 'FAILED'} in ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`,
  );
}

const counts = await readCounts();
console.log('');
for (const { title, reason } of counts?.skipped ?? []) console.log(`skipped, ${reason}: ${title}`);
if (failedSteps.length > 0) console.log(`failed steps: ${failedSteps.join(', ')}`);
if (counts === null) console.log('the tests did not come to their end, so there is nothing to count');
else console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped.length} skipped`);

process.exitCode = failedSteps.length === 0 && counts !== null ? 0 : 1;
