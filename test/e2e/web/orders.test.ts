import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { Commands } from '../../../src/domain/snapshot.js';
import { aBlockedRow, aParkedRow, aRunningRow, aSnapshot, SAMPLE_AT_MS } from '../../helpers/snapshots.js';
import { browserForTests } from './browser.js';
import { TOKEN } from './shown-daemon.js';

// Goal: a person can order everything from the page; it asks who that person is once, and never does what was not meant.

const { look } = browserForTests();
const BLOCKED = aSnapshot({ blocked: [aBlockedRow()] });
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

async function signIn(page: Page, token = TOKEN): Promise<void> {
  await page.getByLabel('Operator’s token').fill(token);
  await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
}

describe('an order on the page', () => {
  test('asks for the token once, says when it is wrong, and then is carried out', async (context) => {
    const { page, daemon } = await look(context, { daemon: { snapshot: BLOCKED } });

    await button(page, 'Approve: answer MT-651').click();
    const dialog = page.getByRole('dialog', { name: 'Sign in' });
    await dialog.getByText('symphony token').waitFor();
    await signIn(page, 'a guess');
    await dialog.getByRole('alert').filter({ hasText: 'This is not the operator’s token' }).waitFor();
    expect(daemon.orders).toEqual([]);
    await signIn(page);
    await page.getByRole('status').filter({ hasText: 'MT-651 is answered' }).waitFor();
    expect(daemon.orders).toEqual(['answer MT-651 approve']);

    await button(page, 'Decline: answer MT-651').click();
    await expect.poll(() => daemon.orders).toEqual(['answer MT-651 approve', 'answer MT-651 decline']);
    expect(await dialog.count()).toBe(0);
  });

  test('keeps the token out of reach of any script, also over a reload, until the person signs out', async (context) => {
    const { page, daemon } = await look(context, { daemon: { snapshot: BLOCKED } });
    await button(page, /^Pause/u).click();
    await signIn(page);
    await page.getByRole('status').filter({ hasText: 'Taken.' }).waitFor();

    expect(
      await page.evaluate('document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)'),
    ).not.toContain(TOKEN);
    await page.reload();
    await button(page, /^Pause/u).click();
    await expect.poll(() => daemon.orders).toEqual(['pause', 'pause']);
    await page.getByRole('status').filter({ hasText: 'Taken.' }).waitFor();

    await button(page, 'Sign out').click();
    await page.getByRole('status').filter({ hasText: 'Signed out' }).waitFor();
    await button(page, /^Pause/u).click();
    await page.getByRole('dialog', { name: 'Sign in' }).waitFor();
  });

  test('takes a usage limit for over', async (context) => {
    const accountLimit = { untilMs: Date.now() + 3_600_000, reason: 'usage limit: used up' };
    const { page, daemon } = await look(context, { daemon: { snapshot: aSnapshot({ accountLimit }) } });

    await button(page, 'Lift limit: take the usage limit for over').click();
    await signIn(page);

    await expect.poll(() => daemon.orders).toEqual(['resume']);
  });

  test('does nothing when the person gives up, and gives the focus back', async (context) => {
    const { page, daemon } = await look(context, { daemon: { snapshot: BLOCKED } });

    await button(page, 'Approve: answer MT-651').click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    expect(daemon.orders).toEqual([]);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Approve');
  });

  test('that ends something is asked about once more', async (context) => {
    const { page, daemon } = await look(context, {
      path: '/issues/MT-649',
      daemon: { snapshot: aSnapshot({ running: [aRunningRow()] }) },
    });
    const confirm = page.getByRole('dialog', { name: 'Stop MT-649?' });

    await button(page, 'Stop: MT-649').click();
    await confirm.getByText('A live run ends').waitFor();
    await confirm.getByRole('button', { name: 'Cancel' }).click();
    expect(daemon.orders).toEqual([]);

    await button(page, 'Stop: MT-649').click();
    await confirm.getByRole('button', { name: 'Stop MT-649' }).click();
    await signIn(page);
    await expect.poll(() => daemon.orders).toEqual(['stop MT-649']);
  });

  test('drains only after a confirmation, and resume takes it back', async (context) => {
    const { page, daemon } = await look(context);

    await button(page, /^Drain/u).click();
    await page
      .getByRole('dialog', { name: 'Drain the daemon?' })
      .getByRole('button', { name: 'Drain' })
      .click();
    await signIn(page);
    await expect.poll(() => daemon.orders).toEqual(['drain']);
    daemon.source.set(aSnapshot({ hold: { kind: 'draining', sinceWallMs: SAMPLE_AT_MS } }));
    await button(page, /^Resume/u).click();
    await expect.poll(() => daemon.orders).toEqual(['drain', 'resume']);
  });

  test('to ask the tracker now needs no token', async (context) => {
    const { page, daemon } = await look(context);

    await button(page, /^Refresh/u).click();
    await page.getByRole('status').filter({ hasText: 'The tracker is asked now.' }).waitFor();
    expect(daemon.orders).toEqual(['refresh']);
  });

  test('takes up what was set aside, or lets it go', async (context) => {
    const { page, daemon } = await look(context, {
      daemon: { snapshot: aSnapshot({ parked: [aParkedRow()] }) },
    });

    await button(page, 'Retry now: MT-652').click();
    await signIn(page);
    // Each goes over a connection of its own, and the second one may be the faster.
    await expect.poll(() => daemon.orders).toEqual(['retry MT-652']);
    await button(page, 'Release: MT-652').click();
    await expect.poll(() => daemon.orders).toEqual(['retry MT-652', 'release MT-652']);
  });

  test('that is refused says why, as an alert', async (context) => {
    const refused = { kind: 'refused', message: 'MT-652 is being worked on.' } as const;
    const { page } = await look(context, {
      daemon: { snapshot: aSnapshot({ parked: [aParkedRow()] }), commands: { order: () => refused } },
    });

    await button(page, 'Retry now: MT-652').click();
    await signIn(page);
    await page.getByRole('alert').filter({ hasText: refused.message }).waitFor();
    await button(page, 'Dismiss').click();
    expect(await page.getByText(refused.message).isVisible()).toBe(false);
  });
});

