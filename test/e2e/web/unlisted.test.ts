import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { SymphonyError } from '../../../src/domain/error.js';
import type { Explanation } from '../../../src/domain/explanation.js';
import { anExplanation } from '../../helpers/frames.js';
import { ENDED_HISTORY } from '../../helpers/sample-issue.js';
import { aRunningRow, aSnapshot } from '../../helpers/snapshots.js';
import { browserForTests } from './browser.js';
import { namelessControls, smallTargets } from './seen.js';

// Goal: any issue can be opened by its identifier, and what the tracker says of one that nothing holds is shown, with its
// troubles, and without asking it all the time.

const { look } = browserForTests();

const backlog = anExplanation({
  issueId: 'b7',
  identifier: 'B-7',
  title: 'Try the new parser',
  url: 'https://tracker.example/issue/B-7',
  state: 'Backlog',
  standing: 'ineligible',
  headline: 'state Backlog is not among the active ones: Todo',
  rules: [
    { rule: 'complete', verdict: 'passes', fact: 'id, identifier, title and state are there' },
    { rule: 'active', verdict: 'holds', fact: 'state Backlog is not among the active ones: Todo' },
  ],
});

/** A tracker that knows one issue in whatever case it is named, and counts what it is asked. */
function aTracker(known: Explanation = backlog) {
  const asked: string[] = [];
  const lookUp = async (identifier: string): Promise<Explanation | null> => {
    asked.push(identifier);
    return identifier.toLowerCase() === known.identifier.toLowerCase() ? known : null;
  };
  return { asked, lookUp };
}

/** Keeps the page's own times at which it asked for an explanation. */
const NOTES_WHEN_IT_ASKS = `
  const ask = window.fetch;
  window.askedAtMs = [];
  window.fetch = (path, ...more) => {
    if (path.endsWith('/explain')) window.askedAtMs.push(performance.now());
    return ask(path, ...more);
  };`;

const field = (page: Page) => page.getByRole('searchbox', { name: 'Go to issue' });
const title = (page: Page, text: string) =>
  page.getByRole('heading', { level: 1 }).filter({ hasText: text }).waitFor();
const focused = (page: Page): Promise<unknown> => page.evaluate('document.activeElement.id');
const pathOf = (page: Page): string => new URL(page.url()).pathname;

