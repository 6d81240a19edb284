import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, type TestContext, vi } from 'vitest';
import type { WebPage } from '../../../src/web/pages.js';
import { needs } from '../../helpers/needs.js';
import { chromiumPath, freshPages, LAUNCH_ARGUMENTS } from './chromium.js';
import { ShownDaemon, type ShownDaemonOptions } from './shown-daemon.js';

/** Far more than anything here takes, also on a machine that does much else. */
const WITHIN_MS = 60_000;

/** A daemon with a page of it, open in a browser that knows nothing yet. */
export interface View {
  readonly daemon: ShownDaemon;
  readonly page: Page;
}

/** What a test looks at. */
export interface ViewOptions {
  readonly path?: string;
  readonly daemon?: Omit<ShownDaemonOptions, 'pages'>;
  readonly browser?: BrowserContextOptions;
  /** Run in the page before its own script. */
  readonly before?: string;
}

/** A real Chromium. A test is skipped, with the reason, where there is none. */
export interface TestBrowser {
  /** Starts a daemon whose sources the test sets, and opens its page. */
  readonly look: (context: TestContext, options?: ViewOptions) => Promise<View>;
  /** Opens the page of a daemon that runs already. */
  readonly open: (context: TestContext, url: string, options?: ViewOptions) => Promise<Page>;
}

/** A browser for the tests of one file. */
export function browserForTests(): TestBrowser {
  // Each wait has a shorter limit, which says what it waited for.
  vi.setConfig({ testTimeout: 3 * WITHIN_MS, hookTimeout: 2 * WITHIN_MS });
  let opened: { readonly browser: Browser; readonly pages: readonly WebPage[] } | null = null;
  beforeAll(async () => {
    const executablePath = chromiumPath();
    if (executablePath === null) return;
    const [browser, pages] = await Promise.all([
      chromium.launch({ executablePath, args: LAUNCH_ARGUMENTS, timeout: WITHIN_MS }),
      freshPages(),
    ]);
    opened = { browser, pages };
  });
  afterAll(async () => await opened?.browser.close());
  const there = (context: TestContext): NonNullable<typeof opened> => {
    needs(context, 'chromium');
    if (opened === null) throw new Error('chromium was not there when these tests began');
    return opened;
  };
  return {
    look: async (context, options = {}) => {
      const { browser, pages } = there(context);
      const daemon = new ShownDaemon({ ...options.daemon, pages });
      await daemon.start();
      onTestFinished(() => daemon.end());
      return { daemon, page: await openPage(browser, daemon.url, options) };
    },
    open: async (context, url, options = {}) => await openPage(there(context).browser, url, options),
  };
}

async function openPage(browser: Browser, url: string, options: ViewOptions): Promise<Page> {
  const context = await browser.newContext({ baseURL: url, ...options.browser });
  onTestFinished(() => context.close());
  context.setDefaultTimeout(WITHIN_MS);
  const page = await context.newPage();
  const troubles = watched(page, url);
  onTestFinished(() => expect(troubles).toEqual([]));
  if (options.before !== undefined) await page.addInitScript(options.before);
  await page.goto(options.path ?? '/');
  return page;
}

/** All that goes wrong in a page: scripts that throw, what its policy refuses, requests to somewhere else. */
function watched(page: Page, origin: string): readonly string[] {
  const troubles: string[] = [];
  page.on('pageerror', (error) => troubles.push(`threw: ${error.message}`));
  page.on('console', (message) => {
    // Chromium tells each refused order and each lost connection here, too; the tests see both by what the page says.
    if (!/^Failed to load resource|ERR_/u.test(message.text())) troubles.push(`said: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) troubles.push(`asked for ${request.url()}`);
  });
  return troubles;
}
