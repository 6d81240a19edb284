import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { SAMPLE_DAY } from '../../helpers/sample-day.js';
import { aBlockedRow, aRunningRow, aSnapshot } from '../../helpers/snapshots.js';
import { browserForTests } from './browser.js';
import { faintTexts, namelessControls, smallTargets } from './seen.js';

// Goal: the page can be used by keyboard, with a screen reader, on a phone, by day and by night.

const { look } = browserForTests();
const PHONE = { viewport: { width: 360, height: 740 } };
const VIEWS = [
  { name: 'the overview', path: '/', whole: 'Latest problems' },
  { name: 'the page of an issue', path: '/issues/MT-651', whole: 'Attempts' },
];

async function shown(page: Page, whole: string): Promise<void> {
  await page.getByRole('heading', { name: new RegExp(`^${whole}`, 'u') }).waitFor();
}

const focused = (page: Page): Promise<unknown> => page.evaluate('document.activeElement.textContent.trim()');

describe('for a screen reader', () => {
  test('the overview is landmarks, headings and tables with names', async (context) => {
    const { page } = await look(context, { daemon: SAMPLE_DAY });
    await shown(page, 'Latest problems');

    const tree = await page.locator('body').ariaSnapshot();
    for (const part of [
      '- link "Skip to content"',
      '- banner:',
      '- navigation "Pages":',
      '- main:',
      '- heading "Overview" [level=1]',
      '- group "Daemon":',
      'button "Pause: let nothing new start"',
      '- region "Needs attention 3":',
      '- heading "MT-651 Publish the 0.4 release" [level=3]',
      'button "Approve: answer MT-651"',
      '- table "Running 5":',
      '- columnheader "Last message"',
      'img "Tokens per second over the last 10m 0s: now 1,284, at most 1,688"',
    ])
      expect(tree).toContain(part);
  });

  test('the page of an issue is landmarks, headings and lists with names', async (context) => {
    const { page } = await look(context, { path: '/issues/MT-651', daemon: SAMPLE_DAY });
    await shown(page, 'Attempts');

    const tree = await page.locator('body').ariaSnapshot();
    for (const part of [
      '- heading "MT-651 Publish the 0.4 release" [level=1]',
      '- region "Question":',
      '- region "Why":',
      '- log "Events"',
      '- combobox "Show":',
      '- table "Attempts 3":',
      'img "Tokens used over',
    ])
      expect(tree).toContain(part);
    // An agent tells more than anybody can listen to.
    expect(await page.getByRole('log').getAttribute('aria-live')).toBe('off');
  });

  test.for(VIEWS)('every control of $name has a name, also on a phone', async ({ path, whole }, context) => {
    const { page } = await look(context, { path, daemon: SAMPLE_DAY, browser: PHONE });
    await shown(page, whole);

    expect(await namelessControls(page)).toEqual([]);
    // Laid out as cards, they are tables all the same.
    expect(await page.getByRole('columnheader').count()).toBeGreaterThan(5);
  });

  test('only what is new and short is read out: issues that wait for a person, and what became of orders', async (context) => {
    const { page, daemon } = await look(context, { daemon: { snapshot: aSnapshot() } });
    await page.getByText('Nothing waits for a person.').waitFor();
    const live = page.locator('[role=status], [role=alert], [aria-live]:not([aria-live=off])');
    expect((await live.allTextContents()).join('')).toBe('');

    daemon.source.set(aSnapshot({ blocked: [aBlockedRow()], running: [aRunningRow()] }));
    await page.getByRole('status').filter({ hasText: '1 issue waiting for a person' }).waitFor();
    expect((await live.allTextContents()).join('')).toBe('1 issue waiting for a person');
  });
});