describe('a question', () => {
  test('is answered with one of its choices', async (context) => {
    const question = { kind: 'userInput' as const, text: 'Which?', choices: ['Left', 'Right'] };
    const { page, daemon } = await look(context, {
      daemon: { snapshot: aSnapshot({ blocked: [aBlockedRow({ question })] }) },
    });

    await button(page, 'Right: answer MT-651').click();
    await signIn(page);
    await expect.poll(() => daemon.orders).toEqual(['answer MT-651 Right']);
  });

  test('is answered in words, but not with none', async (context) => {
    const question = { kind: 'userInput' as const, text: 'Which name?', choices: [] };
    const { page, daemon } = await look(context, {
      daemon: { snapshot: aSnapshot({ blocked: [aBlockedRow({ question })] }) },
    });
    const field = page.getByLabel('Answer to MT-651');

    await field.fill('   ');
    await button(page, 'Send answer').click();
    expect(await field.evaluate((each: { validationMessage: string }) => each.validationMessage)).toBe(
      'Write an answer first.',
    );
    await field.fill('call it\n"cache"');
    await button(page, 'Send answer').click();
    await signIn(page);
    await expect.poll(() => daemon.orders).toEqual(['answer MT-651 call it\n"cache"']);
  });

  test('for a yes or a no may be answered in words on the page of its issue', async (context) => {
    const { page, daemon } = await look(context, { path: '/issues/MT-651', daemon: { snapshot: BLOCKED } });

    await page.getByText('Answer in words instead').click();
    await page.getByLabel('Answer to MT-651').fill('no, tag it first');
    await button(page, 'Send answer').click();
    await signIn(page);
    await expect.poll(() => daemon.orders).toEqual(['answer MT-651 no, tag it first']);
  });

  test('is answered as it was read; where another one is asked by now, that is told instead', async (context) => {
    const message = 'Nothing was answered: MT-651 asks something else now: Run rm?';
    const read: unknown[] = [];
    const answer: Commands['answer'] = (_identifier, _answer, expected) => {
      read.push(expected);
      return { kind: 'changed', message };
    };
    const { page } = await look(context, { daemon: { snapshot: BLOCKED, commands: { answer } } });

    await button(page, 'Approve: answer MT-651').click();
    await signIn(page);
    await page.getByRole('alert').filter({ hasText: message }).waitFor();
    expect(read).toEqual(['Run npm publish?']);
  });

  test('that took the place of another one does not get what was typed for that', async (context) => {
    const ask = (text: string) =>
      aSnapshot({ blocked: [aBlockedRow({ question: { kind: 'userInput', text, choices: [] } })] });
    const { page, daemon } = await look(context, { daemon: { snapshot: ask('First?') } });
    await page.getByLabel('Answer to MT-651').fill('yes to the first');

    daemon.source.set({ ...ask('Second?'), generatedAtMs: SAMPLE_AT_MS + 1_000 });

    await page.getByText('Second?').waitFor();
    expect(await page.getByLabel('Answer to MT-651').inputValue()).toBe('');
    expect(await page.getByText('First?').count()).toBe(0);
  });
});

describe('a click', () => {
  // As a hand does that was on its way already: no time passes until then, however slow the machine is.
  const CLICK_AT_ONCE = `
    const nowMs = performance.now();
    performance.now = () => nowMs;
    window.clicked = new Promise((resolve) => {
      new MutationObserver((_changes, observer) => {
        const newcomer = document.querySelector('[aria-label="Approve: answer MT-700"]');
        if (newcomer === null) return;
        observer.disconnect();
        newcomer.dispatchEvent(new MouseEvent('click', { detail: 1, bubbles: true, cancelable: true }));
        delete performance.now;
        resolve();
      }).observe(document.body, { childList: true, subtree: true });
    });
    true`;

  test('that comes just as the cards move orders nothing; a key always means its button', async (context) => {
    const { page, daemon } = await look(context, { daemon: { snapshot: BLOCKED } });
    await button(page, 'Approve: answer MT-651').waitFor();
    await page.evaluate(CLICK_AT_ONCE);

    const newcomer = aBlockedRow({ issueId: 'new', identifier: 'MT-700' });
    daemon.source.set({
      ...BLOCKED,
      generatedAtMs: SAMPLE_AT_MS + 1_000,
      blocked: [newcomer, aBlockedRow()],
    });
    await page.evaluate('window.clicked');
    await page.getByRole('status').filter({ hasText: 'the list had just moved' }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);

    await button(page, 'Approve: answer MT-700').press('Enter');
    await signIn(page);
    await expect.poll(() => daemon.orders).toEqual(['answer MT-700 approve']);
  });
});

describe('a daemon that other machines can reach', () => {
  test('shows nothing before the token, asks for it at once, and then shows everything', async (context) => {
    const { page } = await look(context, { daemon: { snapshot: BLOCKED, host: '0.0.0.0' } });

    await page.getByRole('dialog', { name: 'Sign in' }).waitFor();
    expect(await page.getByText('MT-651').count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByText('Signing in is needed').first().waitFor();
    await button(page, 'Sign in').click();
    await signIn(page);

    await page.getByRole('link', { name: 'MT-651' }).waitFor();
    expect(await page.getByText('Signing in is needed').isVisible()).toBe(false);
  });
});