describe('an issue that is not listed', () => {
  test('is opened by its identifier from anywhere, as it is really called, with what the tracker says', async (context) => {
    const { asked, lookUp } = aTracker();
    const { page } = await look(context, { daemon: { snapshot: aSnapshot(), lookUp } });
    await page.getByText('No agent is at work.').waitFor();

    await page.keyboard.press('/');
    expect(await focused(page)).toBe('go-to');
    await page.keyboard.type('b-7');
    await page.keyboard.press('Enter');

    await title(page, 'B-7 Try the new parser');
    // Half a minute later it asks again.
    expect(asked).toEqual(['b-7', 'B-7']);
    expect(pathOf(page)).toBe('/issues/B-7');
    expect(await page.title()).toBe('B-7 Try the new parser · Symphony');
    await page.getByText('not eligible', { exact: true }).waitFor();
    await page.getByText('Backlog', { exact: true }).waitFor();
    const why = page.getByRole('region', { name: 'Why' });
    await why.getByText('State Backlog is not among the active ones: Todo.').waitFor();
    expect(await why.getByRole('listitem').allTextContents()).toEqual([
      'passes Complete: id, identifier, title and state are there',
      'holds In an active state: state Backlog is not among the active ones: Todo',
    ]);
    await page.getByText('the last poll did not list it').waitFor();
    const link = page.getByRole('link', { name: 'Open in the tracker' });
    expect(await link.getAttribute('href')).toBe('https://tracker.example/issue/B-7');
    // Nothing is shown that there cannot be.
    for (const absent of ['log', 'table', 'progressbar'] as const)
      expect(await page.getByRole(absent).count()).toBe(0);
    expect(await page.getByText('Transcript', { exact: true }).isVisible()).toBe(false);
    expect(await page.getByRole('main').getByRole('button').count()).toBe(0);

    await page.goBack();
    await title(page, 'Overview');
  });

  test('that the daemon knows in another spelling costs no question to the tracker', async (context) => {
    const { asked, lookUp } = aTracker();
    const { issueId, title: name, url } = backlog;
    const row = { issueId, identifier: 'MT-9', title: name, url, state: 'Todo' };
    const { page } = await look(context, {
      path: '/issues/mt-9',
      daemon: {
        board: [{ ...row, standing: 'waiting', reason: 'waits for its turn', labels: [], priority: null }],
        snapshot: aSnapshot({ waiting: { count: 1, identifiers: ['MT-9'] } }),
        lookUp,
      },
    });

    await title(page, 'MT-9');
    await page.getByText('waits for its turn', { exact: true }).first().waitFor();
    expect([pathOf(page), asked]).toEqual(['/issues/MT-9', []]);
  });

  test('that was worked on before keeps its history, and the tracker says why it is not any more', async (context) => {
    const done = {
      ...backlog,
      identifier: 'MT-633',
      state: 'Done',
      headline: 'state Done is a terminal one',
      rules: [{ rule: 'not_terminal', verdict: 'holds', fact: 'state Done is a terminal one' }],
    } as const;
    const { asked, lookUp } = aTracker(done);
    const { page } = await look(context, {
      path: '/issues/MT-633',
      daemon: { histories: [ENDED_HISTORY], lookUp },
    });

    await page.getByText('ended', { exact: true }).waitFor();
    const why = page.getByRole('region', { name: 'Why' });
    await why.getByText('holds Not in a terminal state: state Done is a terminal one').waitFor();
    expect(asked).toEqual(['MT-633']);
    await page.getByRole('table', { name: /^Attempts/u }).waitFor();
  });

  test('that nobody knows is told as that', async (context) => {
    const { lookUp } = aTracker();
    const { page } = await look(context, { path: '/issues/C-1', daemon: { lookUp } });

    await page.getByText('neither the daemon nor the tracker knows one of this name').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    expect(await page.getByRole('region', { name: 'Why' }).count()).toBe(0);
  });

  test.for([
    [
      'tracker_status',
      'Linear answered 503',
      'the tracker does not tell: Linear answered 503. It is asked again.',
    ],
    [
      'tracker_timeout',
      'no answer within 5 s',
      'the tracker does not tell: no answer within 5 s. It is asked again.',
    ],
    ['tracker_rate_limited', 'ask again in 40 s', 'the tracker is asked about it later: ask again in 40 s.'],
  ] as const)('shows what the tracker fails with: %s', async ([code, message, shown], context) => {
    const lookUp = async (): Promise<never> => {
      throw new SymphonyError(code, message, { retryAfterMs: 40_000 });
    };
    const { page } = await look(context, { path: '/issues/B-7', daemon: { lookUp } });

    await page.getByText(shown).waitFor();
    // The daemon itself answers all the while.
    await page.getByText('Live', { exact: true }).waitFor();
    expect(await page.locator('.contact').isVisible()).toBe(false);
  });

  test('may take its time: the page asks again until there is an answer', async (context) => {
    let asked = 0;
    const lookUp = async (): Promise<Explanation | null> => {
      asked += 1;
      return await (asked === 1 ? new Promise<null>(() => {}) : backlog);
    };
    const { page } = await look(context, { path: '/issues/B-7', daemon: { lookUp } });

    await title(page, 'Try the new parser');
    expect(asked).toBe(2);
  });

  test('is not asked about again and again: for half a minute, or as long as the tracker wants', async (context) => {
    let failsFor: number | null = 120_000;
    const { page } = await look(context, {
      daemon: {
        snapshot: aSnapshot(),
        lookUp: async () => {
          if (failsFor === null) return backlog;
          throw new SymphonyError('tracker_rate_limited', 'not now', { retryAfterMs: failsFor });
        },
      },
      before: NOTES_WHEN_IT_ASKS,
    });
    await page.getByText('No agent is at work.').waitFor();
    await page.clock.install();
    const asked = (): Promise<number[]> => page.evaluate('window.askedAtMs');
    /** The page's time that passes between this question and the one before. */
    const waitBefore = async (question: number): Promise<number> => {
      const passed = async (): Promise<number> => {
        await page.clock.runFor(2_500);
        return (await asked()).length;
      };
      await expect.poll(passed, { timeout: 60_000 }).toBeGreaterThanOrEqual(question);
      const [before = 0, after = 0] = (await asked()).slice(question - 2, question);
      return after - before;
    };

    await field(page).fill('B-7');
    await field(page).press('Enter');
    await page.getByText('the tracker is asked about it later: not now.').waitFor();
    failsFor = null;
    expect(await waitBefore(2)).toBeGreaterThanOrEqual(120_000);
    await title(page, 'Try the new parser');
    expect(await waitBefore(3)).toBeGreaterThanOrEqual(30_000);
  });

  test('is shown like any other once the daemon takes it', async (context) => {
    const { lookUp } = aTracker();
    const { page, daemon } = await look(context, { daemon: { snapshot: aSnapshot(), lookUp } });
    await page.getByText('No agent is at work.').waitFor();
    await page.clock.install();
    await field(page).fill('B-7');
    await field(page).press('Enter');
    await title(page, 'Try the new parser');

    const run = aRunningRow({ identifier: 'B-7', issueId: 'b7', title: 'Try the new parser' });
    daemon.source.set(aSnapshot({ running: [run] }));
    await page.clock.runFor(10_000);

    await page.getByRole('log', { name: 'Events' }).waitFor();
    expect(await page.getByText('the last poll did not list it').count()).toBe(0);
  });

  test.for(['javascript:alert(1)', 'data:text/html,x'])('makes no link of %s', async (url, context) => {
    const { lookUp } = aTracker({ ...backlog, url, title: '<img src=x> \u202eturned' });
    const { page } = await look(context, { path: '/issues/B-7', daemon: { lookUp } });

    await title(page, '<img src=x> turned');
    expect(await page.getByRole('main').getByRole('link').count()).toBe(0);
  });
});