describe('by keyboard', () => {
  test('one gets past the head, to an issue, through its question and back', async (context) => {
    const { page, daemon } = await look(context, { daemon: SAMPLE_DAY });
    await shown(page, 'Latest problems');
    const tabTo = async (text: string): Promise<void> => {
      for (let presses = 0; presses < 40; presses += 1) {
        await page.keyboard.press('Tab');
        expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).not.toBe('none');
        if ((await focused(page)) === text) return;
      }
      throw new Error(`${text} is not reached`);
    };

    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await tabTo('MT-651');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /MT-651/u }).waitFor();
    expect(await focused(page)).toMatch(/^MT-651/u);
    await page.getByRole('button', { name: /^Approve/u }).waitFor();
    await tabTo('Decline');
    await page.keyboard.press('Space');
    await page.getByRole('dialog').waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('token');
    await page.keyboard.press('Escape');
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    expect(await focused(page)).toBe('Overview');
    expect(daemon.orders).toEqual([]);
  });

  test('a button that is at work keeps the focus and takes no second press', async (context) => {
    const { page } = await look(context);
    await page.getByText('No agent is at work.').waitFor();
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let asked = 0;
    await page.route('**/api/v1/refresh', async (route) => {
      asked += 1;
      await held;
      await route.continue();
    });

    const refresh = page.getByRole('button', { name: /^Refresh/u });
    await refresh.focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => refresh.getAttribute('aria-disabled')).toBe('true');
    await page.keyboard.press('Enter');
    letGo();
    await page.getByRole('status').filter({ hasText: 'The tracker is asked now.' }).waitFor();

    expect(asked).toBe(1);
    expect(await focused(page)).toBe('Refresh');
    expect(await refresh.getAttribute('aria-disabled')).toBeNull();
  });
});

describe('to the eye', () => {
  const looks = VIEWS.flatMap((view) =>
    (['light', 'dark'] as const).map((colorScheme) => ({ ...view, colorScheme })),
  );

  test.for(looks)(
    'every text of $name has contrast enough, $colorScheme',
    async ({ path, whole, colorScheme }, context) => {
      const { page } = await look(context, { path, daemon: SAMPLE_DAY, browser: { colorScheme } });
      await shown(page, whole);

      expect(await faintTexts(page)).toEqual([]);
      const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(ground).toBe(colorScheme === 'dark' ? 'rgb(14, 18, 22)' : 'rgb(245, 246, 248)');
    },
  );

  test.for(VIEWS)(
    '$name fits the narrowest screen with whatever an agent asks, and offers',
    async ({ path, whole }, context) => {
      const choices = [`/srv/${'directory/'.repeat(7)}`, 'Leave it as it is, and tell the others about it'];
      const question = { kind: 'userInput' as const, text: `Where to? ${'x'.repeat(500)}`, choices };
      const blocked = [aBlockedRow({ issueId: 'id-MT-651', identifier: 'MT-651', question })];
      const snapshot = { ...SAMPLE_DAY.snapshot, blocked };
      const browser = { viewport: { width: 320, height: 640 } };
      const { page } = await look(context, { path, daemon: { ...SAMPLE_DAY, snapshot }, browser });
      await shown(page, whole);
      await page.getByRole('button', { name: /^Leave it as it is/u }).waitFor();

      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
      expect(await smallTargets(page)).toEqual([]);
    },
  );

  test.for(VIEWS)(
    '$name fits a phone: nothing beside the screen, nothing too small to touch',
    async ({ path, whole }, context) => {
      const { page } = await look(context, { path, daemon: SAMPLE_DAY, browser: PHONE });
      await shown(page, whole);
      if (path !== '/') {
        await page.getByText('Transcript', { exact: true }).click();
        await page.locator('.transcript li').first().waitFor();
      }

      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
      expect(await smallTargets(page)).toEqual([]);
    },
  );

  test('nothing moves by itself, for nobody', async (context) => {
    const { page } = await look(context, { daemon: SAMPLE_DAY });
    await shown(page, 'Latest problems');

    expect(await page.evaluate('document.getAnimations().length')).toBe(0);
  });
});
