import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { aRunningRow, aSnapshot } from '../../helpers/snapshots.js';
import { browserForTests } from './browser.js';

// Goal: the page never shows what was as if it were what is, and goes on by itself where it was cut off.

const { look } = browserForTests();
const path = '/issues/MT-649';
const snapshot = () =>
  aSnapshot({ generatedAtMs: Date.now(), running: [aRunningRow({ startedAtMs: Date.now() - 90_000 })] });
const events = (page: Page) => page.getByRole('log', { name: 'Events' }).getByRole('listitem');
const told = (message: string) => ({ message, identifier: 'MT-649' });
const lost = (page: Page) => page.locator('.contact').getByText('The daemon does not answer');

describe('a daemon that is gone', () => {
  test('is told with the age of what is shown, and nothing shown grows older as if it were true', async (context) => {
    const { page, daemon } = await look(context, { daemon: { snapshot: snapshot() } });
    const age = page.getByRole('row').filter({ hasText: 'MT-649' }).getByRole('cell').nth(3);
    await page.getByText('Live', { exact: true }).waitFor();

    await daemon.stop();
    await lost(page).waitFor();
    const shown = await age.textContent();
    expect(shown).toMatch(/^\dm \d+s$/u);
    await page
      .locator('.contact')
      .getByText(/What is shown is ([3-9]|\d\d)s old|What is shown is \dm \d+s old/u)
      .waitFor();

    expect(await age.textContent()).toBe(shown);
    await page.getByText('Not live', { exact: true }).waitFor();
    expect(await page.getByRole('status').allTextContents()).toContain('The daemon does not answer');
  });

  test('is found again by itself, with what is true by then', async (context) => {
    const { page, daemon } = await look(context, { daemon: { snapshot: snapshot() } });
    await page.getByText('Live', { exact: true }).waitFor();
    await daemon.stop();
    await lost(page).waitFor();

    daemon.source.set(aSnapshot({ running: [aRunningRow({ issueId: 'b', identifier: 'MT-700' })] }));
    await daemon.start();

    await page.getByRole('link', { name: 'MT-700' }).waitFor();
    expect(await lost(page).isVisible()).toBe(false);
    expect(await page.getByRole('link', { name: 'MT-649' }).count()).toBe(0);
  });

  test('refuses orders in words, and does not pretend to know what became of them', async (context) => {
    const { page, daemon } = await look(context);
    await page.getByText('Live', { exact: true }).waitFor();
    await daemon.stop();

    await page.getByRole('button', { name: /^Pause/u }).click();
    await page
      .getByRole('alert')
      .filter({ hasText: 'Whether it took the order shows once it answers' })
      .waitFor();
  });
});

describe('a daemon that ends in the middle of an answer', () => {
  /** The beginning of an answer to an order arrives, and then nothing more. */
  const CUT_OFF = `
    const ask = window.fetch;
    window.fetch = async (path, ...more) => {
      if (path !== '/api/v1/pause') return await ask(path, ...more);
      const body = new ReadableStream({ pull: (rest) => rest.error(new TypeError('network error')) });
      return new Response(body, { status: 202 });
    };`;

  test('has not answered: nobody knows what became of the order', async (context) => {
    const { page } = await look(context, { before: CUT_OFF });

    await page.getByRole('button', { name: /^Pause/u }).click();
    await page
      .getByRole('alert')
      .filter({ hasText: 'Whether it took the order shows once it answers' })
      .waitFor();
  });
});

describe('the stream of events', () => {
  test('goes on after the last event when its connection was lost, with none missing and none twice', async (context) => {
    const { page, daemon } = await look(context, { path, daemon: { snapshot: snapshot() } });
    await page.getByText('Nothing has happened yet.').waitFor();
    daemon.history.tell(told('one'));
    await events(page).filter({ hasText: 'one' }).waitFor();

    await daemon.stop();
    daemon.history.tell(told('two, while nobody listened'));
    await lost(page).waitFor();
    await daemon.start();
    await events(page).filter({ hasText: 'two, while nobody listened' }).waitFor();
    daemon.history.tell(told('three'));
    await events(page).filter({ hasText: 'three' }).waitFor();

    expect(await events(page).locator('.text').allTextContents()).toEqual([
      'one',
      'two, while nobody listened',
      'three',
    ]);
  });

  test('says that events are missing when the daemon began anew, and shows those of its new life', async (context) => {
    const { page, daemon } = await look(context, { path, daemon: { snapshot: snapshot() } });
    await page.getByText('Nothing has happened yet.').waitFor();
    daemon.history.tell(told('of the first life'));
    await events(page).first().waitFor();

    await daemon.stop();
    daemon.history.beginAnew();
    daemon.history.tell(told('of the second life'));
    await daemon.start();

    await events(page).filter({ hasText: 'of the second life' }).waitFor();
    expect(await events(page).count()).toBe(3);
    expect(await events(page).nth(1).textContent()).toBe('Some events are missing here.');
  });
});

