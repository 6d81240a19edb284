import { spawnSync } from 'node:child_process';
import type { TestContext } from 'vitest';

/**
 * Skips the running test, with the reason, unless these programs are on the PATH. The gate lists what was skipped and
 * why; a test that is skipped in any other way must give `context.skip` a reason that begins with `because`.
 */
export function needs(context: TestContext, ...programs: readonly string[]): void {
  for (const program of programs) {
    const found = spawnSync('sh', ['-c', 'command -v -- "$1"', 'sh', program], { stdio: 'ignore' });
    if (found.status !== 0) context.skip(`because ${program} is not installed`);
  }
}
