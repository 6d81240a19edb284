import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { HistoryEvent } from '../../../src/domain/history.js';
import type { TranscriptLine } from '../../../src/domain/transcript.js';
import { SAMPLE_DAY } from '../../helpers/sample-day.js';
import { aRunningRow, aSnapshot } from '../../helpers/snapshots.js';
import { browserForTests } from './browser.js';

// Goal: whoever opens an issue sees why it stands where it stands, what happens to it now, and what was done for it.

const { look } = browserForTests();
const path = '/issues/MT-651';

const events = (page: Page) => page.getByRole('log', { name: 'Events' }).getByRole('listitem');
const told = (message: string, fields: Partial<HistoryEvent> = {}) => ({
  message,
  identifier: 'MT-651',
  ...fields,
});

describe('the page of an issue', () => {
  test('says why, rule by rule, and what was done for it', async (context) => {
    const { page } = await look(context, { path, daemon: SAMPLE_DAY });

    const heading = page.getByRole('heading', { level: 1 });
    await heading.filter({ hasText: 'MT-651 Publish the 0.4 release' }).waitFor();
    const why = page.getByRole('region', { name: 'Why' });
    await why.getByText(/^Blocked since 20:04:30 UTC, approval required/u).waitFor();
    const rules = await why.getByRole('listitem').allTextContents();
    expect(rules).toHaveLength(16);
    expect(rules[0]).toBe('passes Complete: id, identifier, title and state are there');
    expect(rules[6]).toMatch(/^holds Claim: blocked since 20:04:30 UTC/u);
    const attempts = await page
      .getByRole('table', { name: /^Attempts/u })
      .getByRole('row')
      .allTextContents();
    expect(attempts).toHaveLength(4);
    expect(attempts[1]).toMatch(
      /^attempt 2.*waits for a person.*129,420.*thread-a04-turn-3.*working 20m 30s/u,
    );
    expect(attempts[3]).toMatch(/^first run.*all turns used/u);
    expect(await page.title()).toBe('MT-651 Publish the 0.4 release · Symphony');
    await page.getByRole('region', { name: 'Now' }).getByText('/srv/symphony/workspaces/MT-651').waitFor();
  });

  test('claims nothing of the time before the daemon began', async (context) => {
    const daemon = { ...SAMPLE_DAY, histories: [] };
    const { page } = await look(context, { path, daemon });

    await page.getByText('No run has begun since the daemon started.').waitFor();
  });

  test('draws tokens over time, and says the same in words and as a table', async (context) => {
    const { page } = await look(context, { path, daemon: SAMPLE_DAY });

    await page.getByRole('img', { name: 'Tokens used over 59m 55s: from 0 to 545,000' }).waitFor();
    await page.getByText('The same as a table').click();
    const table = page.getByRole('region', { name: 'Tokens over time' }).getByRole('row');
    expect((await table.allTextContents()).at(-1)).toContain('545,000');
  });

  test('shows events as they come, with their fields, and only the pressing ones when asked', async (context) => {
    const { page, daemon } = await look(context, { path, daemon: SAMPLE_DAY });
    await page.getByText('Nothing has happened yet.').waitFor();

    daemon.history.tell(told('running npm test', { level: 'debug' }));
    daemon.history.tell(told('a run of another issue', { identifier: 'MT-1' }));
    daemon.history.tell(
      told('hook after_run failed', { level: 'error', kind: 'hook_failed', fields: { status: 7 } }),
    );

    await events(page).nth(1).waitFor();
    expect(await events(page).count()).toBe(2);
    await events(page).nth(1).getByText('Fields').click();
    await page.getByText('"status": 7').waitFor();
    await page.getByLabel('Show', { exact: true }).selectOption('warnings and errors');
    await events(page).first().getByText('hook after_run failed').waitFor();
    expect(await events(page).count()).toBe(1);
  });

  test('follows the end of the events only while it is in view', async (context) => {
    const { page, daemon } = await look(context, { path, daemon: SAMPLE_DAY });
    const scroller = page.getByRole('log', { name: 'Events' });
    const fromEnd = (): Promise<number> =>
      scroller.evaluate(
        (log: { scrollHeight: number; clientHeight: number; scrollTop: number }) =>
          log.scrollHeight - log.clientHeight - log.scrollTop,
      );
    await page.getByText('Nothing has happened yet.').waitFor();
    for (let number = 1; number <= 80; number += 1) daemon.history.tell(told(`line ${number}`));
    await page.getByText('line 80').waitFor();
    expect(await fromEnd()).toBeLessThan(2);

    await scroller.evaluate((log: { scrollTop: number }) => {
      log.scrollTop = 0;
    });
    await page.getByRole('button', { name: 'Go to the latest' }).waitFor();
    daemon.history.tell(told('line 81'));
    const latest = page.getByRole('button', { name: '1 new event: go to the latest' });
    await latest.waitFor();
    expect(await fromEnd()).toBeGreaterThan(100);

    await latest.click();
    await expect.poll(fromEnd).toBeLessThan(2);
    expect(await latest.isHidden()).toBe(true);
  });

  test('keeps a bounded number of events', async (context) => {
    const { page, daemon } = await look(context, { path, daemon: SAMPLE_DAY });
    await page.getByText('Nothing has happened yet.').waitFor();

    for (let number = 1; number <= 700; number += 1) daemon.history.tell(told(`line ${number}`));

    await page.getByText('line 700', { exact: true }).waitFor();
    expect(await events(page).count()).toBe(500);
  });

  test('reads the transcript a page at a time, and what is written meanwhile', async (context) => {
    const transcript: TranscriptLine[] = Array.from({ length: 130 }, (_, index) => ({
      atMs: null,
      direction: 'received' as const,
      message: {
        method: 'item/completed',
        params: { item: { type: 'agentMessage', text: `said ${index}` } },
      },
    }));
    const { page } = await look(context, { path, daemon: { ...SAMPLE_DAY, transcript } });
    const lines = page.locator('.transcript li');

    await page.getByText('Transcript', { exact: true }).click();
    await lines.nth(99).waitFor();
    await page.getByRole('button', { name: 'Load more' }).click();
    await lines.nth(129).waitFor();
    transcript.push({ atMs: null, direction: 'sent', message: 'one more' });
    await page.getByRole('button', { name: 'Look for new lines' }).click();
    await lines.nth(130).waitFor();

    expect(await lines.count()).toBe(131);
    expect(await lines.nth(130).textContent()).toContain('to agenttextone more');
  });

  test('tells who said what in a transcript, hides pieces, and writes the message out when asked', async (context) => {
    const { page } = await look(context, { path, daemon: SAMPLE_DAY });
    await page.getByText('Transcript', { exact: true }).click();
    const said = page.locator('.transcript li').filter({ hasText: 'I will write the release notes' });

    await said.waitFor();
    expect(await said.textContent()).toMatch(/from agent.*item\/completed agentMessage/u);
    const piece = page.locator('.transcript li').filter({ hasText: 'agentMessage/delta' });
    expect(await piece.isVisible()).toBe(false);
    await page.getByLabel('Pieces and notices without words, too').check();
    expect(await piece.isVisible()).toBe(true);
    await said.getByText('JSON').click();
    await said.getByText('"method": "item/completed"').waitFor();
  });

  test.for(['javascript:alert(1)', 'data:text/html,x', 'not an address'])(
    'makes no link of what is no web address: %s',
    async (url, context) => {
      const { page } = await look(context, {
        path: '/issues/MT-649',
        daemon: { snapshot: aSnapshot({ running: [aRunningRow({ url })] }) },
      });

      await page.getByRole('heading', { level: 1 }).filter({ hasText: 'Add a cache' }).waitFor();
      expect(await page.getByRole('main').getByRole('link').count()).toBe(0);
    },
  );

  test('links to the tracker without telling it where from', async (context) => {
    const { page } = await look(context, { path, daemon: SAMPLE_DAY });
    const link = page.getByRole('link', { name: 'Open in the tracker' });

    await link.waitFor();
    expect(await link.getAttribute('href')).toBe('https://tracker.example/issue/MT-651');
    expect(await link.getAttribute('rel')).toBe('noopener noreferrer');
    expect(await link.getAttribute('target')).toBe('_blank');
  });

  test('also stands for an issue that has ended, one that waits, and one that nobody knows', async (context) => {
    const { page } = await look(context, { path: '/issues/MT-633', daemon: SAMPLE_DAY });
    await page.getByText('ended', { exact: true }).waitFor();
    await page.getByText(/^Nothing holds this issue/u).waitFor();

    await page.goto('/issues/MT-670');
    await page.getByText('not eligible', { exact: true }).waitFor();

    await page.goto('/issues/MT-404');
    await page.getByText(/^There is no such issue/u).waitFor();
  });

  test.for(['state', 'events', 'owner/repo#12', '数据 %'])(
    'is there for an issue called %s',
    async (name, context) => {
      const { page, daemon } = await look(context, {
        daemon: {
          snapshot: aSnapshot({ running: [aRunningRow({ identifier: name, title: 'Oddly named' })] }),
        },
      });

      await page.getByRole('link', { name, exact: true }).click();
      await page.getByRole('heading', { level: 1 }).filter({ hasText: 'Oddly named' }).waitFor();
      await page.getByText('Nothing has happened yet.').waitFor();
      daemon.history.tell({ message: 'it goes on', identifier: name });
      await events(page).filter({ hasText: 'it goes on' }).waitFor();
    },
  );
});