/** Has the page wait a hundredth of what it wants to, and counts what it holds on to at signals. */
const HURRIED = `
  const wait = window.setTimeout;
  window.setTimeout = (then, ms, ...rest) => wait(then, ms / 100, ...rest);
  window.held = 0;
  window.waits = 0;
  const { addEventListener, removeEventListener } = AbortSignal.prototype;
  AbortSignal.prototype.addEventListener = function (...listening) {
    window.held += 1;
    window.waits += 1;
    addEventListener.apply(this, listening);
  };
  AbortSignal.prototype.removeEventListener = function (...listening) {
    window.held -= 1;
    removeEventListener.apply(this, listening);
  };`;

describe('a page that is left open', () => {
  test('keeps nothing for each time that it has looked whether another window waits', async (context) => {
    const { page } = await look(context, { path, daemon: { snapshot: snapshot() }, before: HURRIED });

    await expect.poll(() => page.evaluate('window.waits'), { timeout: 60_000 }).toBeGreaterThan(50);

    expect(await page.evaluate('window.held')).toBeLessThanOrEqual(2);
  });
});

describe('a daemon that asks the tracker about an issue which just left the board', () => {
  test('is not called gone', async (context) => {
    const lookUp = () => new Promise<null>(() => {});
    const { page } = await look(context, { path, daemon: { snapshot: snapshot(), lookUp } });
    const pending = (response: { url: () => string; status: () => number }) =>
      response.url().endsWith('/explain') && response.status() === 503;

    await page.waitForResponse(pending);
    await page.waitForResponse(pending);

    expect(await page.locator('.contact').isVisible()).toBe(false);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('heading', { name: 'Now' }).waitFor();
  });
});

describe('an issue that was left before the daemon answered about it', () => {
  /** Has the page wait for answers for as long as the test keeps them back. */
  const PATIENT = 'AbortSignal.timeout = () => new AbortController().signal;';

  test('is not followed: a browser has few connections', async (context) => {
    const { page } = await look(context, { daemon: { snapshot: snapshot() }, before: PATIENT });
    const opened: string[] = [];
    page.on('request', (request) => opened.push(new URL(request.url()).pathname));
    const answers: (() => void)[] = [];
    await page.route('**/api/v1/issues/MT-649', async (route) => {
      await new Promise<void>((answer) => answers.push(answer));
      await route.continue();
    });

    await page.getByRole('link', { name: 'MT-649', exact: true }).click();
    await expect.poll(() => answers.length).toBe(1);
    await page.getByRole('link', { name: 'Overview', exact: true }).click();
    const answered = page.waitForResponse('**/api/v1/issues/MT-649/explain');
    for (const answer of answers) answer();
    await answered;

    // Whoever comes back to it follows it, so this is what its following looks like.
    await page.getByRole('link', { name: 'MT-649', exact: true }).click();
    await expect.poll(() => answers.length).toBe(2);
    expect(opened).not.toContain('/api/v1/issues/MT-649/events');
    for (const answer of answers) answer();
    await expect.poll(() => opened).toContain('/api/v1/issues/MT-649/events');
  });
});

describe('more windows than a browser has connections for one address', () => {
  test('all open, all are live, and each is told of every event', async (context) => {
    const { page, daemon } = await look(context, { path, daemon: { snapshot: snapshot() } });
    const pages = [page];
    while (pages.length < 8) {
      const another = await page.context().newPage();
      await another.goto(path);
      pages.push(another);
    }

    for (const each of pages) await each.getByText('Live', { exact: true }).waitFor();
    daemon.history.tell(told('one'));
    await Promise.all(pages.map((each) => events(each).filter({ hasText: 'one' }).waitFor()));
    daemon.history.tell(told('two'));
    await Promise.all(pages.map((each) => events(each).filter({ hasText: 'two' }).waitFor()));

    for (const each of pages)
      expect(await events(each).locator('.text').allTextContents()).toEqual(['one', 'two']);
  });
});
