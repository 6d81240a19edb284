import { beforeAll, type TestContext } from 'vitest';
import { needs } from '../needs.js';
import { CODEX, INSTALL_WITHIN_MS, type Installation, installCodex } from './installation.js';

/** Where the programs of an installed version are. */
export type InstalledCodex = Extract<Installation, { kind: 'installed' }>;

/**
 * Has the tests of this file, or of this `describe`, wait until Codex is there. What it returns gives the programs to a
 * test, or skips it with the reason where there are none; Codex needs git as well.
 */
export function needsCodex(version = CODEX): (context: TestContext) => InstalledCodex {
  let installation: Installation | null = null;
  beforeAll(async () => {
    installation = await installCodex(version);
  }, INSTALL_WITHIN_MS);
  return (context) => {
    if (installation === null) throw new Error('asked for Codex before the first test');
    if (installation.kind === 'unavailable') {
      return context.skip(`because @openai/codex ${version} cannot be installed: ${installation.reason}`);
    }
    needs(context, 'git');
    return installation;
  };
}
