import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { agentCommand, DAEMON_TEST, Place } from '../../helpers/board-daemon.js';
import { needs } from '../../helpers/needs.js';
import { patientFetch } from '../../helpers/patient-fetch.js';
import { browserForTests } from './browser.js';

// Goal: the page that the built program serves shows its real work, and steers it.

const { open } = browserForTests();
const TOKEN_FILE = '.symphony/WORKFLOW.md/operator-token';

/** A daemon in which A-1 asks something and A-2 works. */
async function aBusyDaemon(context: ConstructorParameters<typeof Place>[0]) {
  const place = new Place(context, {
    agent: { max_concurrent_agents: 1 },
    codex: { approval_policy: 'on-request', command: agentCommand() },
  });
  place.issue('A-1', { priority: 1, title: 'Publish <b>it</b>' });
  place.issue('A-2');
  place.order('A-1', 'ask');
  const daemon = await place.daemon();
  await daemon.showing('the question', ({ counts }) => counts.blocked === 1);
  await daemon.running('A-2');
  return { place, daemon };
}

async function signIn(page: Page, token: string | undefined): Promise<void> {
  await page.getByLabel('Operator’s token').fill(token ?? '');
  await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
}

describe('the page of the built program', DAEMON_TEST, () => {
  test('takes an answer and a stop, shows what comes of them, and outlives its daemon', async (context) => {
    needs(context, 'chromium');
    const { place, daemon } = await aBusyDaemon(context);
    const [token] = place.lines(TOKEN_FILE);
    const page = await open(context, daemon.url);

    await page.getByText('Publish <b>it</b>').waitFor();
    await page.getByRole('button', { name: 'Approve: answer A-1' }).click();
    await signIn(page, token);
    await page.getByRole('status').filter({ hasText: 'A-1 is answered' }).waitFor();
    await page
      .getByRole('region', { name: /^Retry queue/u })
      .getByText('A-1')
      .waitFor();

    await page.getByRole('link', { name: 'A-2', exact: true }).click();
    await page
      .locator('.badge')
      .filter({ hasText: /^running$/u })
      .waitFor();
    await page.getByRole('button', { name: 'Stop: A-2' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop A-2' }).click();
    await page.locator('.badge').filter({ hasText: 'set aside' }).waitFor();
    await page
      .getByRole('table', { name: /^Attempts/u })
      .getByText('stopped')
      .first()
      .waitFor();
    await page.getByRole('log').getByText('run completed').first().waitFor();
    await daemon.running('A-1');

    await page.getByText('Transcript', { exact: true }).click();
    await page.locator('.transcript li').filter({ hasText: 'turn/start' }).first().waitFor();
    await daemon.kill('SIGTERM');
    await page.locator('.contact').getByText('The daemon does not answer').waitFor();
  });

  test('goes to an issue that no poll listed, and to one that there is not', async (context) => {
    needs(context, 'chromium');
    const { place, daemon } = await aBusyDaemon(context);
    place.issue('B-7', { state: 'Someday', title: 'Not now' });
    const page = await open(context, daemon.url);
    const goTo = async (identifier: string): Promise<void> => {
      await page.keyboard.press('/');
      await page.keyboard.type(identifier);
      await page.keyboard.press('Enter');
    };
    await page.getByText('Publish <b>it</b>').waitFor();

    await goTo('b-7');
    await page.getByRole('heading', { level: 1, name: 'B-7 Not now' }).waitFor();
    await page.getByRole('region', { name: 'Why' }).getByText('State Someday is not among').first().waitFor();
    await goTo('B-8');
    await page.getByText('neither the daemon nor the tracker knows one of this name').waitFor();
    await goTo('a-2');
    await page.getByRole('heading', { level: 1, name: 'A-2 Title of A-2' }).waitFor();

    expect(new URL(page.url()).pathname).toBe('/issues/A-2');
  });

  test('comes with a policy that lets nothing else in', async (context) => {
    const place = new Place(context);
    const daemon = await place.daemon();

    for (const path of ['/', '/issues/A-1', '/app.js', '/app.css', '/icon.svg']) {
      const response = await patientFetch(`${daemon.url}${path}`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
          "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      );
      const again = await patientFetch(`${daemon.url}${path}`, {
        headers: { 'if-none-match': response.headers.get('etag') ?? '' },
      });
      expect(again.status).toBe(304);
    }
  });
});
