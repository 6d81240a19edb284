/**
 * Takes the pictures of the web page in docs/screenshots, of a made-up board at a fixed time. Run it after a change of
 * how the page looks, look at the pictures, and commit them: `tsx .ci/screenshots.ts`.
 */
import { mkdir } from 'node:fs/promises';
import { type Browser, chromium, type Page, type ViewportSize } from 'playwright-core';
import { chromiumPath, freshPages, LAUNCH_ARGUMENTS } from '../test/e2e/web/chromium.js';
import { ShownDaemon } from '../test/e2e/web/shown-daemon.js';
import { SAMPLE_DAY } from '../test/helpers/sample-day.js';
import { SAMPLE_EVENTS } from '../test/helpers/sample-issue.js';
import { SAMPLE_AT_MS } from '../test/helpers/snapshots.js';

const FOLDER = 'docs/screenshots';
const DESK = { width: 1280, height: 960 };
const PHONE = { width: 360, height: 780 };

/** One picture: what is shown, where. */
interface Picture {
  readonly name: string;
  readonly path: string;
  readonly viewport: ViewportSize;
  readonly colorScheme: 'light' | 'dark';
  /** Also what is below the fold. */
  readonly fullPage?: boolean;
}

const PICTURES: readonly Picture[] = [
  { name: 'web-overview-light', path: '/', viewport: DESK, colorScheme: 'light' },
  { name: 'web-overview-dark', path: '/', viewport: DESK, colorScheme: 'dark' },
  { name: 'web-overview-whole', path: '/', viewport: DESK, colorScheme: 'light', fullPage: true },
  { name: 'web-overview-phone', path: '/', viewport: PHONE, colorScheme: 'light' },
  { name: 'web-issue-light', path: '/issues/MT-651', viewport: DESK, colorScheme: 'light' },
  { name: 'web-issue-dark', path: '/issues/MT-651', viewport: DESK, colorScheme: 'dark' },
  { name: 'web-issue-phone', path: '/issues/MT-651', viewport: PHONE, colorScheme: 'dark' },
];

async function daemonOfSamples(): Promise<ShownDaemon> {
  const daemon = new ShownDaemon({
    pages: await freshPages(),
    ...SAMPLE_DAY,
  });
  for (const event of SAMPLE_EVENTS) daemon.history.tell(event);
  await daemon.start();
  return daemon;
}

/** Lets the page live at the time of the samples: by its own clock and by that of the daemon's answers. */
async function standStill(page: Page): Promise<void> {
  await page.clock.setFixedTime(SAMPLE_AT_MS);
  await page.route('**/api/v1/**', async (route) => {
    if (/\/events/u.test(route.request().url())) return await route.continue();
    const response = await route.fetch();
    const headers = { ...response.headers(), date: new Date(SAMPLE_AT_MS).toUTCString() };
    await route.fulfill({ response, headers });
  });
}

async function take(browser: Browser, daemon: ShownDaemon, picture: Picture): Promise<void> {
  const { name, path, viewport, colorScheme, fullPage = false } = picture;
  const context = await browser.newContext({ baseURL: daemon.url, viewport, colorScheme });
  const page = await context.newPage();
  await standStill(page);
  await page.goto(path);
  await page
    .getByText(path === '/' ? 'Drop support for Node 18' : 'MT-651 waits for a person')
    .first()
    .waitFor();
  await page.screenshot({ path: `${FOLDER}/${name}.png`, fullPage });
  await context.close();
}

const executablePath = chromiumPath();
if (executablePath === null) throw new Error('chromium is not installed');
await mkdir(FOLDER, { recursive: true });
const daemon = await daemonOfSamples();
const browser = await chromium.launch({ executablePath, args: LAUNCH_ARGUMENTS });
try {
  for (const picture of PICTURES) await take(browser, daemon, picture);
} finally {
  await browser.close();
  await daemon.stop();
}
