import { beforeAll, type TestContext } from 'vitest';
import { needs } from '../needs.js';
import { CODEX, INSTALL_WITHIN_MS, type Installation, installCodex } from './installation.js';

/** Where the programs of an installed version are. */
export type InstalledCodex = Extract<Installation, { kind: 'installed' }>;

/** What a test needs besides Codex and git. */
interface CodexNeeds {
  /** Commands in the sandbox; a test whose agent runs none, or runs them freely, does without. */
  readonly sandbox?: boolean;
}

/**
 * Has the tests of this file, or of this `describe`, wait until Codex is there. What it returns gives the programs to a
 * test, or skips it with the reason where they are not to be had.
 */
export function needsCodex(
  version = CODEX,
): (context: TestContext, codexNeeds?: CodexNeeds) => InstalledCodex {
  let installation: Installation | null = null;
  beforeAll(async () => {
    installation = await installCodex(version);
  }, INSTALL_WITHIN_MS);
  return (context, { sandbox = true } = {}) => {
    if (installation === null) throw new Error('asked for Codex before the first test');
    if (installation.kind === 'unavailable') {
      return context.skip(`because @openai/codex ${version} cannot be installed: ${installation.reason}`);
    }
    if (sandbox && installation.unfenced !== null) {
      context.skip(`because the sandbox of Codex does not work here: ${installation.unfenced}`);
    }
    needs(context, 'git');
    return installation;
  };
}
