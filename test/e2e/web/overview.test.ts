import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../../src/domain/snapshot.js';
import { aDownHost, aHostRow } from '../../helpers/host-rows.js';
import { SAMPLE_DAY } from '../../helpers/sample-day.js';
import {
  aBlockedRow,
  aProblem,
  aRetryingRow,
  aRunningRow,
  aSnapshot,
  SAMPLE_AT_MS,
} from '../../helpers/snapshots.js';
import { browserForTests } from './browser.js';

// Goal: what the daemon knows is what people see, at once, in order of what wants them, and nothing of it acts by itself.

const { look } = browserForTests();

/** The section under a heading. */
const section = (page: Page, name: string) => page.getByRole('region', { name: new RegExp(`^${name}`, 'u') });
const rows = (page: Page, name: string) => section(page, name).getByRole('row');

/** As many runs as some daemon may have. */
function manyRuns(count: number): Snapshot {
  const running = Array.from({ length: count }, (_, index) =>
    aRunningRow({ issueId: `id-${index}`, identifier: `MT-${index}`, title: `Issue number ${index}` }),
  );
  return aSnapshot({ running, maxConcurrentAgents: count });
}

describe('the overview', () => {
  test('shows the figures of the daemon and every issue it knows, what wants a person first', async (context) => {
    const { page } = await look(context, { daemon: SAMPLE_DAY });

    await rows(page, 'Waiting').first().waitFor();
    expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual([
      'Needs attention 3',
      'Running 5',
      'Retry queue 1',
      'Waiting 2',
      'Not eligible 3',
      'Recently ended 1',
      'Workers 2',
      'Latest problems 2',
    ]);
    const figures = await page.locator('.figures').textContent();
    for (const shown of [
      '5 / 8',
      '1,284 tok/s',
      '8,925,241',
      '17h 0m',
      'Answering',
      '4,212 of 5,000',
      '81% used',
    ])
      expect(figures).toContain(shown);
    const [, firstRun] = await rows(page, 'Running').allTextContents();
    for (const shown of [
      'MT-649',
      'Cache the list',
      'In Progress',
      'working',
      'build-1',
      '184,220',
      'npm test',
    ])
      expect(firstRun).toContain(shown);
    expect(await page.title()).toBe('(3) Symphony');
    expect(await page.getByRole('img', { name: /Tokens per second over the last 10m/u }).count()).toBe(1);
  });

  test('shows workers where there are any: what runs there, and why one is not used', async (context) => {
    const hosts = [
      aHostRow('build-1', { running: 2, link: { connections: 1, sessions: 2 } }),
      aDownHost('ci@build-2:2222', 'nothing listens at build-2:2222 (ECONNREFUSED)'),
    ];
    const { page, daemon } = await look(context, { daemon: { snapshot: aSnapshot({ hosts }) } });

    await rows(page, 'Workers').first().waitFor();
    const [, first, second] = await rows(page, 'Workers').allTextContents();
    expect(first).toMatch(/build-1.*2 \/ 4.*1.*ready/u);
    expect(second).toMatch(/ci@build-2:2222.*0 \/ 4.*down for .*: nothing listens at build-2:2222/u);
    expect(await page.getByText('No worker answers').count()).toBe(0);

    daemon.source.set(aSnapshot({ hosts: hosts.slice(1), generatedAtMs: SAMPLE_AT_MS + 1_000 }));
    await section(page, 'Needs attention').getByText('No worker answers').waitFor();
    daemon.source.set(aSnapshot({ generatedAtMs: SAMPLE_AT_MS + 2_000 }));
    await section(page, 'Workers').waitFor({ state: 'hidden' });
  });

  test('says why nothing starts: workflow, tracker, account and a person’s hold', async (context) => {
    const { page } = await look(context, {
      daemon: {
        snapshot: aSnapshot({
          workflowProblem: aProblem({ message: 'line 14: polling is not a map' }),
          polling: { ...aSnapshot().polling, failure: aProblem() },
          accountLimit: { untilMs: Date.now() + 3_600_000, reason: 'weekly limit' },
          hold: { kind: 'draining', sinceWallMs: SAMPLE_AT_MS },
        }),
      },
    });

    const attention = section(page, 'Needs attention');
    for (const text of ['line 14: polling is not a map', 'Linear answered 503.', 'weekly limit'])
      await attention.getByText(text).waitFor();
    await page.getByText('The daemon is draining').waitFor();
    expect(await page.getByRole('group', { name: 'Daemon' }).getByRole('button').allTextContents()).toEqual([
      'Refresh',
      'Resume',
    ]);
  });

  test('follows the daemon by itself, and keeps focus, typed text and rows where they are', async (context) => {
    const question = { kind: 'userInput' as const, text: 'Which name?', choices: [] };
    const before = aSnapshot({
      blocked: [aBlockedRow({ question })],
      running: [aRunningRow({ turnCount: 7 })],
    });
    const { page, daemon } = await look(context, { daemon: { snapshot: before } });
    const field = page.getByLabel('Answer to MT-651');
    await field.fill('half an ans');
    await rows(page, 'Running')
      .nth(1)
      .evaluate((row: { isTheSame?: boolean }) => {
        row.isTheSame = true;
      });

    daemon.source.set({
      ...before,
      generatedAtMs: SAMPLE_AT_MS + 1_000,
      running: [
        aRunningRow({ issueId: 'new', identifier: 'MT-700', title: 'Another' }),
        aRunningRow({ turnCount: 8 }),
      ],
    });

    await rows(page, 'Running').filter({ hasText: 'MT-700' }).waitFor();
    const kept = rows(page, 'Running').filter({ hasText: 'MT-649' });
    expect(await kept.evaluate((row: { isTheSame?: boolean }) => row.isTheSame)).toBe(true);
    expect(await kept.textContent()).toContain('8');
    expect(await field.inputValue()).toBe('half an ans');
    expect(await page.evaluate('document.activeElement.value')).toBe('half an ans');
  });

  test('moves the focus to the heading when the row that had it is gone', async (context) => {
    const before = aSnapshot({ running: [aRunningRow(), aRunningRow({ issueId: 'b', identifier: 'MT-2' })] });
    const { page, daemon } = await look(context, { daemon: { snapshot: before } });
    await page.getByRole('link', { name: 'MT-2' }).focus();

    daemon.source.set({ ...before, running: [aRunningRow()] });

    await page.getByRole('link', { name: 'MT-2' }).waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.textContent')).toMatch(/^Running/u);
  });

  test('shows what trackers and agents write as text, whatever it looks like', async (context) => {
    const titles = [
      '<img src=x onerror="document.title=1">',
      '</span><script>document.title=1</script>',
      'safe\u202egnp.exe\u0000\u001b[31m\u0007',
      `long ${'x'.repeat(10_000)}`,
      'عنوان من اليمين',
    ];
    const running = titles.map((title, index) =>
      aRunningRow({ issueId: `h${index}`, identifier: `H-${index}`, title, lastMessage: title }),
    );
    const hostile = '"><b id=x>';
    const { page } = await look(context, {
      daemon: {
        snapshot: aSnapshot({
          running: [...running, aRunningRow({ issueId: 'i', identifier: hostile, state: '<b>Todo</b>' })],
          blocked: [
            aBlockedRow({ question: { kind: 'userInput', text: '<b>Bold?</b>', choices: ['<i>Yes</i>'] } }),
          ],
        }),
      },
    });

    await rows(page, 'Running').nth(6).waitFor();
    expect(await page.locator('main img, main script, main b, main i').count()).toBe(0);
    await page.getByText('<img src=x onerror="document.title=1">').first().waitFor();
    await page.getByRole('button', { name: '<i>Yes</i>' }).waitFor();
    expect(await page.locator('.title').filter({ hasText: 'safe' }).textContent()).toBe('safegnp.exe');
    expect((await page.locator('.title').filter({ hasText: 'long' }).textContent())?.length).toBeLessThan(
      400,
    );
    expect(await page.getByRole('link', { name: hostile }).getAttribute('href')).toBe(
      `/issues/${encodeURIComponent(hostile)}`,
    );
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });

  test('shows the first of a thousand runs, all of them when asked, and finds one', async (context) => {
    const { page } = await look(context, { daemon: { snapshot: manyRuns(1_000) } });
    const heading = 1;

    await rows(page, 'Running').nth(99).waitFor();
    expect(await rows(page, 'Running').count()).toBe(100 + heading);
    await page.getByRole('button', { name: 'Show all 1,000 rows' }).click();
    expect(await rows(page, 'Running').count()).toBe(1_000 + heading);
    await page.getByLabel('Find an issue').fill('number 777');
    await rows(page, 'Running').filter({ hasText: 'MT-777' }).waitFor();
    expect(await rows(page, 'Running').count()).toBe(1 + heading);
  });

  test('is found where it was left by whoever comes back to it', async (context) => {
    const { page } = await look(context, { daemon: { snapshot: manyRuns(80) } });
    await page.getByRole('link', { name: 'MT-60', exact: true }).scrollIntoViewIfNeeded();
    const left = await page.evaluate('scrollY');
    expect(left).toBeGreaterThan(500);

    await page.getByRole('link', { name: 'MT-60', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'MT-60 Issue number 60' }).waitFor();
    expect(await page.evaluate('scrollY')).toBe(0);
    await page.goBack();

    await expect.poll(() => page.evaluate('scrollY')).toBe(left);
  });

  test('counts down to a retry, and calls it due once it is', async (context) => {
    const { page } = await look(context, {
      daemon: {
        snapshot: aSnapshot({
          retrying: [
            aRetryingRow({ dueAtMs: Date.now() + 3_600_000 }),
            aRetryingRow({ issueId: 'due', identifier: 'MT-2', dueAtMs: Date.now() - 1_000 }),
          ],
        }),
      },
    });

    await rows(page, 'Retry queue')
      .filter({ hasText: 'MT-650' })
      .getByText(/^in (5\dm|1h)/u)
      .waitFor();
    await rows(page, 'Retry queue').filter({ hasText: 'MT-2' }).getByText('now').waitFor();
  });

  test('does nothing while its tab is hidden, and catches up at once when it is looked at again', async (context) => {
    const hide =
      'Object.defineProperty(document, "hidden", { get: () => window.isAway === true, configurable: true })';
    const turn = (isAway: boolean): string =>
      `window.isAway = ${isAway}; document.dispatchEvent(new Event("visibilitychange"))`;
    const { page, daemon } = await look(context, { before: hide });
    await page.getByText('No agent is at work.').waitFor();

    await page.evaluate(turn(true));
    await expect.poll(() => daemon.source.listeners).toBe(0);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    daemon.source.set(aSnapshot({ running: [aRunningRow()] }));
    expect(await page.getByText('MT-649').count()).toBe(0);
    expect(asked).toEqual([]);

    await page.evaluate(turn(false));
    await page.getByText('MT-649').waitFor();
  });
});