describe('the field that goes to an issue', () => {
  test('has a name, and is not in the way of whoever writes or reads', async (context) => {
    const { page } = await look(context, {
      daemon: { snapshot: aSnapshot({ running: [aRunningRow()] }) },
    });
    await page.getByRole('link', { name: 'MT-649', exact: true }).waitFor();

    expect(await page.locator('body').ariaSnapshot()).toContain(
      '- search "Issue":\n    - searchbox "Go to issue"',
    );
    await page.keyboard.press('Control+/');
    expect(await focused(page)).not.toBe('go-to');
    await page.keyboard.press('/');
    await page.keyboard.type('a/b');
    expect(await field(page).inputValue()).toBe('a/b');
    await page.keyboard.press('Escape');
    expect(await focused(page)).toBe('');
    await field(page).fill('   ');
    await field(page).press('Enter');
    expect(pathOf(page)).toBe('/');
    await page.getByRole('button', { name: /^Drain/u }).click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('/');
    expect(await focused(page)).not.toBe('go-to');
  });

  test('opens a listed issue, and leaves the focus on its heading and nothing written', async (context) => {
    const { page } = await look(context, {
      daemon: {
        snapshot: aSnapshot({ running: [aRunningRow({ identifier: 'owner/repo#12 %', title: 'Odd' })] }),
      },
    });
    await page.getByRole('link', { name: 'owner/repo#12 %' }).waitFor();

    await field(page).fill(' owner/repo#12 % ');
    await field(page).press('Enter');
    await title(page, 'Odd');

    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
    expect(await field(page).inputValue()).toBe('');
  });

  test('has its own line on a phone, also with an unlisted issue under it', async (context) => {
    const { lookUp } = aTracker();
    const { page } = await look(context, {
      path: '/issues/B-7',
      daemon: { lookUp },
      browser: { viewport: { width: 360, height: 740 } },
    });
    await title(page, 'Try the new parser');

    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    expect(await smallTargets(page)).toEqual([]);
    expect(await namelessControls(page)).toEqual([]);
    expect((await field(page).boundingBox())?.width).toBeGreaterThan(300);
  });
});
